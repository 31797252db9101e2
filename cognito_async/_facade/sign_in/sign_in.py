"""Signing in: the calls that begin a sign-in or go on with one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from inspect import isawaitable
from typing import Any

from ..._client.pool_client import Engine
from ..._client.service_client import CallOptions
from ..._core import checks
from ..._core.checks import NOT_GIVEN, NotGiven
from ..._core.errors import ConfigurationError, UnexpectedChallenge
from ..._core.options import UserContext
from ..._core.redact import Masked, mask
from ..._flows import sign_in as flows
from ..._flows.answers import in_session
from ..._flows.context import SignIn
from ..._flows.protocol import Flow, Outcome
from ..._flows.sign_in import SignInFlow
from ..._tokens.device import DeviceSecret
from .. import results
from ..user.user import CognitoUser
from .kinds import AnyChallenge
from .progress import Progress

OnChallenge = Callable[[AnyChallenge], Awaitable["results.SignInResult | None"]]
# A person answers a handful; a server that asks for more has a program answering in a circle.
_MOST_CHALLENGES = 25


class SignInCalls(ABC):
    """The calls that `UserPool` and `Auth` share."""

    _engine: Engine

    @abstractmethod
    def _progress(self, device: DeviceSecret | None = None, typed: str | None = None) -> Progress:
        """A sign-in that is to begin, or to go on."""

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
    ) -> results.SignInResult:
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
        secret = None if password is None else Masked(checks.text(password, "password"))
        step_up = _step_up(target_acr_values, max_age)
        if flow != "USER_AUTH" and (preferred_challenge is not None or step_up):
            raise ConfigurationError('preferred_challenge, target_acr_values and max_age are for flow="USER_AUTH"')
        return await begun(
            self._progress(checked_device(device, self._engine), checks.text(username, "username")),
            start(flow, secret, preferred_of(preferred_challenge, secret), step_up),
            CallOptions(client_metadata, user_context, timeout),
            on_challenge,
        )

    async def auto_sign_in(
        self,
        confirmed: results.ConfirmSignUpResult | results.SignUpResult,
        *,
        on_challenge: OnChallenge | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> results.SignInResult:
        """Sign a user in who has just confirmed the account, without asking for anything again.

        Args:
            confirmed: what `confirm_sign_up` returned, or `sign_up` where no confirmation was needed.

        Raises:
            ConfigurationError: the service gave no `Session` for it: the app client does not allow USER_AUTH.
            NotAuthorizedException: the `Session` is over or was used; sign in as usual.

        Source: InitiateAuth with USER_AUTH and the `Session` of ConfirmSignUp.
        """
        session = (
            confirmed._session if isinstance(confirmed, (results.ConfirmSignUpResult, results.SignUpResult)) else None
        )
        if session is None:
            raise ConfigurationError(
                "this result carries no Session (the app client does not allow USER_AUTH, or it is a copy): use sign_in"
            )
        progress = self._progress(typed=confirmed.user.username)
        progress.event = "auto_sign_in"
        return await begun(
            progress,
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
        return self._progress(checked_device(device, self._engine)).resumed(state, key)


async def begun(
    progress: Progress,
    start: Callable[[SignIn], Flow[Outcome]],
    call: CallOptions,
    on_challenge: OnChallenge | None,
) -> results.SignInResult:
    """A sign-in from its first call, and on as far as `on_challenge` answers."""
    if on_challenge is not None and not callable(on_challenge):
        raise ConfigurationError("on_challenge is an async function that takes a challenge")
    result = await progress.go_on(progress.typed or "", start, call)
    if on_challenge is None:
        return result
    for _ in range(_MOST_CHALLENGES):
        if result.challenge is None:
            return result
        answering = on_challenge(result.challenge)
        following = await answering if isawaitable(answering) else answering
        if following is None:
            return result
        if not isinstance(following, results.SignInResult):
            raise ConfigurationError("on_challenge returns what the challenge's method returned, or None")
        result = following
    raise UnexpectedChallenge(f"on_challenge has answered {_MOST_CHALLENGES} challenges, and the service asks for more")


async def stepped_up(
    user: CognitoUser,
    target_acr_values: Sequence[str],
    max_age: int | None,
    preferred_challenge: str | None,
    password: str | None,
    call: CallOptions,
    on_challenge: OnChallenge | None,
) -> results.SignInResult:
    """USER_AUTH for somebody who is signed in: the access token stands for what was shown before."""
    password = mask(password)
    secret = None if password is None else Masked(checks.text(password, "password"))
    preferred, levels = preferred_of(preferred_challenge, secret), _step_up(target_acr_values, max_age)
    if "TARGET_ACR_VALUES" not in levels:
        raise ConfigurationError("step_up takes the levels to reach: target_acr_values must not be empty")
    engine = user._connected()
    deadline = engine.deadline(call.timeout)
    tokens = await user._valid(engine, user.tokens, engine.caller(), deadline)
    return await begun(
        Progress(engine, user._keeper, user.device_secret, user.username),
        start("USER_AUTH", secret, preferred, {**levels, "ACCESS_TOKEN": mask(tokens.access_token)}),
        replace(call, timeout=deadline),
        on_challenge,
    )


def start(
    flow: str, secret: Masked | None, preferred: str | None, step_up: Mapping[str, str]
) -> Callable[[SignIn], Flow[Outcome]]:
    """The first step of a sign-in, by the name of its flow."""
    match checks.text(flow, "flow"), secret:
        case "USER_SRP_AUTH", Masked() as password:
            return lambda sign_in: flows.with_srp(sign_in, password)
        case "USER_PASSWORD_AUTH", Masked() as password:
            return lambda sign_in: flows.with_password(sign_in, password)
        case "CUSTOM_AUTH", _:
            return lambda sign_in: flows.with_custom_challenges(sign_in, secret)
        case "USER_AUTH", _:
            return lambda sign_in: flows.with_choice(sign_in, preferred, secret, step_up)
        case ("USER_SRP_AUTH" | "USER_PASSWORD_AUTH") as given, _:
            raise ConfigurationError(f"password must be given: {given} begins with one")
        case _:
            raise ConfigurationError('flow is "USER_SRP_AUTH", "USER_PASSWORD_AUTH", "CUSTOM_AUTH" or "USER_AUTH"')


def preferred_of(preferred: Any, secret: Masked | None) -> str | None:
    """`preferred_challenge`, checked together with the password."""
    if preferred is None:
        return None
    name = checks.text(preferred, "preferred_challenge")
    if secret is not None and name not in ("PASSWORD", "PASSWORD_SRP"):
        raise ConfigurationError(
            'a password goes with preferred_challenge="PASSWORD_SRP" or "PASSWORD", or without any'
        )
    if secret is None and name in ("PASSWORD", "PASSWORD_SRP"):
        raise ConfigurationError(f"password must be given: {name} begins with one")
    return name


def _step_up(target_acr_values: Any, max_age: Any) -> dict[str, str]:
    whole: Any = target_acr_values  # not narrowed by what follows
    if isinstance(target_acr_values, str) or not isinstance(target_acr_values, Sequence):
        raise ConfigurationError("target_acr_values is a list of texts")
    levels = [checks.text(each, "a level in target_acr_values") for each in whole]
    if max_age is not None and (isinstance(max_age, bool) or not isinstance(max_age, int) or max_age < 0):
        raise ConfigurationError("max_age is a whole number of seconds")
    return {
        **({"TARGET_ACR_VALUES": " ".join(levels)} if levels else {}),
        **({"MAX_AGE": str(max_age)} if max_age is not None else {}),
    }


def checked_device(device: Any, engine: Engine) -> DeviceSecret | None:
    """`device=`, checked."""
    if device is None:
        return None
    if not isinstance(device, DeviceSecret):
        raise ConfigurationError("device= is a DeviceSecret: user.device_secret of an earlier sign-in")
    if device._binding != engine.client.binding:
        raise ConfigurationError("device= belongs to another user pool or app client")
    return device
