"""Valid tokens of a session, refreshed when needed."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from .._core.clock import Deadline
from .._core.errors import SessionError, SessionExpired
from .._flows.context import CallerContext
from .refresh import refresh
from .rotated_tokens import refresh_key
from .user_session import UserSession

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens

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


async def keep_fresh(session: UserSession) -> None:
    """Refresh the tokens before they expire, until the session ends or there is no refresh token."""
    client = session.client
    while (tokens := session.current) is not None and tokens.refresh_token is not None:
        due = session.freshness(tokens).due
        wait = (due - client.now()).total_seconds() if due is not None else _LONGEST_SLEEP
        floor = _random.uniform(_SHORTEST_SLEEP, 2 * _SHORTEST_SLEEP)
        await client.clock.sleep(min(max(wait, floor), _LONGEST_SLEEP))
        try:
            await valid_tokens(session, client.caller(), client.deadline())
        except SessionError:
            return
        except Exception:  # noqa: BLE001, S112 - the next round retries; callers of `session()` get the error
            continue
