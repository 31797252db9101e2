"""Sign-out: always ends the local session, and ends it at the service if the service can be reached."""

from __future__ import annotations

from collections.abc import Awaitable, Collection
from contextlib import suppress
from typing import TYPE_CHECKING

from .._core.clock import Deadline
from .._core.concurrency.shield import shielded
from .._core.errors import CognitoError
from .._flows import sign_out as flows
from .._tokens import bearer
from .._tokens.claims import sign_in_of
from .._tokens.freshness import Freshness
from .outcomes import SignOutOutcome
from .refresh import refresh
from .registry import SessionRegistry
from .rotated_tokens import refresh_key
from .user_session import UserSession

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens

# The longest wait (seconds) for a lock in the store, even in a call without a time limit.
_LONGEST_LOCK = 60.0
_ENDED: Collection[flows.Remote] = ("done", "already")


async def sign_out(session: UserSession, deadline: Deadline, *, everywhere: bool) -> SignOutOutcome:
    """Sign a user out. An error of the store is raised last, after the call to the service.

    If the session has ended before, this removes its record, unless an earlier sign-out has done so.
    """
    local = _LocalSignOut(session, session.end(), deadline)
    await local.run()
    outcome = SignOutOutcome("none")
    for tokens in local.to_revoke[: 1 if everywhere else None]:
        one = await _end_remotely(session, tokens, deadline, everywhere)
        if outcome.remote == "none" or one.remote not in _ENDED:
            outcome = one
    failure = local.failure
    if failure is None:
        return outcome
    del local
    try:
        raise failure from None
    finally:
        del failure  # otherwise the error and this frame would form a reference cycle, which holds the tokens


async def remove_account(session: UserSession) -> None:
    """Remove a deleted account's session and device from memory and store. Raises the store's errors."""
    session.end()
    session.device = None
    registry = session.registry
    if registry is None:
        return

    async def forget() -> None:
        await registry.forget(session)
        await registry.devices.forget(session.username)

    failure = await _catch_error(shielded(forget))
    registry.report("sign_out", session, None)
    try:
        if failure is not None:
            raise failure from None
    finally:
        del failure  # as above


async def _catch_error(work: Awaitable[None]) -> Exception | None:
    """Await the work and return its error, or `None`."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - another package's store may raise anything
        return error
    return None


class _LocalSignOut:
    """The local part of a sign-out. The session has already ended in memory.

    It removes the session from the store and finds the tokens to revoke.

    If another process has signed the user in again, the session in the store is not the one in memory, and both must
    end at the service. Each wait takes at most half of the remaining time, so that some is left for the service.

    Args:
        tokens: the tokens with which the session has ended now; `None` if it has ended before.

    Attributes:
        failure: the error of removing the session from the store; `None` if that succeeded.
    """

    def __init__(self, session: UserSession, tokens: Tokens | None, deadline: Deadline) -> None:
        self.failure: Exception | None = None
        self._tokens = tokens
        self._found = {} if tokens is None else {sign_in_of(tokens): tokens}  # the newest tokens of each sign-in
        self._session = session
        self._refreshes = session.refreshes
        self._deadline = deadline

    @property
    def to_revoke(self) -> list[Tokens]:
        """Return the newest known tokens of each sign-in, those of the newest sign-in first."""
        return [*reversed(self._found.values())]

    async def run(self) -> None:
        try:
            await self._wait_for_refresh()
        finally:
            await shielded(self._finish)

    async def _wait_for_refresh(self) -> None:
        """Wait for a running refresh, because its tokens are the ones to revoke."""
        if self._tokens is None:
            return
        with self._deadline.scope(at_most=self._deadline.remaining() / 2):
            refreshed = await self._refreshes.running.wait_for_running(refresh_key(self._tokens))
            if refreshed is not None and refreshed.error is None:
                self._use(refreshed.tokens)

    async def _finish(self) -> None:
        registry = self._session.registry
        if registry is None:
            return
        if self._tokens is not None or registry.is_owner(self._session):
            self.failure = await self._remove_from_store(registry)
        if self._tokens is not None:
            registry.report("sign_out", self._session, None)

    async def _remove_from_store(self, registry: SessionRegistry) -> Exception | None:
        """Remove the session from the store and return the error, if any.

        This takes the session's lock first, because another process may be refreshing it. If the lock is not
        available, the session is removed anyway.
        """
        session, failures = self._session, list[Exception | None]()
        with suppress(Exception), self._deadline.scope(at_most=min(_LONGEST_LOCK, self._deadline.remaining() / 2)):
            async with registry.view.session_lock(session.username):
                with suppress(Exception):  # remove a session even if it cannot be read
                    stored = await registry.load(session.username) if registry.is_owner(session) else None
                    if stored is not None and not stored.is_outdated_by(session):
                        self._use(stored.tokens)
                failures.append(await _catch_error(registry.forget(session)))
        return failures[0] if failures else await _catch_error(registry.forget(session))

    def _use(self, tokens: Tokens) -> None:
        """Choose these tokens to be revoked, unless an earlier sign-out has revoked those of their sign-in."""
        if self._tokens is not None or not self._session.has_ended_with(tokens):
            sign_in = sign_in_of(tokens)
            self._found.pop(sign_in, None)
            self._found[sign_in] = tokens


async def _end_remotely(session: UserSession, tokens: Tokens, deadline: Deadline, everywhere: bool) -> SignOutOutcome:
    """End the session, or all sessions, at the service.

    Keep the rotated tokens cached until the service has ended the session. Otherwise an older copy of the session
    would send a spent refresh token, which looks like theft.
    """
    rotated = session.refreshes.rotated
    tokens = rotated.newest(tokens)
    outcome = await _call_sign_out(session, tokens, deadline, everywhere)
    if outcome.remote in _ENDED:
        rotated.forget(rotated.newest(tokens))
    return outcome


async def _call_sign_out(session: UserSession, tokens: Tokens, deadline: Deadline, everywhere: bool) -> SignOutOutcome:
    client, sent = session.client, not everywhere
    try:
        if everywhere:
            if tokens.refresh_token is not None and Freshness.of(tokens, 0.0).is_expired(client.now()):
                tokens = await refresh(session, tokens, client.caller(), deadline, signing_out=True)
            sent = True
            await client.run(flows.sign_out_everywhere(bearer.access_token(tokens)), deadline)
        elif (refresh_token := bearer.refresh_token(tokens)) is not None:
            await client.run(flows.revoke(client.app_client, refresh_token), deadline)
        else:
            return SignOutOutcome("none")
    except CognitoError as error:
        return SignOutOutcome(flows.remote_outcome(error, everywhere=everywhere, sent=sent), error)
    return SignOutOutcome("done")
