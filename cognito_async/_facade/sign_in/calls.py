"""The calls that start a sign-in or resume one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from ..._client.call_options import CallOptions
from ..._core import checks
from ..._core.checks import NOT_GIVEN, NotGiven
from ..._core.errors import ConfigurationError
from ..._core.options import UserContext
from ..._core.redact import mask
from ..._core.secret import Secret
from ..._flows import sign_in as flows
from ..._flows.answers import in_session
from ..._flows.sign_in import SignInFlow
from ..._tokens.device import DeviceSecret
from ..calls import PoolCalls
from . import results as sign_in_results
from .context import SignInContext
from .kinds import AnyChallenge
from .running import OnChallenge, run_sign_in
from .starting import check_device, check_preferred, start, step_up_parameters


class SignInCalls(PoolCalls, ABC):
    """The sign-in calls of `UserPool` and `Auth`."""

    @abstractmethod
    def _sign_in_context(self, device: DeviceSecret | None = None, typed: str | None = None) -> SignInContext:
        """Return the context of a new or resumed sign-in."""

    async def sign_in(
        self,
        username: str,
        password: str | None = None,
        *,
        flow: SignInFlow = "USER_SRP_AUTH",
        preferred_challenge: str | None = None,
        target_acr_values: Sequence[str] = (),
        max_age: int | None = None,
        device: DeviceSecret | None = None,
        on_challenge: OnChallenge | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> sign_in_results.SignInResult:
        """Sign a user in. If `result.challenge` is not `None`, the service asks for another step: answer the challenge.

        On an `Auth` the user becomes the current one when the sign-in is complete.

        Args:
            username: the name or alias that the user typed.
            password: the password; `None` if the flow needs none.
            flow: `"USER_SRP_AUTH"` proves the password without sending it. `"USER_PASSWORD_AUTH"` sends it.
                `"CUSTOM_AUTH"` asks the questions of the pool's Lambda triggers. If you pass a password, it is first
                proved by SRP. `"USER_AUTH"` lets the user choose among passwords and one-time passwords.
            preferred_challenge: the factor to use, so that the user need not choose: `"PASSWORD_SRP"` (the default if
                you pass a password), `"PASSWORD"`, `"EMAIL_OTP"` or `"SMS_OTP"`. Only for USER_AUTH.
            target_acr_values: the levels of authentication (ACR) to reach, the best first. The service uses the first
                one that the user can reach. Only for USER_AUTH.
            max_age: the greatest age, in whole seconds, at which the service still accepts an earlier authentication
                of the user. Only for USER_AUTH.
            device: the `user.device_secret` of an earlier sign-in, with which this program proves that it is a
                remembered device. An `Auth` loads it from its store. If the pool has deleted the device, the sign-in
                continues without it.
            on_challenge: an async function that answers challenges in code. It receives a challenge, answers it, and
                returns the result of the answer. If it returns `None`, this call returns the challenge to you. Each
                answer has a time limit of its own.
            client_metadata: values that the pool's Lambda triggers receive.
            user_context: the end user's IP address and device data, for the pool's threat protection.
            timeout: seconds that this call may take, retries included; by default the client's `timeout`.

        Raises:
            NotAuthorizedException: if the username or password is wrong, or after too many attempts.
            UserNotConfirmedException: if the user must first confirm the account with `confirm_sign_up`.
            PasswordResetRequiredException: if the user must first set a new password with `forgot_password`.
            UserNotFoundException: if no user has this name, and the app client is set to reveal that.
            SrpError: if the server's part of the SRP handshake is malformed or unsafe.
            UnexpectedChallenge: if the service asks for a proof that this sign-in has not prepared, or if it refuses
                the proof of the device. In the second case, sign in again without `device=`.

        Source: InitiateAuth and RespondToAuthChallenge; RFC 5054 with Cognito's changes.
        """
        password = mask(password)
        secret = None if password is None else checks.secret(password, "password")
        step_up = step_up_parameters(target_acr_values, max_age)
        if flow != "USER_AUTH" and (preferred_challenge is not None or step_up):
            raise ConfigurationError('preferred_challenge, target_acr_values and max_age need flow="USER_AUTH"')
        return await run_sign_in(
            self._sign_in_context(check_device(device, self._client), checks.text(username, "username")),
            start(flow, secret, check_preferred(preferred_challenge, secret), step_up),
            CallOptions(client_metadata, user_context, timeout),
            on_challenge,
        )

    async def auto_sign_in(
        self,
        confirmed: sign_in_results.ConfirmSignUpResult | sign_in_results.SignUpResult,
        *,
        on_challenge: OnChallenge | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> sign_in_results.SignInResult:
        """Sign a user in right after the confirmation of the account, without a password.

        Args:
            confirmed: the result of `confirm_sign_up`, or that of `sign_up` if no confirmation was needed.
            on_challenge: as for `sign_in`.
            client_metadata: values that the pool's Lambda triggers receive.
            user_context: the end user's IP address and device data, for the pool's threat protection.
            timeout: seconds that this call may take, retries included; by default the client's `timeout`.

        Raises:
            ConfigurationError: if `confirmed` has no `Session`, because the app client does not allow USER_AUTH.
            NotAuthorizedException: if the `Session` has expired or was used before. Call `sign_in`.

        Source: InitiateAuth with USER_AUTH and the `Session` of ConfirmSignUp.
        """
        known = (sign_in_results.ConfirmSignUpResult, sign_in_results.SignUpResult)
        session = confirmed.carried if isinstance(confirmed, known) else None
        if session is None:
            raise ConfigurationError(
                "this result has no Session (the app client does not allow USER_AUTH, or it is a copy): use sign_in"
            )
        context = self._sign_in_context(typed=confirmed.user.username)
        context.event = "auto_sign_in"
        return await run_sign_in(
            context,
            lambda sign_in: in_session(flows.with_choice(sign_in, None, None, {}, session)),
            CallOptions(client_metadata, user_context, timeout),
            on_challenge,
        )

    def resume(self, state: str, key: str | bytes | None = None, *, device: DeviceSecret | None = None) -> AnyChallenge:
        """Return a challenge from the string that `challenge.to_state(key)` returned.

        On an `Auth` the user becomes the current one when the sign-in is complete.

        Args:
            state: the string from `to_state`.
            key: the key that was passed to `to_state`.
            device: as for `sign_in`. The state does not contain it.

        Raises:
            ConfigurationError: if the state is damaged, or was made with another key, user pool or app client.
        """
        state, key = mask(state), mask(key)
        return self._sign_in_context(check_device(device, self._client)).resume(Secret.of(state), Secret.maybe(key))
