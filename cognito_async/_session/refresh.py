"""The refresh of a session: one request for all callers, and the tokens are saved before any caller gets them.

Several processes can share a store. The process that refreshes holds the session's lock in the store and reads the
session's record. If another process has refreshed the session, the tokens in the record are used. Otherwise the service
issues new tokens, which are saved unless the record has changed in the meantime.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio

from .._core.clock import Deadline
from .._core.concurrency.failure import Failure
from .._core.errors import (
    CallTimeout,
    CognitoError,
    ConfigurationError,
    NotSignedIn,
    SessionError,
    SessionExpired,
    StoreError,
)
from .._flows.context import CallerContext
from .._flows.refresh import refresh as refresh_flow
from .._tokens.freshness import Freshness
from .outcomes import RefreshOutcome
from .registry import SessionRegistry, StoredSession
from .rotated_tokens import refresh_key
from .user_session import UserSession

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens

_REMOVED_FROM_STORE = "another program removed this session from the store: sign in again"


async def refresh(
    session: UserSession,
    tokens: Tokens,
    caller: CallerContext,
    deadline: Deadline,
    *,
    forced: bool = False,
    signing_out: bool = False,
    on_issued: Callable[[Tokens], None] | None = None,
) -> Tokens:
    """Refresh these tokens and save the new ones, unless the session has ended or got other tokens in the meantime.

    If `forced`, return only tokens that the service has issued to this process. Otherwise, tokens that another process
    has saved in the store are accepted too. `signing_out` refreshes the tokens of a session that has ended here. This
    does not use the store. `on_issued` gets the new tokens before any call can use them. It is not called for tokens of
    a refresh that was already running.

    Raises:
        NotSignedIn: if the user signs out before the refresh starts.
        SessionExpired: if the session has ended; the user is then signed out.
        CognitoError, or an error of the store: if the refresh fails otherwise. The session stays valid.
    """
    while True:
        outcome = await _Refresh(
            session, tokens, caller, deadline, forced=forced, signing_out=signing_out, on_issued=on_issued
        ).run()
        wanted = forced or Freshness.of(outcome.tokens, 0.0).is_expired(session.client.now())
        if outcome.issued or not wanted or not session.signed_in:
            return outcome.tokens
        tokens = outcome.tokens


class _Refresh:
    """One session's part in a shared refresh: it runs the refresh, or waits for the caller that does."""

    def __init__(
        self,
        session: UserSession,
        tokens: Tokens,
        caller: CallerContext,
        deadline: Deadline,
        *,
        forced: bool,
        signing_out: bool,
        on_issued: Callable[[Tokens], None] | None,
    ) -> None:
        self._session = session
        self._tokens = tokens
        self._caller = caller
        self._deadline = deadline
        self._forced = forced
        self._signing_out = signing_out
        self._on_issued = on_issued
        self._client = session.client
        self._refreshes = session.refreshes
        self._registry = self._owning_registry()
        self._has_led = False

    def _owning_registry(self) -> SessionRegistry | None:
        registry = self._session.registry
        is_used = registry is not None and not self._signing_out and registry.is_owner(self._session)
        return registry if is_used else None

    async def run(self) -> RefreshOutcome:
        if self._tokens.refresh_token is None:
            raise SessionExpired("there is no refresh token: sign in again")
        while True:
            outcome = await self._refreshes.running.run(
                refresh_key(self._tokens), self._work, self._take, self._deadline
            )
            is_ours = self._is_ours(outcome)
            failure = outcome.error or (outcome.failure if is_ours else None)
            if failure is None:
                return outcome
            is_sign_out = isinstance(failure.error, NotSignedIn)
            if self._has_led or (is_ours and not is_sign_out) or _concerns_all(failure.error):
                raise failure.as_exception() from None
            # Otherwise the error is about the session or the store of the caller that led the work. Try without it.

    def _is_ours(self, outcome: RefreshOutcome) -> bool:
        """Return whether the refresh used the same store as this session."""
        registry = self._registry
        return registry.shares_store_with(outcome.registry) if registry is not None else outcome.registry is None

    async def _work(self) -> RefreshOutcome:
        self._has_led = True
        registry = self._registry
        newer = self._session.newer_than(self._tokens)
        if newer is not None:  # another thread has just refreshed the session
            return RefreshOutcome(newer, issued=True, registry=registry, unsaved=self._session.unsaved)
        try:
            return await (self._get_tokens(self._tokens) if registry is None else self._run_under_lock(registry))
        except Exception as error:
            if registry is not None and not isinstance(error, SessionError):
                registry.report("token_refresh", self._session, error)
            if isinstance(error, CallTimeout):
                raise  # the other callers may have more time
            return RefreshOutcome(self._tokens, registry=self._registry, error=Failure(error))

    async def _take(self, outcome: RefreshOutcome) -> None:
        session = self._session
        registry = self._owning_registry()  # a newer sign-in may have taken ownership, failed, and returned it
        if outcome.error is not None:
            refusal = outcome.error.error
            # End the session here, so that it ends even if its caller is cancelled, and before another call uses it.
            if isinstance(refusal, SessionExpired) and (self._has_led or self._is_ours(outcome)):
                self._end(refusal)
            return
        if self._on_issued is not None and self._has_led and outcome.issued and session.has(self._tokens):
            self._on_issued(outcome.tokens)
        is_saved = registry is None or registry.shares_store_with(outcome.registry)
        if registry is None:
            unsaved = None
        elif is_saved:
            unsaved = outcome.unsaved
        else:
            unsaved = session.unsaved or self._tokens
        if not session.replace(self._tokens, outcome.tokens, unsaved=unsaved) or registry is None:
            return
        if not is_saved:
            await registry.save(session)
            session.mark_saved(outcome.tokens)
        if outcome.issued:
            error = outcome.failure.error if outcome.failure is not None else None
            registry.report("token_refresh", session, error)

    async def _get_tokens(self, tokens: Tokens) -> RefreshOutcome:
        """Return new tokens from the service, or cached ones that it issued for this refresh token in the last minute.

        Callers that send the same token share one request.

        Raises:
            NotSignedIn: if the user has signed out in the meantime.
        """
        # A sign-out ends the session before it looks for a running refresh, which this one is by now. So either the
        # sign-out waits for this refresh, or the refresh sees here that the session has ended.
        if not self._signing_out:
            self._session.check_signed_in(tokens)
        outcomes: list[RefreshOutcome] = []
        # Only the deadline may stop the request: if an expiring lock cancelled it, the new tokens would be lost.
        with anyio.CancelScope(shield=True):
            outcomes.append(
                await self._refreshes.requests.run(
                    refresh_key(tokens), lambda: self._send_request(tokens), _ignore, self._deadline
                )
            )
        return outcomes[0]

    async def _send_request(self, tokens: Tokens) -> RefreshOutcome:
        client, shared = self._client, self._refreshes
        # Look here, where no other thread can have a request for the same token on its way.
        newest = shared.rotated.newest(tokens)
        if newest is not tokens:
            # If the cached tokens have expired too, `refresh` starts again with them. It then shares the refresh of
            # other sessions that hold the same tokens. Otherwise their refresh token could be spent twice.
            return RefreshOutcome(newest, issued=not Freshness.of(newest, 0.0).is_expired(client.now()))
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

    async def _run_under_lock(self, registry: SessionRegistry) -> RefreshOutcome:
        outcomes: list[RefreshOutcome | Exception] = []
        try:
            with self._deadline.scope():
                async with registry.view.session_lock(self._session.username):
                    try:
                        outcomes.append(await self._refresh_stored(registry))
                    except Exception as error:  # noqa: BLE001 - raised below instead of an error of the lock
                        outcomes.append(error)
        except Exception:
            if not outcomes:
                raise
        if not outcomes:
            raise CallTimeout("timed out refreshing the session; another process may hold its lock in the store")
        # Use the outcome even if the deadline passed while it was saved, or the lock could not be released.
        outcome = outcomes.pop()
        if isinstance(outcome, RefreshOutcome):
            return outcome
        try:
            raise outcome
        finally:
            del outcome  # otherwise the error and this frame would form a reference cycle, which holds the tokens

    async def _refresh_stored(self, registry: SessionRegistry) -> RefreshOutcome:
        stored = await registry.load(self._session.username)
        if self._has_lost_ownership(registry):
            return await self._get_tokens(self._tokens)
        if stored is None:
            raise SessionExpired(_REMOVED_FROM_STORE)
        is_outdated = stored.is_outdated_by(self._session)
        newest = self._tokens if is_outdated else stored.tokens
        if not self._forced and not self._is_due(newest):
            found = RefreshOutcome(newest, registry=registry)
            return await self._save(registry, stored, found) if is_outdated else found
        try:
            return await self._save(registry, stored, await self._get_tokens(newest))
        except SessionExpired:
            again = await registry.load(self._session.username)
            if again is None or again.version == stored.version:
                with suppress(Exception):  # ignore a failed removal: the next refresh tries again
                    await registry.remove_ended(stored)
                raise
            # Another process has changed the record: it has signed the user in again, or it has refreshed the session
            # under a lock that expired before it saved the tokens.
            if self._is_newer(again.tokens):
                return RefreshOutcome(again.tokens, registry=registry)
            return await self._save(registry, again, await self._get_tokens(again.tokens))

    async def _save(self, registry: SessionRegistry, stored: StoredSession, outcome: RefreshOutcome) -> RefreshOutcome:
        try:
            if await registry.replace(stored, outcome.tokens):
                return replace(outcome, registry=registry)
        except Exception as failure:  # noqa: BLE001 - the outcome holds the error and the tokens
            return replace(outcome, registry=registry, failure=Failure(failure), unsaved=stored.tokens)
        if self._has_lost_ownership(registry):
            return outcome
        found = await registry.load(self._session.username)
        if found is None:
            raise SessionExpired(_REMOVED_FROM_STORE)
        return RefreshOutcome(found.tokens, registry=registry)

    def _has_lost_ownership(self, registry: SessionRegistry) -> bool:
        """Return whether a newer sign-in owns the username now. If so, this session refreshes without the store."""
        if not registry.is_owner(self._session):
            self._registry = None
        return self._registry is None

    def _is_newer(self, tokens: Tokens) -> bool:
        """Return whether these tokens can replace those in memory: they are other ones, and not due yet."""
        return tokens.access_token != self._tokens.access_token and not self._is_due(tokens)

    def _is_due(self, tokens: Tokens) -> bool:
        return Freshness.of(tokens, 1.0).is_due(self._client.now())

    def _end(self, error: SessionExpired) -> None:
        session = self._session
        if session.end_with(self._tokens) and self._registry is not None:
            self._registry.release(session)
            self._registry.report("sign_out", session, error)


def _concerns_all(error: Exception) -> bool:
    """Return whether an error of one caller's refresh is every caller's: it is about the service, not about a store."""
    return isinstance(error, CognitoError) and not isinstance(error, (SessionError, StoreError, ConfigurationError))


async def _ignore(outcome: RefreshOutcome) -> None:
    """Do nothing, because each refresh handles the outcome of its request."""
