"""What a signed-in user may ask of the service about itself, and change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ..._core import checks
from ..._core.checks import NOT_GIVEN, NotGiven
from ..._core.errors import ConfigurationError
from ..._core.redact import mask
from ..._flows import profile
from ..._session.sign_out import remove_account
from .. import results
from .signed_in import SignedIn

_CONTACTS = ("email", "phone_number")


class ProfileCalls(SignedIn):
    """The calls of `CognitoUser` that concern attributes, password and account.

    Each renews an access token that ends soon first, and raises `NotSignedIn` or `SessionExpired` where the user
    must sign in (again), and `NotAuthorizedException` where the session was ended elsewhere.
    """

    __slots__ = ()

    async def attributes(self, *, timeout: float | None | NotGiven = NOT_GIVEN) -> dict[str, str]:
        """Ask the service for the user's attributes, as it keeps them now: all values are text.

        An access token that ends soon is renewed first.

        Raises:
            NotSignedIn, SessionExpired: sign in (again).
            NotAuthorizedException: the session was ended elsewhere.

        Source: GetUser.
        """
        return await self._with_access_token(profile.attributes, timeout)

    async def update_attributes(
        self,
        changes: Mapping[str, str],
        *,
        client_metadata: Mapping[str, str] | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> dict[str, results.CodeDelivery | None]:
        """Change attributes; for each, the result has `None`, or where the code went that must be confirmed.

        Args:
            changes: new values by name; an empty one deletes the attribute.

        Raises:
            InvalidParameterException: as the pool's schema says.
            AliasExistsException: another user has this address or number.
            NotAuthorizedException: the app client may not write this attribute.

        Source: UpdateUserAttributes.
        """
        given = checks.texts(changes, "changes")
        if not given:
            raise ConfigurationError("update_attributes takes at least one attribute")
        caller = self._connected().client.caller(client_metadata)
        with self._event("update_attributes"):
            change = partial(profile.update_attributes, changes=given, caller=caller)
            details = await self._with_access_token(change, timeout)
        deliveries = {each.attribute_name: results.code_delivery(each) for each in details}
        return {name: deliveries.get(name) for name in given}

    async def delete_attributes(self, names: Sequence[str], *, timeout: float | None | NotGiven = NOT_GIVEN) -> None:
        """Delete attributes.

        Raises:
            InvalidParameterException: the pool requires one of them.

        Source: DeleteUserAttributes.
        """
        given = _names(names)
        await self._with_access_token(lambda token: profile.delete_attributes(token, given), timeout)

    async def send_attribute_code(
        self,
        name: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> results.CodeDelivery:
        """Have a code sent that verifies an address or number; the result tells where to look for it.

        Args:
            name: `"email"` or `"phone_number"`.

        Raises:
            LimitExceededException: too many codes in an hour.

        Source: GetUserAttributeVerificationCode.
        """
        given = checks.text(name, "name")
        caller = self._connected().client.caller(client_metadata)
        details = await self._with_access_token(lambda token: profile.send_code(token, given, caller), timeout)
        return results.code_delivery(details) or results.CodeDelivery()

    async def confirm_attribute(self, name: str, code: str, *, timeout: float | None | NotGiven = NOT_GIVEN) -> None:
        """Verify an address or number with the code that was sent there.

        Raises:
            CodeMismatchException: a wrong code; try again.
            ExpiredCodeException: ask for a new code with `send_attribute_code`.
            AliasExistsException: another user has verified it.

        Source: VerifyUserAttribute.
        """
        code = mask(code)
        given, secret = checks.text(name, "name"), checks.secret(code, "code")
        await self._with_access_token(lambda token: profile.confirm_attribute(token, given, secret), timeout)

    async def verified_contacts(self, *, timeout: float | None | NotGiven = NOT_GIVEN) -> results.VerifiedContacts:
        """Which of the user's address and number are verified.

        Source: GetUser.
        """
        known = await self.attributes(timeout=timeout)
        contacts = {name: known[name] for name in _CONTACTS if known.get(name)}
        verified = {name for name in contacts if known.get(f"{name}_verified", "").lower() == "true"}
        return results.VerifiedContacts(
            verified={name: value for name, value in contacts.items() if name in verified},
            unverified={name: value for name, value in contacts.items() if name not in verified},
        )

    async def auth_factors(self, *, timeout: float | None | NotGiven = NOT_GIVEN) -> results.AuthFactors:
        """How the user can sign in: first factors, and second ones.

        Source: GetUserAuthFactors.
        """
        reply = await self._with_access_token(profile.auth_factors, timeout)
        return results.AuthFactors(
            first=tuple(reply.configured_user_auth_factors or ()),
            mfa=results.MfaPreference(
                preferred=reply.preferred_mfa_setting, enabled=tuple(reply.user_mfa_setting_list or ())
            ),
        )

    async def change_password(
        self, previous: str | None, proposed: str, *, timeout: float | None | NotGiven = NOT_GIVEN
    ) -> None:
        """Set another password, knowing the old one. Sessions stay as they are.

        Args:
            previous: the password so far; `None` for a user who has none yet.

        Raises:
            NotAuthorizedException: the old password is wrong.
            InvalidPasswordException, PasswordHistoryPolicyViolationException: the new one breaks the pool's policy.
            LimitExceededException: too many attempts in an hour.

        Source: ChangePassword.
        """
        previous, proposed = mask(previous), mask(proposed)
        old = None if previous is None else checks.secret(previous, "previous")
        new = checks.secret(proposed, "proposed")
        await self._with_access_token(lambda token: profile.change_password(token, old, new), timeout)

    async def delete(self, *, timeout: float | None | NotGiven = NOT_GIVEN) -> None:
        """Delete the account for good; the session ends here too, and what a store kept of it and of the device goes.

        Where the service refuses, nothing changes here.

        Source: DeleteUser.
        """
        with self._event("delete_user"):
            await self._with_access_token(profile.delete, timeout)
        await remove_account(self._connected())


def _names(names: Any) -> list[str]:
    whole: Any = names  # not narrowed by what follows
    if isinstance(names, str) or not isinstance(names, Sequence) or not names:
        raise ConfigurationError("names is a list of at least one attribute's name")
    return [checks.text(each, "a name in names") for each in whole]
