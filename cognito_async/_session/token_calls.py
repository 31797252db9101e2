"""Calls with the access token of a session, and the check of a session after a refused call.

The error of a refused call does not show whether the session has ended: a revoked token and a missing right have the
same `NotAuthorizedException`. Therefore one refresh checks the session. If the service refuses the refresh token too,
the session has ended.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from .._aws._generated import errors as service
from .._aws.effects import checks_proof, effect_of_name
from .._aws.rpc import Effect
from .._core.clock import Deadline
from .._core.errors import ServiceError, SessionError, SessionExpired, convert_error
from .._core.secret import Secret
from .._flows.protocol import Flow
from .._tokens.bearer import access_token
from .._tokens.claims import sign_in_of
from .checked_tokens import Refusal
from .refresh import refresh
from .rotated_tokens import refresh_key
from .user_session import UserSession
from .valid_tokens import freshest

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens

T = TypeVar("T")

# The errors with which the service refuses the access token of a session that has ended.
REFUSALS = (
    service.NotAuthorizedException,
    service.UserNotFoundException,
    service.PasswordResetRequiredException,
    service.UserNotConfirmedException,
)
# One with tokens that another caller has refreshed during the call, and one with tokens that the check has issued.
_MOST_RETRIES = 2


async def with_access_token(session: UserSession, flow: Callable[[Secret[str]], Flow[T]], deadline: Deadline) -> T:
    """Run a flow that needs an access token. Tokens that expire soon are refreshed first.

    Raises:
        NotSignedIn: if the user is not signed in.
        SessionExpired: if the service refuses the call, and a refresh shows that the session has ended.
        CognitoError: the error of the call otherwise. The session stays valid.
    """
    client = session.client
    tokens = session.check_signed_in(await freshest(session, session.tokens, client.caller(), deadline))
    retries = 0
    while True:
        try:
            result = await client.run(flow(access_token(tokens)), deadline)
            break
        except REFUSALS as error:
            newer = await _tokens_for_retry(session, tokens, error, deadline) if retries < _MOST_RETRIES else None
            if newer is None:
                raise
        tokens, retries = newer, retries + 1
    if retries:
        session.refreshes.checked.forget(tokens)
    return result


async def check_refused(
    session: UserSession,
    tokens: Tokens,
    error: ServiceError,
    deadline: Deadline,
    *,
    has_proof: bool,
    is_repeatable: bool = False,
) -> Tokens | None:
    """Check a session after a refused call. Return newer tokens if the call may be repeated with them, or `None`.

    Args:
        session: the session.
        tokens: the tokens of the refused call.
        error: the error of the call, one of `REFUSALS`.
        deadline: the deadline of the call.
        has_proof: whether the call contained a password, a code or another proof. If so, a `NotAuthorizedException`
            may mean that the proof is wrong, and the session is not checked.
        is_repeatable: whether the call may be repeated although the service may have done something.

    Raises:
        SessionExpired: if the session has ended; the user is then signed out.
        NotSignedIn: if the user has signed out during the check.
    """
    is_expired = _is_expired(session, tokens, error)
    if tokens.refresh_token is None or (
        has_proof and not is_expired and isinstance(error, service.NotAuthorizedException)
    ):
        return None
    if not session.signed_in:
        raise convert_error(error, SessionExpired, "the session has ended during the call: sign in again") from None
    current, may_repeat = session.tokens, is_repeatable or is_expired
    if current.access_token != tokens.access_token:  # another caller has got newer tokens during the call
        if may_repeat:
            return current
        if session.refreshes.checked.has_issued(current):
            return None
    while True:
        # If a copy of the session has newer tokens, the session gets those of the copy, which are not checked yet.
        cached = session.refreshes.rotated.newest(current)
        newer = await _check(session, current, cached, error, deadline, is_expired=is_expired)
        if newer is None or may_repeat:
            return newer
        if newer is not cached:
            return None
        current = newer


async def _tokens_for_retry(
    session: UserSession, tokens: Tokens, error: ServiceError, deadline: Deadline
) -> Tokens | None:
    operation = error.operation or ""
    is_repeatable = effect_of_name(operation) is Effect.REPEATABLE
    return await check_refused(
        session, tokens, error, deadline, has_proof=checks_proof(operation), is_repeatable=is_repeatable
    )


def _is_expired(session: UserSession, tokens: Tokens, error: ServiceError) -> bool:
    """Return whether the access token has expired, so that the service has refused it before it did anything.

    The reply of the refused call may have corrected a slow clock.
    """
    is_refused = isinstance(error, service.NotAuthorizedException)
    return is_refused and session.freshness(tokens).is_expired(session.client.now())


async def _check(
    session: UserSession, tokens: Tokens, cached: Tokens, error: ServiceError, deadline: Deadline, *, is_expired: bool
) -> Tokens | None:
    """Check a session by a refresh of its tokens, unless an earlier check explains the refusal.

    Return newer tokens, or `None` if there are none. `cached`: the newest tokens that are known. If the refresh results
    in these, it has checked nothing.
    """
    refreshes, refusal = session.refreshes, Refusal.of(error)
    is_paused = not is_expired and refreshes.are_paused(refresh_key(tokens))
    if is_paused or (cached is tokens and refreshes.checked.explain(tokens, refusal)):
        return None

    def remember(issued: Tokens) -> None:
        # The store may have the tokens of another sign-in, about which the refusal says nothing.
        if issued is not cached and sign_in_of(issued) == sign_in_of(tokens):
            refreshes.checked.add(tokens, issued, refusal, is_copied=session.registry is None)

    caller = session.client.caller()
    try:
        issued = await refresh(session, tokens, caller, deadline, forced=not is_expired, on_issued=remember)
        return session.check_signed_in(issued)
    except SessionError:
        raise
    except Exception as failure:
        is_unchanged = session.has(tokens)
        if is_unchanged:
            refreshes.pause(refresh_key(tokens), failure)
        if is_expired:
            raise
        # Otherwise the service has issued tokens, but they could not be saved.
        return None if is_unchanged else session.tokens
