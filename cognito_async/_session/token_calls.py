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
        tokens, retries = newer, retries + 1
    if retries:
        session.refreshes.checked.forget_refusals(tokens)
    return result


async def check_refused(
    session: UserSession, tokens: Tokens, error: ServiceError, deadline: Deadline, *, has_proof: bool
) -> Tokens | None:
    """Check a session whose call the service has refused. Return newer tokens, or `None` if there are none.

    Args:
        session: the session.
        tokens: the tokens of the refused call.
        error: the error of the call, one of `REFUSALS`.
        deadline: the deadline of the call.
        has_proof: whether the call contained a password, a code or another proof. If so, a `NotAuthorizedException`
            may mean that the proof is wrong, and the session is not checked.

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
    current = session.tokens
    if current.access_token != tokens.access_token:
        return current
    checked, refusal = session.refreshes.checked, Refusal.of(error)
    if checked.explains(current, refusal):
        return None
    try:
        if is_expired:
            newer = await freshest(session, current, session.client.caller(), deadline)
            return session.check_signed_in(newer)
        return await _refresh_once(session, current, deadline)
    finally:  # even if the caller was cancelled, because the refresh has completed
        if session.signed_in and not session.has(current):
            checked.add(current, session.tokens, refusal)


async def _tokens_for_retry(
    session: UserSession, tokens: Tokens, error: ServiceError, deadline: Deadline
) -> Tokens | None:
    """Return newer tokens with which a refused call may be retried, or `None` if its error must be raised."""
    operation = error.operation or ""
    # If the token has expired, the service has refused the call before it did anything.
    may_retry = _is_expired(session, tokens, error) or effect_of_name(operation) is Effect.REPEATABLE
    newer = await check_refused(session, tokens, error, deadline, has_proof=checks_proof(operation))
    return newer if may_retry else None


def _is_expired(session: UserSession, tokens: Tokens, error: ServiceError) -> bool:
    """Return whether the access token has expired. The reply of the refused call may have set a slow clock right."""
    return isinstance(error, service.NotAuthorizedException) and session.freshness(tokens).is_expired(
        session.client.now()
    )


async def _refresh_once(session: UserSession, tokens: Tokens, deadline: Deadline) -> Tokens | None:
    """Refresh the tokens, unless they were checked before. Return `None` if the refresh fails for another reason."""
    refreshes, key = session.refreshes, refresh_key(tokens)
    if refreshes.checked.contains(tokens) or refreshes.are_paused(key):
        return None
    try:
        return session.check_signed_in(await refresh(session, tokens, session.client.caller(), deadline, forced=True))
    except SessionError:
        raise
    except Exception as failure:  # noqa: BLE001 - the caller raises the error of the call
        if session.has(tokens):
            refreshes.pause(key, failure)
            return None
    return session.tokens  # the service has issued them, but they could not be saved
