"""Signing in: the calls that begin a sign-in or go on with one."""

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
from .starting import checked_device, preferred_of, start, step_up_parameters


class SignInCalls(PoolCalls, ABC):
    """The sign-in calls that `UserPool` and `Auth` share."""

    @abstractmethod
    def _sign_in_context(self, device: DeviceSecret | None = None, typed: str | None = None) -> SignInContext:
        """Return the context of a sign-in that is to start, or to continue."""

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
        """Sign a user in; look at `result.challenge` to see whether the service asks for more.

        With an `Auth` the user becomes the current one, at once or when the last challenge is answered.

        Args:
            username: as the user typed it: a name or an alias.
            password: `None` where the flow can do without.
            flow: `"USER_SRP_AUTH"` proves the password without sending it; `"USER_PASSWORD_AUTH"` sends it;
                `"CUSTOM_AUTH"` asks what the pool's triggers decide, after the proof of a password if there is one;
                `"USER_AUTH"` lets the user choose among passwords and one-time passwords.
            preferred_challenge: for USER_AUTH, to skip the choice: `"PASSWORD_SRP"` (if there is a password),
                `"PASSWORD"`, `"EMAIL_OTP"`, `"SMS_OTP"`.
            target_acr_values, max_age: for USER_AUTH: the levels of authentication to reach, and how many seconds
                ago the last one may have been.
            device: what an earlier sign-in made this program for this user (`user.device_secret`); an `Auth` finds
                it in its store.
            on_challenge: an async function that answers challenges by itself: it is given one, and returns what
                its method returned, or `None` to leave it to the caller. Each answer has the time limit of a call.

        Raises:
            NotAuthorizedException: wrong user name or password, or too many attempts.
            UserNotConfirmedException, PasswordResetRequiredException, UserNotFoundException: as the service says.
            SrpError: the server's part of the handshake is malformed or unsafe.
            UnexpectedChallenge: the service asks for a proof that no step of this sign-in began, or does not take
                this program for the remembered device: sign in again, without `device=`.

        Source: InitiateAuth and RespondToAuthChallenge; RFC 5054 with Cognito's changes.
        """
        password = mask(password)
        secret = None if password is None else checks.secret(password, "password")
        step_up = step_up_parameters(target_acr_values, max_age)
        if flow != "USER_AUTH" and (preferred_challenge is not None or step_up):
            raise ConfigurationError('preferred_challenge, target_acr_values and max_age are for flow="USER_AUTH"')
        return await run_sign_in(
            self._sign_in_context(checked_device(device, self._client), checks.text(username, "username")),
            start(flow, secret, preferred_of(preferred_challenge, secret), step_up),
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
        """Sign a user in who has just confirmed the account, without asking for anything again.

        Args:
            confirmed: what `confirm_sign_up` returned, or `sign_up` where no confirmation was needed.

        Raises:
            ConfigurationError: the service gave no `Session` for it: the app client does not allow USER_AUTH.
            NotAuthorizedException: the `Session` is over or was used; sign in as usual.

        Source: InitiateAuth with USER_AUTH and the `Session` of ConfirmSignUp.
        """
        known = (sign_in_results.ConfirmSignUpResult, sign_in_results.SignUpResult)
        session = confirmed.carried if isinstance(confirmed, known) else None
        if session is None:
            raise ConfigurationError(
                "this result carries no Session (the app client does not allow USER_AUTH, or it is a copy): use sign_in"
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
        """A challenge from `challenge.to_state(key)`, to answer it here.

        With an `Auth`, answering the last one makes the current user.

        Args:
            device: as for `sign_in`.

        Raises:
            ConfigurationError: when the state is damaged, or belongs to another key, user pool or app client.
        """
        state, key = mask(state), mask(key)
        return self._sign_in_context(checked_device(device, self._client)).resumed(Secret.of(state), Secret.maybe(key))
