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
    """The calls of `CognitoUser` about second factors."""

    __slots__ = ()

    async def mfa_preference(self, *, timeout: float | None | NotGiven = NOT_GIVEN) -> results.MfaPreference:
        """Return the second factors that the user has enabled, and the one that a sign-in asks for.

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
        """Enable or disable second factors. Factors that you do not pass stay unchanged.

        The values are `"PREFERRED"` (enabled, and the one that a sign-in asks for), `"NOT_PREFERRED"` (enabled, but no
        longer preferred), `"ENABLED"` (without a change of the preference) and `"DISABLED"`.

        Args:
            sms: codes by text message. The user needs a phone number.
            totp: codes of an authenticator app. The user must have set one up with `setup_totp`.
            email: codes by e-mail. The user needs an e-mail address.
            timeout: seconds that this call may take, retries included; by default the client's `timeout`.

        Raises:
            InvalidParameterException: if a factor needs something that the user lacks, such as a phone number.

        Source: SetUserMFAPreference.
        """
        check_choices(sms, totp, email)
        await self._with_access_token(lambda token: mfa.set_preference(token, sms, totp, email), timeout)

    async def setup_totp(self, *, timeout: float | None | NotGiven = NOT_GIVEN) -> TotpSetup:
        """Start to set up an authenticator app. Show the secret, then call the result's `verify` with the app's code.

        Afterwards, enable the app with `set_mfa_preference(totp="PREFERRED")`.

        Raises:
            SoftwareTokenMFANotFoundException: if the pool does not allow authenticator apps.

        Source: AssociateSoftwareToken.
        """
        secret, _ = await self._with_access_token(lambda token: mfa.associate(access_token=token), timeout)
        return TotpSetup(self, secret)

    async def verify_totp(
        self, code: str, device_name: str | None = None, *, timeout: float | None | NotGiven = NOT_GIVEN
    ) -> None:
        """Finish the setup of an authenticator app, which `setup_totp` started in this or another request or process.

        Args:
            code: the six digits that the app shows.
            device_name: a name for the app, such as one that the user chooses.
            timeout: seconds that this call may take, retries included; by default the client's `timeout`.

        Raises:
            EnableSoftwareTokenMFAException: if the code is wrong. Call again with the right one.
            ConfigurationError: if the code has fewer than six characters. Nothing was sent.

        Source: VerifySoftwareToken.
        """
        code = mask(code)
        given = checks.secret(code, "code")
        name = None if device_name is None else checks.text(device_name, "device_name")
        with self._event("verify_totp"):
            status = await self._with_access_token(lambda token: mfa.verify(given, name, access_token=token), timeout)
            mfa.require_success(status)


def check_choices(*factors: Choice | None) -> None:
    """Raise `ConfigurationError` if the arguments of `set_mfa_preference` are invalid."""
    given = [choice for choice in factors if choice is not None]
    if not given or not all(isinstance(choice, str) and choice in CHOICES for choice in given):
        raise ConfigurationError(
            f"sms, totp and email must be one of {', '.join(CHOICES)}, and at least one must be given"
        )
    if given.count("PREFERRED") > 1:
        raise ConfigurationError("only one factor can be PREFERRED")


class TotpSetup(TotpSecret):
    """A pending setup of an authenticator app. Show `uri()` as a QR code, or `secret`, then call `verify`."""

    __slots__ = ("_user",)

    def __init__(self, user: MfaCalls, secret: Secret[str]) -> None:
        super().__init__(secret, user.username)
        self._user = user

    async def verify(
        self, code: str, device_name: str | None = None, *, timeout: float | None | NotGiven = NOT_GIVEN
    ) -> None:
        """Finish the setup with the code that the app shows; see `CognitoUser.verify_totp`."""
        code = mask(code)
        await self._user.verify_totp(code, device_name, timeout=timeout)
