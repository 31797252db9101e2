"""A sign-in whose challenges are answered by the caller's function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable

from ..._client.call_options import CallOptions
from ..._core.errors import ConfigurationError, UnexpectedChallenge
from ..._flows.context import SignIn
from ..._flows.protocol import Flow, Outcome
from . import results as sign_in_results
from .context import SignInContext
from .kinds import AnyChallenge

OnChallenge = Callable[[AnyChallenge], Awaitable["sign_in_results.SignInResult | None"]]
# A sign-in has only a few challenges. Without this limit, a faulty server could keep a program answering forever.
_MAX_CHALLENGES = 25


def run_sign_in(
    context: SignInContext,
    start: Callable[[SignIn], Flow[Outcome]],
    call: CallOptions,
    on_challenge: OnChallenge | None,
) -> Awaitable[sign_in_results.SignInResult]:
    """Run a sign-in until it is complete, or until `on_challenge` does not answer a challenge.

    Raises:
        ConfigurationError: if `on_challenge` is not a function, or returns something other than a result or `None`.
        UnexpectedChallenge: if the service asks for more than 25 answers.
    """
    if on_challenge is not None and not callable(on_challenge):
        raise ConfigurationError("on_challenge must be an async function that takes a challenge")
    started = context.run(context.typed or "", start, call)
    return started if on_challenge is None else _answer_challenges(started, on_challenge)


async def _answer_challenges(
    started: Awaitable[sign_in_results.SignInResult], on_challenge: OnChallenge
) -> sign_in_results.SignInResult:
    result = await started
    for _ in range(_MAX_CHALLENGES):
        if result.challenge is None:
            return result
        answering = on_challenge(result.challenge)
        following = await answering if isawaitable(answering) else answering
        if following is None:
            return result
        if not isinstance(following, sign_in_results.SignInResult):
            raise ConfigurationError("on_challenge must return the result of the challenge's method, or None")
        result = following
    raise UnexpectedChallenge(f"stopped after {_MAX_CHALLENGES} answers of on_challenge: the service asks for more")
