"""The attributes, password and account of a signed-in user."""

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
    """The calls of `CognitoUser` about attributes, password and account.

    Each call first refreshes an access token that expires soon. It raises `NotSignedIn` or `SessionExpired` if the user
    must sign in (again), also if the session was ended elsewhere.
    """

    __slots__ = ()

    async def attributes(self, *, timeout: float | None | NotGiven = NOT_GIVEN) -> dict[str, str]:
        """Request the user's attributes from the service. All values are strings.

        An access token that expires soon is refreshed first.

        Raises:
            NotSignedIn, SessionExpired: if the user must sign in (again), also if the session was ended elsewhere.
            NotAuthorizedException: if there is no refresh token, and the service refuses the access token.

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
        """Change attributes. If the service sends a code to verify a new value, the result says where to.

        The result has an entry for each changed attribute: a `CodeDelivery`, or `None` if no code was sent. Pass the
        code to `confirm_attribute`.

        Args:
            changes: new values by attribute name. An empty string deletes the attribute.
            client_metadata: values that the pool's Lambda triggers receive.
            timeout: seconds that this call may take, retries included; by default the client's `timeout`.

        Raises:
            InvalidParameterException: if a value does not match the pool's schema.
            AliasExistsException: if another user can sign in with this e-mail address or phone number.
            NotAuthorizedException: if the app client may not write this attribute.

        Source: UpdateUserAttributes.
        """
        given = checks.texts(changes, "changes")
        if not given:
            raise ConfigurationError("changes must have at least one attribute")
        caller = self._connected().client.caller(client_metadata)
        with self._event("update_attributes"):
            change = partial(profile.update_attributes, changes=given, caller=caller)
            details = await self._with_access_token(change, timeout)
        deliveries = {each.attribute_name: results.code_delivery(each) for each in details}
        return {name: deliveries.get(name) for name in given}

    async def delete_attributes(self, names: Sequence[str], *, timeout: float | None | NotGiven = NOT_GIVEN) -> None:
        """Delete attributes.

        Raises:
            InvalidParameterException: if the pool requires one of the attributes.

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
        """Send a code that verifies the user's e-mail address or phone number. The result says where to.

        Args:
            name: the attribute to verify, `"email"` or `"phone_number"`.
            client_metadata: values that the pool's Lambda triggers receive.
            timeout: seconds that this call may take, retries included; by default the client's `timeout`.

        Raises:
            LimitExceededException: if too many codes were sent within an hour.

        Source: GetUserAttributeVerificationCode.
        """
        given = checks.text(name, "name")
        caller = self._connected().client.caller(client_metadata)
        details = await self._with_access_token(lambda token: profile.send_code(token, given, caller), timeout)
        return results.code_delivery(details) or results.CodeDelivery()

    async def confirm_attribute(self, name: str, code: str, *, timeout: float | None | NotGiven = NOT_GIVEN) -> None:
        """Verify an e-mail address or phone number with the code that was sent there.

        Raises:
            CodeMismatchException: if the code is wrong. Call again with the right one.
            ExpiredCodeException: if the code has expired. Request a new one with `send_attribute_code`.
            AliasExistsException: if another user has verified the same e-mail address or phone number.

        Source: VerifyUserAttribute.
        """
        code = mask(code)
        given, secret = checks.text(name, "name"), checks.secret(code, "code")
        await self._with_access_token(lambda token: profile.confirm_attribute(token, given, secret), timeout)

    async def verified_contacts(self, *, timeout: float | None | NotGiven = NOT_GIVEN) -> results.VerifiedContacts:
        """Return the user's e-mail address and phone number, separated into verified and unverified ones.

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
        """Return the first and second factors with which the user can sign in.

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
        """Change the password. All sessions stay valid.

        Args:
            previous: the current password; `None` if the user has no password yet.
            proposed: the new password.
            timeout: seconds that this call may take, retries included; by default the client's `timeout`.

        Raises:
            NotAuthorizedException: if the current password is wrong, or if the session was ended elsewhere. This call
                cannot tell which; the next call of another kind raises `SessionExpired` if the session has ended.
            InvalidPasswordException, PasswordHistoryPolicyViolationException: if the new password violates the pool's
                policy.
            LimitExceededException: if there were too many attempts within an hour.

        Source: ChangePassword.
        """
        previous, proposed = mask(previous), mask(proposed)
        old = None if previous is None else checks.secret(previous, "previous")
        new = checks.secret(proposed, "proposed")
        await self._with_access_token(lambda token: profile.change_password(token, old, new), timeout)

    async def delete(self, *, timeout: float | None | NotGiven = NOT_GIVEN) -> None:
        """Delete the account permanently.

        This also ends the local session, and removes the session and the device from the store. If the service refuses,
        the local session and the store stay unchanged, unless the session has ended.

        Source: DeleteUser.
        """
        with self._event("delete_user"):
            await self._with_access_token(profile.delete, timeout)
        await remove_account(self._connected())


def _names(names: Any) -> list[str]:
    whole: Any = names  # keeps `Any`: the checks would narrow the type
    if isinstance(names, str) or not isinstance(names, Sequence) or not names:
        raise ConfigurationError("names must be a list of at least one attribute name")
    return [checks.text(each, "a name in names") for each in whole]
