"""The end of a session: locally in any case, and at the service if it can be reached."""

from __future__ import annotations

from collections.abc import Awaitable, Collection
from contextlib import suppress
from typing import TYPE_CHECKING

from .._core.clock import Deadline
from .._core.errors import CognitoError
from .._core.shield import shielded
from .._flows import sign_out as flows
from .._tokens import bearer
from .._tokens.claims import text_claim
from .._tokens.freshness import Freshness
from .outcomes import SignOutOutcome
from .refresh import refresh
from .registry import SessionRegistry
from .rotated_tokens import refresh_key
from .user_session import UserSession

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens

# Seconds to wait for a lock in the store. Otherwise a call without a time limit could wait for ever.
_LONGEST_LOCK = 60.0
# The claim that all access tokens of a session share, however often its refresh token is replaced.
_ORIGIN = "origin_jti"
_OVER: Collection[flows.Remote] = ("done", "already")


async def sign_out(session: UserSession, deadline: Deadline, *, everywhere: bool) -> SignOutOutcome:
    """Sign a user out. Raises what the store raises, after everything else is done."""
    local = _LocalEnd(session, deadline)
    await local.run()
    outcome = await _ended(session, local.tokens, deadline, everywhere)
    if local.older is not None and not everywhere:
        older = await _ended(session, local.older, deadline, everywhere)
        outcome = outcome if older.remote in _OVER else older
    if local.failure is not None:
        raise local.failure from None
    return outcome


async def finish(session: UserSession) -> None:
    """Remove what an earlier sign-out could not remove from the store. Raises what the store raises."""
    registry = session.registry
    if registry is not None and registry.owns(session):
        await shielded(lambda: registry.forget(session))


async def forget_account(session: UserSession) -> None:
    """Remove a deleted account's session and device from memory and store. Raises what the store raises."""
    session.end()
    session.device = None
    registry = session.registry
    if registry is None:
        return

    async def forget() -> None:
        await registry.forget(session)
        await registry.devices.forget(session.username)

    failure = await _failure(shielded(forget))
    registry.report("sign_out", session, None)
    if failure is not None:
        raise failure from None


async def _failure(work: Awaitable[None]) -> Exception | None:
    try:
        await work
    except Exception as error:  # noqa: BLE001 - another package's store may raise anything
        return error
    return None


class _LocalEnd:
    """The end of a session in memory and store. `tokens` are its last ones, which end at the service too.

    If another process has signed the user in again, the store holds a different session from memory. Both are ended;
    `older` holds the tokens from memory.

    Waiting may take half of the time that is left: the service is asked in any case.
    """

    def __init__(self, session: UserSession, deadline: Deadline) -> None:
        self.tokens = session.tokens
        self.older: Tokens | None = None
        self.failure: Exception | None = None
        self._session = session
        self._refreshes = session.refreshes
        self._deadline = deadline
        session.end()

    async def run(self) -> None:
        try:
            await self._settled()
        finally:
            await shielded(self._finish)

    async def _settled(self) -> None:
        """Wait for a refresh that is running: it decides which tokens there are to end."""
        with self._deadline.scope(at_most=self._deadline.remaining() / 2):
            refreshed = await self._refreshes.running.get().wait_for_running(refresh_key(self.tokens))
            self.tokens = refreshed.tokens if refreshed is not None else self.tokens

    async def _finish(self) -> None:
        registry = self._session.registry
        if registry is not None:
            self.failure = await self._forgotten(registry)
        self.tokens = self._refreshes.rotated.newest(self.tokens)
        if registry is not None:
            registry.report("sign_out", self._session, None)

    async def _forgotten(self, registry: SessionRegistry) -> Exception | None:
        """Remove the session from the store, under its lock if that can be had: another process may refresh it now."""
        session, failures = self._session, list[Exception | None]()
        with suppress(Exception), self._deadline.scope(at_most=min(_LONGEST_LOCK, self._deadline.remaining() / 2)):
            async with registry.view.session_lock(session.username):
                with suppress(Exception):  # a session that cannot be read can still be removed
                    stored = await registry.load(session.username) if registry.owns(session) else None
                    if stored is not None and not stored.is_outdated_by(session):
                        self._end_too(stored.tokens)
                failures.append(await _failure(registry.forget(session)))
        return failures[0] if failures else await _failure(registry.forget(session))

    def _end_too(self, stored: Tokens) -> None:
        if text_claim(stored, _ORIGIN) != text_claim(self.tokens, _ORIGIN):
            self.older = self.tokens
        self.tokens = stored


async def _ended(session: UserSession, tokens: Tokens, deadline: Deadline, everywhere: bool) -> SignOutOutcome:
    """End the session, or all sessions, at the service.

    Keep the rotated tokens cached until the service has ended the session. Otherwise an older copy would send a spent
    refresh token, which looks like theft.
    """
    outcome = await _ended_remotely(session, tokens, deadline, everywhere)
    if outcome.remote in _OVER:
        rotated = session.refreshes.rotated
        rotated.forget(rotated.newest(tokens))
    return outcome


async def _ended_remotely(session: UserSession, tokens: Tokens, deadline: Deadline, everywhere: bool) -> SignOutOutcome:
    client, sent = session.client, not everywhere
    try:
        if everywhere:
            if tokens.refresh_token is not None and Freshness.of(tokens, 0.0).is_over(client.now()):
                tokens = await refresh(session, tokens, client.caller(), deadline)
            sent = True
            await client.run(flows.sign_out_everywhere(bearer.access_token(tokens)), deadline)
        elif (refresh_token := bearer.refresh_token(tokens)) is not None:
            await client.run(flows.revoke(client.app_client, refresh_token), deadline)
        else:
            return SignOutOutcome("none")
    except CognitoError as error:
        return SignOutOutcome(flows.remote_outcome(error, everywhere=everywhere, sent=sent), error)
    return SignOutOutcome("done")
