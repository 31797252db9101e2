"""Sign-up and password recovery: the calls that name a user who is not signed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core import checks
from .._core.checks import NOT_GIVEN, NotGiven
from .._core.errors import ConfigurationError, InvalidReply
from .._core.options import UserContext
from .._core.redact import mask
from .._core.secret import Secret
from .._flows import recovery
from .._flows import sign_up as sign_up_flows
from .._tokens import states
from . import results
from .calls import PoolCalls
from .sign_in import results as sign_in_results


class AccountCalls(PoolCalls):
    """The calls of `UserPool` and `Auth` for sign-up and password recovery."""

    async def sign_up(
        self,
        username: str,
        password: str | None = None,
        *,
        attributes: Mapping[str, str] | None = None,
        validation_data: Mapping[str, str] | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> sign_in_results.SignUpResult:
        """Create an account.

        Args:
            username: the name of the new user.
            password: the password; `None` if users of this pool can sign in without one.
            attributes: the user's attributes, such as `{"email": "alice@example.com"}`.
            validation_data: values that only the pre-sign-up trigger receives.
            client_metadata: values that the pool's Lambda triggers receive.
            user_context: the end user's IP address and device data, for the pool's threat protection.
            timeout: seconds that this call may take, retries included; by default the client's `timeout`.

        Raises:
            UsernameExistsException: if the name is taken.
            InvalidPasswordException: if the password violates the pool's policy.
            InvalidParameterException: if the service refuses another argument.
            OutcomeUnknown: if the reply was lost. The account may exist.

        Source: SignUp.
        """
        password = mask(password)
        flow = sign_up_flows.sign_up(
            self._client.app_client,
            checks.text(username, "username"),
            None if password is None else checks.secret(password, "password"),
            checks.texts(attributes, "attributes"),
            checks.texts(validation_data, "validation_data"),
            self._client.caller(client_metadata, user_context),
        )
        with self._users.event("sign_up", username) as event:
            reply = await self._client.run(flow, self._client.deadline(timeout))
            if not reply.user_sub:
                raise InvalidReply("the reply to SignUp has no UserSub", operation="SignUp")
            event.user = user = self._users.named(username, reply.user_sub)
        result = sign_in_results.SignUpResult(
            user=user,
            user_confirmed=bool(reply.user_confirmed),
            user_sub=reply.user_sub,
            code_delivery=results.code_delivery(reply.code_delivery_details),
        )
        return result.carry(Secret.maybe(reply.session), self._client.app_client.binding)

    async def confirm_sign_up(
        self,
        username: str,
        code: str,
        *,
        sign_up: sign_in_results.SignUpResult | None = None,
        force_alias_creation: bool | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> sign_in_results.ConfirmSignUpResult:
        """Confirm an account with the code that the service sent to the user.

        Args:
            username: the name of the user who signed up.
            code: the code that the user received.
            sign_up: the result of `sign_up`. Pass it to sign the user in without a password afterwards: see
                `auto_sign_in`.
            force_alias_creation: whether this user may take over an e-mail address or phone number with which another
                user can sign in; false by default.
            client_metadata: values that the pool's Lambda triggers receive.
            user_context: the end user's IP address and device data, for the pool's threat protection.
            timeout: seconds that this call may take, retries included; by default the client's `timeout`.

        Raises:
            CodeMismatchException: if the code is wrong. Call again with the right one.
            ExpiredCodeException: if the code has expired. Request a new one with `resend_sign_up`.
            AliasExistsException: if another user can sign in with the e-mail address or phone number, and
                `force_alias_creation` is not true.
            NotAuthorizedException: if the account is confirmed already.

        Source: ConfirmSignUp.
        """
        code = mask(code)
        flow = sign_up_flows.confirm_sign_up(
            self._client.app_client,
            checks.text(username, "username"),
            checks.secret(code, "code"),
            None if sign_up is None else _sign_up_session(sign_up, username),
            force_alias_creation,
            self._client.caller(client_metadata, user_context),
        )
        with self._users.event("confirm_sign_up", username):
            reply = await self._client.run(flow, self._client.deadline(timeout))
        result = sign_in_results.ConfirmSignUpResult(user=self._users.named(username))
        return result.carry(Secret.maybe(reply.session), self._client.app_client.binding)

    def sign_up_from_state(self, state: str, key: str | bytes | None = None) -> sign_in_results.SignUpResult:
        """Return the result of `sign_up` from the string that `result.to_state(key)` returned.

        Use it to confirm the account in another request or process.

        Raises:
            ConfigurationError: if the state is damaged, or was made with another key, user pool or app client.
        """
        state, key = mask(state), mask(key)
        binding = self._client.app_client.binding
        found = states.unpack(Secret.of(state), states.SignUpState, binding, Secret.maybe(key))
        result = sign_in_results.SignUpResult(
            user=self._users.named(found.username, found.sub), user_confirmed=found.confirmed, user_sub=found.sub
        )
        return result.carry(found.session, binding)

    async def resend_sign_up(
        self,
        username: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> results.CodeDelivery:
        """Send the user a new confirmation code. The result says where the code was sent.

        Raises:
            LimitExceededException: if too many codes were sent within an hour.
            InvalidParameterException: if the account is confirmed already.

        Source: ResendConfirmationCode.
        """
        flow = sign_up_flows.resend_sign_up(
            self._client.app_client,
            checks.text(username, "username"),
            self._client.caller(client_metadata, user_context),
        )
        reply = await self._client.run(flow, self._client.deadline(timeout))
        return results.code_delivery(reply.code_delivery_details) or results.CodeDelivery()

    async def forgot_password(
        self,
        username: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> results.CodeDelivery:
        """Send the user a code for setting a new password. The result says where the code was sent.

        Raises:
            UserNotFoundException: if no user has this name, and the app client is set to reveal that.
            InvalidParameterException: if the user has no verified e-mail address or phone number.
            LimitExceededException: if too many codes were sent within an hour.

        Source: ForgotPassword.
        """
        flow = recovery.forgot_password(
            self._client.app_client,
            checks.text(username, "username"),
            self._client.caller(client_metadata, user_context),
        )
        with self._users.event("forgot_password", username):
            reply = await self._client.run(flow, self._client.deadline(timeout))
        return results.code_delivery(reply.code_delivery_details) or results.CodeDelivery()

    async def confirm_forgot_password(
        self,
        username: str,
        code: str,
        password: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> None:
        """Set a new password with the code that `forgot_password` sent. The user can then sign in with it.

        Raises:
            CodeMismatchException: if the code is wrong. Call again with the right one.
            ExpiredCodeException: if the code has expired. Request a new one with `forgot_password`.
            InvalidPasswordException: if the password violates the pool's policy.

        Source: ConfirmForgotPassword.
        """
        code, password = mask(code), mask(password)
        flow = recovery.confirm_forgot_password(
            self._client.app_client,
            checks.text(username, "username"),
            checks.secret(code, "code"),
            checks.secret(password, "password"),
            self._client.caller(client_metadata, user_context),
        )
        with self._users.event("confirm_forgot_password", username):
            await self._client.run(flow, self._client.deadline(timeout))


def _sign_up_session(sign_up: Any, username: str) -> Secret[str] | None:
    if not isinstance(sign_up, sign_in_results.SignUpResult):
        raise ConfigurationError("sign_up must be the SignUpResult that sign_up returned")
    # Compare without case, because a pool may ignore the case of usernames.
    if sign_up.user.username.casefold() != username.casefold():
        raise ConfigurationError("sign_up must be the SignUpResult of the same user, not of another one")
    return sign_up.carried
