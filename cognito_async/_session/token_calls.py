"""Calls with the access token of a session, and the check of a session after a refused call.

The error of a refused call does not show whether the session has ended: a revoked token and a missing right have the
same `NotAuthorizedException`. Therefore one refresh checks the session. If the service refuses the refresh token too,
the session has ended.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

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
# One with tokens that another caller has refreshed during the call, and one with tokens that a check has issued.
_MOST_RETRIES = 2


class NewerTokens(NamedTuple):
    """The tokens with which a refused call may be repeated, and whether a check of the session has issued them."""

    tokens: Tokens
    is_checked: bool


async def with_access_token(session: UserSession, flow: Callable[[Secret[str]], Flow[T]], deadline: Deadline) -> T:
    """Run a flow that needs an access token. Tokens that expire soon are refreshed first.

    Raises:
        NotSignedIn: if the user is not signed in.
        SessionExpired: if the service refuses the call, and a refresh shows that the session has ended.
        CognitoError: the error of the call otherwise. The session stays valid.
    """
    client = session.client
    tokens = await freshest(session, session.tokens, client.caller(), deadline)
    retries = 0
    while True:
        try:
            result = await client.run(flow(access_token(tokens)), deadline)
            break
        except REFUSALS as error:
            newer = await _tokens_for_retry(session, tokens, error, deadline) if retries < _MOST_RETRIES else None
            if newer is None:
                raise
        tokens, retries = newer.tokens, _MOST_RETRIES if newer.is_checked else retries + 1
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
) -> NewerTokens | None:
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
    refreshes, refusal, may_repeat = session.refreshes, Refusal.of(error), is_repeatable or is_expired
    current = session.tokens
    if current.access_token != tokens.access_token:  # another caller has got newer tokens during the call
        is_checked = refreshes.checked.is_shared(tokens, current)
        if may_repeat:
            return NewerTokens(current, is_checked)
        if is_checked:
            return None
    while True:
        newer = await _check(session, current, refusal, deadline, is_expired=is_expired)
        if newer is None or may_repeat or newer.is_checked:
            return newer if may_repeat else None
        current = session.tokens


async def _check(
    session: UserSession, tokens: Tokens, refusal: Refusal, deadline: Deadline, *, is_expired: bool
) -> NewerTokens | None:
    """Refresh the tokens, unless this refusal was checked before. Return `None` if there are no newer tokens."""
    refreshes, checked = session.refreshes, session.refreshes.checked
    # If a copy of the session has refreshed these tokens, the session gets those of the copy, without a check.
    cached = refreshes.rotated.newest(tokens)
    is_paused = not is_expired and refreshes.are_paused(refresh_key(tokens))
    if cached is tokens and (is_paused or checked.explain(tokens, refusal)):
        return None
    # A check that began before this refusal says nothing about it: the session may have ended in the meantime.
    is_joined = checked.is_running(tokens)
    with checked.running(tokens):
        reason = None if is_joined else refusal
        newer = await _refresh(session, tokens, cached, reason, deadline, is_expired=is_expired)
    return None if newer is None else NewerTokens(newer, is_joined or newer is not cached)


async def _tokens_for_retry(
    session: UserSession, tokens: Tokens, error: ServiceError, deadline: Deadline
) -> NewerTokens | None:
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


async def _refresh(
    session: UserSession,
    tokens: Tokens,
    cached: Tokens,
    refusal: Refusal | None,
    deadline: Deadline,
    *,
    is_expired: bool,
) -> Tokens | None:
    """Refresh the tokens because of a refusal, and remember this check. Return `None` if the refresh fails.

    `cached`: the newest tokens that are known. If the refresh results in these, it has checked nothing. `refusal`: the
    refusal to remember, if any.
    """
    refreshes, caller = session.refreshes, session.client.caller()
    try:
        refreshing = freshest if is_expired else partial(refresh, forced=True)
        return session.check_signed_in(await refreshing(session, tokens, caller, deadline))
    except SessionError:
        raise
    except Exception as failure:
        if is_expired:
            raise
        if session.has(tokens):
            refreshes.pause(refresh_key(tokens), failure)
            return None
    finally:  # even if the caller was cancelled, because the refresh has completed
        _remember(session, tokens, cached, refusal)
    return session.tokens  # the service has issued them, but they could not be saved


def _remember(session: UserSession, tokens: Tokens, cached: Tokens, refusal: Refusal | None) -> None:
    """Remember that a refresh has checked the session after this refusal, if the service has issued new tokens."""
    is_checked = session.signed_in and not session.has(tokens) and not session.has(cached)
    # The store may have the tokens of another sign-in, about which the refusal says nothing.
    if refusal is not None and is_checked and sign_in_of(session.tokens) == sign_in_of(tokens):
        session.refreshes.checked.add(tokens, session.tokens, refusal, is_copied=session.registry is None)
