"""Valid tokens of a session, refreshed when needed, and calls with its access token."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from .._aws._generated.errors import NotAuthorizedException
from .._core.clock import Deadline
from .._core.errors import SessionError, SessionExpired
from .._core.secret import Secret
from .._flows.context import CallerContext
from .._flows.protocol import Flow
from .._tokens.bearer import access_token
from .refresh import refresh
from .rotated_tokens import refresh_key
from .user_session import UserSession

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens

T = TypeVar("T")

# The longest and the shortest sleep of `keep_fresh`, in seconds. It wakes at least once a minute, to notice that the
# machine was suspended or its clock was set.
_LONGEST_SLEEP, _SHORTEST_SLEEP = 60.0, 5.0
_random = secrets.SystemRandom()


async def valid_tokens(session: UserSession, caller: CallerContext, deadline: Deadline) -> Tokens:
    """Return tokens with a valid access token. Refresh them if they expire soon.

    Raises:
        NotSignedIn: if the user is not signed in.
        SessionExpired: if the session has ended, or the access token has expired and there is no refresh token.
        CognitoError, or an error of the store: if the tokens have expired and could not be refreshed. The session
            stays valid.
    """
    tokens = session.tokens
    if tokens.refresh_token is None and session.freshness(tokens).is_expired(session.client.now()):
        raise SessionExpired("the access token has expired, and there is no refresh token: sign in again")
    return session.check_signed_in(await freshest(session, tokens, caller, deadline))


async def freshest(session: UserSession, tokens: Tokens, caller: CallerContext, deadline: Deadline) -> Tokens:
    """Return these tokens, or new ones if these expire soon and can be refreshed.

    Raises the error of a failed refresh only if the session has ended or the access token has expired.
    """
    client = session.client
    fresh = session.freshness(tokens)
    if tokens.refresh_token is None or (session.unsaved is None and not fresh.is_due(client.now())):
        return tokens
    key = refresh_key(tokens)
    if session.refreshes.are_paused(key) and not fresh.is_expired(client.now()):
        return tokens
    try:
        return await refresh(session, tokens, caller, deadline)
    except SessionError:
        raise
    except Exception as error:
        session.refreshes.pause(key, error)
        if fresh.is_expired(client.now()):
            raise
        return tokens


async def with_access_token(session: UserSession, flow: Callable[[Secret[str]], Flow[T]], deadline: Deadline) -> T:
    """Run a flow that needs an access token. Tokens that expire soon are refreshed first."""
    client = session.client
    tokens = await freshest(session, session.tokens, client.caller(), deadline)
    try:
        return await client.run(flow(access_token(tokens)), deadline)
    except NotAuthorizedException:
        # The error's reply contained the service's time. If it shows that the local clock was slow and the token has
        # expired, refresh the token and retry once.
        is_expired = session.freshness(tokens).is_expired(client.now())
        if not session.has(tokens) or tokens.refresh_token is None or not is_expired:
            raise
    tokens = await freshest(session, tokens, client.caller(), deadline)
    return await client.run(flow(access_token(tokens)), deadline)


async def keep_fresh(session: UserSession) -> None:
    """Refresh the tokens before they expire, until the session ends or there is no refresh token."""
    client = session.client
    while session.signed_in and session.tokens.refresh_token is not None:
        due = session.freshness(session.tokens).due
        wait = (due - client.now()).total_seconds() if due is not None else _LONGEST_SLEEP
        floor = _random.uniform(_SHORTEST_SLEEP, 2 * _SHORTEST_SLEEP)
        await client.clock.sleep(min(max(wait, floor), _LONGEST_SLEEP))
        try:
            await valid_tokens(session, client.caller(), client.deadline())
        except SessionError:
            return
        except Exception:  # noqa: BLE001, S112 - the next round retries; callers of `session()` get the error
            continue
