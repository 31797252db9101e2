"""New tokens for a session: one request for all callers, saved before any of them has the tokens.

If a store is shared, the store decides: the holder of the session's lock reads it, takes tokens that another process
has refreshed, or asks the service and writes the reply back, unless the entry has changed while it waited.
"""

from __future__ import annotations

import copy
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio

from .._core.clock import Deadline
from .._core.errors import CallTimeout, SessionExpired
from .._core.single_flight import Failure
from .._flows.context import CallerContext
from .._flows.refresh import refresh as refresh_flow
from .._tokens.freshness import Freshness
from .outcomes import RefreshOutcome
from .registry import SessionRegistry, StoredSession
from .rotated_tokens import refresh_key
from .user_session import UserSession

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens

_ENDED_ELSEWHERE = "this session is not in its store any more, so another program has ended it: sign in again"


async def refresh(
    session: UserSession, tokens: Tokens, caller: CallerContext, deadline: Deadline, *, forced: bool = False
) -> Tokens:
    """Refresh these tokens and save the result, unless the user has signed out or has other tokens by then.

    With `forced` the service is asked in any case. Otherwise tokens that another process has refreshed will do.

    Raises:
        SessionExpired: if the session has ended; the user is not signed in any more.
        CognitoError, and what the store raises: the session stays valid.
    """
    while True:
        outcome = await _Refresh(session, tokens, caller, deadline, forced=forced).run()
        wanted = forced or Freshness.of(outcome.tokens, 0.0).is_over(session.client.now())
        if outcome.issued or not wanted or not session.signed_in:
            return outcome.tokens
        tokens = outcome.tokens


class _Refresh:
    """One session's part in a shared refresh: it runs the refresh, or waits for the caller that does."""

    def __init__(
        self, session: UserSession, tokens: Tokens, caller: CallerContext, deadline: Deadline, *, forced: bool
    ) -> None:
        self._session = session
        self._tokens = tokens
        self._caller = caller
        self._deadline = deadline
        self._forced = forced
        self._client = session.client
        self._refreshes = session.refreshes
        self._registry = self._owner()

    def _owner(self) -> SessionRegistry | None:
        registry = self._session.registry
        return registry if registry is not None and registry.owns(self._session) else None

    async def run(self) -> RefreshOutcome:
        if self._tokens.refresh_token is None:
            raise SessionExpired("there is no refresh token: sign in again")
        running = self._refreshes.running.get()
        outcome = await running.run(refresh_key(self._tokens), self._work, self._take, self._deadline)
        registry = self._registry
        is_ours = registry.shares_store_with(outcome.registry) if registry is not None else outcome.registry is None
        if outcome.refused is not None:
            if not is_ours:
                return await self.run()  # what another store holds says nothing about this session
            self._end(outcome.refused)
            raise copy.copy(outcome.refused) from None
        if outcome.failure is not None and is_ours:
            raise outcome.failure.as_exception() from None
        return outcome

    async def _work(self) -> RefreshOutcome:
        registry = self._registry
        try:
            return await (self._issued(self._tokens) if registry is None else self._locked(registry))
        except SessionExpired as error:
            return RefreshOutcome(self._tokens, registry=self._registry, refused=error)
        except Exception as error:
            if registry is not None:
                registry.report("token_refresh", self._session, error)
            raise

    async def _take(self, outcome: RefreshOutcome) -> None:
        session = self._session
        registry = self._owner()  # a sign-in that could not be saved may have given it back
        if not session.has(self._tokens) or outcome.refused is not None:
            return
        outdated = session.unsaved or self._tokens
        if registry is None:
            session.take(outcome.tokens, unsaved=None)
            return
        if registry.shares_store_with(outcome.registry):
            session.take(outcome.tokens, unsaved=outcome.unsaved)
        else:
            session.take(outcome.tokens, unsaved=outdated)
            await registry.save(session)
            session.saved()
        if outcome.issued:
            error = outcome.failure.error if outcome.failure is not None else None
            registry.report("token_refresh", session, error)

    async def _issued(self, tokens: Tokens) -> RefreshOutcome:
        """Return what the service issues now, or issued within the last minute.

        Callers that send the same token share one request.
        """
        newest = self._refreshes.rotated.newest(tokens)
        if newest is not tokens:
            # If these have expired since, they are refreshed as a separate session, or one token would be spent twice.
            return RefreshOutcome(newest, issued=not Freshness.of(newest, 0.0).is_over(self._client.now()))
        outcomes: list[RefreshOutcome] = []
        # Only the deadline may stop the request: if an expiring lock cancelled it, the new tokens would be lost.
        with anyio.CancelScope(shield=True):
            requests = self._refreshes.requests.get()
            outcomes.append(
                await requests.run(refresh_key(tokens), lambda: self._requested(tokens), _hand_on, self._deadline)
            )
        return outcomes[0]

    async def _requested(self, tokens: Tokens) -> RefreshOutcome:
        client, shared = self._client, self._refreshes
        chosen = client.config.refresh_flow
        flow = refresh_flow(
            client.app_client,
            self._session.username,
            tokens,
            self._session.device_key(tokens),
            self._caller,
            chosen or shared.learned_flow,
            shared.rotating,
        )
        refreshed = await client.run(flow, self._deadline)
        if chosen is None:
            shared.learned_flow = refreshed.flow
        shared.rotating = refreshed.rotated
        if refreshed.rotated:
            shared.rotated.add(tokens, refreshed.tokens)
        return RefreshOutcome(refreshed.tokens, issued=True)

    async def _locked(self, registry: SessionRegistry) -> RefreshOutcome:
        outcomes: list[RefreshOutcome | Exception] = []
        try:
            with self._deadline.scope():
                async with registry.view.session_lock(self._session.username):
                    try:
                        outcomes.append(await self._under_lock(registry))
                    except Exception as error:  # noqa: BLE001 - it says more than an error of the lock
                        outcomes.append(error)
        except Exception:
            if not outcomes:
                raise
        if not outcomes:
            raise CallTimeout("the session was not renewed in time; another process may hold its lock in the store")
        # The outcome counts even if the deadline passed while it was saved, or the lock could not be released.
        outcome = outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _under_lock(self, registry: SessionRegistry) -> RefreshOutcome:
        stored = await registry.load(self._session.username)
        if self._is_displaced(registry):
            return await self._issued(self._tokens)
        if stored is None:
            raise SessionExpired(_ENDED_ELSEWHERE)
        is_outdated = stored.is_outdated_by(self._session)
        newest = self._tokens if is_outdated else stored.tokens
        if not self._forced and not self._is_due(newest):
            found = RefreshOutcome(newest, registry=registry)
            return await self._saved(registry, stored, found) if is_outdated else found
        try:
            return await self._saved(registry, stored, await self._issued(newest))
        except SessionExpired:
            again = await registry.load(self._session.username)
            if again is None or again.version == stored.version:
                with suppress(Exception):  # the end of the session matters more; if it stays, it is refused again
                    await registry.remove_ended(stored)
                raise
            # Another process has refreshed it after all: its lock had expired, or it signed in again.
            if self._is_news(again.tokens):
                return RefreshOutcome(again.tokens, registry=registry)
            return await self._saved(registry, again, await self._issued(again.tokens))

    async def _saved(self, registry: SessionRegistry, stored: StoredSession, outcome: RefreshOutcome) -> RefreshOutcome:
        try:
            if await registry.replace(stored, outcome.tokens):
                return replace(outcome, registry=registry)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the tokens are there and go with it
            return replace(outcome, registry=registry, failure=Failure(failure), unsaved=stored.tokens)
        if self._is_displaced(registry):
            return outcome
        found = await registry.load(self._session.username)
        if found is None:
            raise SessionExpired(_ENDED_ELSEWHERE)
        return RefreshOutcome(found.tokens, registry=registry)

    def _is_displaced(self, registry: SessionRegistry) -> bool:
        """Return whether a newer sign-in owns the username now. Then this session refreshes by itself."""
        if not registry.owns(self._session):
            self._registry = None
        return self._registry is None

    def _is_news(self, tokens: Tokens) -> bool:
        """Return whether another process has refreshed the session, and so lately that it is not due again."""
        return tokens.access_token != self._tokens.access_token and not self._is_due(tokens)

    def _is_due(self, tokens: Tokens) -> bool:
        return Freshness.of(tokens, 1.0).is_due(self._client.now())

    def _end(self, error: SessionExpired) -> None:
        session = self._session
        if not session.has(self._tokens):
            return
        session.end()
        if self._registry is not None:
            self._registry.release(session)
            self._registry.report("sign_out", session, error)


async def _hand_on(outcome: RefreshOutcome) -> None:
    """Do nothing: each refresh passes on the outcome of its request."""
