"""The second factors of a signed-in user."""

from __future__ import annotations

from ..._core import checks
from ..._core.checks import NOT_GIVEN, NotGiven
from ..._core.errors import ConfigurationError
from ..._core.redact import mask
from ..._core.secret import Secret
from ..._flows import mfa, profile
from ..._flows.mfa import CHOICES, Choice
from .. import results
from .signed_in import SignedIn
from .totp import TotpSecret


class MfaCalls(SignedIn):
    """The calls of `CognitoUser` that concern second factors."""

    __slots__ = ()

    async def mfa_preference(self, *, timeout: float | None | NotGiven = NOT_GIVEN) -> results.MfaPreference:
        """Which second factors are switched on, and which one a sign-in asks for.

        Source: GetUser.
        """
        reply = await self._with_access_token(profile.user, timeout)
        return results.MfaPreference(
            preferred=reply.preferred_mfa_setting, enabled=tuple(reply.user_mfa_setting_list or ())
        )

    async def set_mfa_preference(
        self,
        *,
        sms: Choice | None = None,
        totp: Choice | None = None,
        email: Choice | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> None:
        """Switch second factors on and off; what is not named stays as it is.

        Args:
            sms, totp, email: `"PREFERRED"` (and on), `"NOT_PREFERRED"` (on, and not the preferred one any more),
                `"ENABLED"`, `"DISABLED"`. `totp` can be on once `setup_totp` is done, the others once the user has
                a number or an address.

        Raises:
            InvalidParameterException: the user lacks what a factor needs.

        Source: SetUserMFAPreference.
        """
        check_choices(sms, totp, email)
        await self._with_access_token(lambda token: mfa.set_preference(token, sms, totp, email), timeout)

    async def setup_totp(self, *, timeout: float | None | NotGiven = NOT_GIVEN) -> TotpSetup:
        """Begin with an authenticator app: the result has the secret, and `verify` for the app's first code.

        Then switch it on with `set_mfa_preference(totp="PREFERRED")`.

        Raises:
            SoftwareTokenMFANotFoundException: the pool has no authenticator apps.

        Source: AssociateSoftwareToken.
        """
        secret, _ = await self._with_access_token(lambda token: mfa.associate(access_token=token), timeout)
        return TotpSetup(self, secret)

    async def verify_totp(
        self, code: str, device_name: str | None = None, *, timeout: float | None | NotGiven = NOT_GIVEN
    ) -> None:
        """Show that the app works that `setup_totp` began with, here or in another request or process.

        Args:
            code: the six digits that the app shows.
            device_name: what the user calls the app.

        Raises:
            EnableSoftwareTokenMFAException: a wrong code; try again.
            ConfigurationError: a code of fewer than six characters; nothing is sent.

        Source: VerifySoftwareToken.
        """
        code = mask(code)
        given = checks.secret(code, "code")
        name = None if device_name is None else checks.text(device_name, "device_name")
        with self._event("verify_totp"):
            status = await self._with_access_token(lambda token: mfa.verify(given, name, access_token=token), timeout)
            mfa.require_success(status)


def check_choices(*factors: Choice | None) -> None:
    """Raises `ConfigurationError` for what `set_mfa_preference` cannot take."""
    given = [choice for choice in factors if choice is not None]
    if not given or not all(isinstance(choice, str) and choice in CHOICES for choice in given):
        raise ConfigurationError(f"sms, totp and email are one of {', '.join(CHOICES)}; at least one of them is given")
    if given.count("PREFERRED") > 1:
        raise ConfigurationError("only one factor can be the preferred one")


class TotpSetup(TotpSecret):
    """An authenticator app half set up: show `uri()` as a QR code, or `secret`, then `verify` the app's first code."""

    __slots__ = ("_user",)

    def __init__(self, user: MfaCalls, secret: Secret[str]) -> None:
        super().__init__(secret, user.username)
        self._user = user

    async def verify(
        self, code: str, device_name: str | None = None, *, timeout: float | None | NotGiven = NOT_GIVEN
    ) -> None:
        """Show that the app works: `verify_totp` of the user says more."""
        code = mask(code)
        await self._user.verify_totp(code, device_name, timeout=timeout)
