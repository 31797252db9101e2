"""New tokens for a session: one request for all who ask, saved before anybody has them.

Where a store is shared, what is there decides: whoever holds the session's lock reads it, takes over what another
process has renewed, or asks the service and writes the answer back, unless the record has changed meanwhile.
"""

from __future__ import annotations

import copy
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import anyio

from .._core.clock import Deadline
from .._core.errors import CallTimeout, SessionExpired
from .._core.single_flight import Failure, refresh_key
from .._core.value_class import record
from .._flows.context import CallerContext
from .._flows.refresh import refresh
from .._tokens.freshness import Freshness
from .registry import Keeper, Kept

if TYPE_CHECKING:
    from .._facade.user.signed_in import SignedIn
    from .._facade.user.user import CognitoUser
    from .._tokens.tokens import Tokens

_ENDED_ELSEWHERE = "this session is not in its store any more, so another program has ended it: sign in again"


@record
class Renewed:
    """What came of one flight.

    `asked` tells whether the service has given these tokens out for it; `keeper` where they are kept already;
    `failure` why they could not be, in the place of the tokens `unsaved`; `refused` that there are no new ones.
    """

    tokens: Tokens
    asked: bool = False
    keeper: Keeper | None = None
    failure: Failure | None = None
    unsaved: Tokens | None = None
    refused: SessionExpired | None = None


async def renew(
    user: SignedIn, tokens: Tokens, caller: CallerContext, deadline: Deadline, *, forced: bool = False
) -> Tokens:
    """New tokens for these: taken over and saved, unless this user has signed out or gone on meanwhile.

    With `forced` the service is asked for them in any case; else another process may have been first.

    Raises:
        SessionExpired: the session is over, and the user not signed in any more.
        CognitoError, and what the store raises: the session stands.
    """
    while True:
        renewed = await _Renewal(user, tokens, caller, deadline, forced=forced).run()
        wanted = forced or Freshness.of(renewed.tokens, 0.0).is_over(user._connected().now())
        if renewed.asked or not wanted or not user.signed_in:
            return renewed.tokens
        tokens = renewed.tokens


class _Renewal:
    """One user's part in a flight, as the one who does the work or as one who waits for it."""

    def __init__(
        self, user: SignedIn, tokens: Tokens, caller: CallerContext, deadline: Deadline, *, forced: bool
    ) -> None:
        self._user = cast("CognitoUser", user)  # there is no other
        self._tokens = tokens
        self._caller = caller
        self._deadline = deadline
        self._forced = forced
        self._engine = user._connected()
        self._shared = self._engine.shared
        self._keeper = self._owned_by()

    def _owned_by(self) -> Keeper | None:
        keeper = self._user._keeper
        return keeper if keeper is not None and keeper.owns(self._user) else None

    async def run(self) -> Renewed:
        if self._tokens.refresh_token is None:
            raise SessionExpired("there is no refresh token: sign in again")
        flights = self._shared.refreshes.get()
        renewed = await flights.run(refresh_key(self._tokens), self._work, self._take, self._deadline)
        keeper = self._keeper
        is_ours = keeper.is_kept_with(renewed.keeper) if keeper is not None else renewed.keeper is None
        if renewed.refused is not None:
            if not is_ours:
                return await self.run()  # what another store holds says nothing about this session
            self._end(renewed.refused)
            raise copy.copy(renewed.refused) from None
        if renewed.failure is not None and is_ours:
            raise renewed.failure.told() from None
        return renewed

    async def _work(self) -> Renewed:
        keeper = self._keeper
        try:
            return await (self._asked(self._tokens) if keeper is None else self._in_turn(keeper))
        except SessionExpired as error:
            return Renewed(self._tokens, keeper=self._keeper, refused=error)
        except Exception as error:
            if keeper is not None:
                keeper.events.tell("token_refresh", self._user, error)
            raise

    async def _take(self, renewed: Renewed) -> None:
        user = self._user
        keeper = self._owned_by()  # a sign-in that could not be kept may have given it back
        if user._tokens is not self._tokens or renewed.refused is not None:
            return
        behind = user._unsaved or self._tokens
        user._tokens, user._unsaved = renewed.tokens, None
        if keeper is None:
            return
        if keeper.is_kept_with(renewed.keeper):
            user._unsaved = renewed.unsaved
        else:
            user._unsaved = behind
            await keeper.save(user)
            user._unsaved = None
        if renewed.asked:
            keeper.events.tell("token_refresh", user, renewed.failure.error if renewed.failure is not None else None)

    async def _asked(self, tokens: Tokens) -> Renewed:
        """The service's answer, now or within the last minute; whoever sends the same token shares the request."""
        newest = self._shared.successors.newest(tokens)
        if newest is not tokens:
            # Those that have ended meanwhile are renewed in a flight of their own, or one token would be spent twice.
            return Renewed(newest, asked=not Freshness.of(newest, 0.0).is_over(self._engine.now()))
        outcomes: list[Renewed] = []
        # The request ends with the deadline; cut off by anything else, such as a lock that ends, its tokens were lost.
        with anyio.CancelScope(shield=True):
            requests = self._shared.requests.get()
            outcomes.append(
                await requests.run(refresh_key(tokens), lambda: self._requested(tokens), _taken, self._deadline)
            )
        return outcomes[0]

    async def _requested(self, tokens: Tokens) -> Renewed:
        engine, shared = self._engine, self._shared
        chosen = engine.options.refresh_flow
        learned = chosen or shared.learned_refresh_flow
        device, rotating = self._user._device_key(tokens), shared.rotating
        flow = refresh(engine.client, self._user.username, tokens, device, self._caller, learned, rotating)
        refreshed = await engine.run(flow, self._deadline)
        if chosen is None:
            shared.learned_refresh_flow = refreshed.flow
        shared.rotating = refreshed.rotated
        if refreshed.rotated:
            shared.successors.add(tokens, refreshed.tokens)
        return Renewed(refreshed.tokens, asked=True)

    async def _in_turn(self, keeper: Keeper) -> Renewed:
        outcomes: list[Renewed | Exception] = []
        try:
            with self._deadline.scope():
                async with keeper.records.renewing(self._user.username):
                    try:
                        outcomes.append(await self._under_lock(keeper))
                    except Exception as error:  # noqa: BLE001 - it says more than what becomes of the lock
                        outcomes.append(error)
        except Exception:
            if not outcomes:
                raise
        if not outcomes:
            raise CallTimeout("the session was not renewed in time; another process may hold its lock in the store")
        # What has come counts, although the time was over while it was saved, or the lock could not be given back.
        outcome = outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _under_lock(self, keeper: Keeper) -> Renewed:
        kept = await keeper.kept(self._user.username)
        if self._is_displaced(keeper):
            return await self._asked(self._tokens)
        if kept is None:
            raise SessionExpired(_ENDED_ELSEWHERE)
        is_behind = kept.is_behind(self._user)
        newest = self._tokens if is_behind else kept.tokens
        if not self._forced and not self._is_due(newest):
            there = Renewed(newest, keeper=keeper)
            return await self._saved(keeper, kept, there) if is_behind else there
        try:
            return await self._saved(keeper, kept, await self._asked(newest))
        except SessionExpired:
            again = await keeper.kept(self._user.username)
            if again is None or again.version == kept.version:
                with suppress(Exception):  # the end of the session matters more; found again, it is refused again
                    await keeper.ended(kept)
                raise
            # Another process has renewed it after all: its lock had ended, or it signed in anew.
            if self._is_news(again.tokens):
                return Renewed(again.tokens, keeper=keeper)
            return await self._saved(keeper, again, await self._asked(again.tokens))

    async def _saved(self, keeper: Keeper, kept: Kept, renewed: Renewed) -> Renewed:
        try:
            if await keeper.replace(kept, renewed.tokens):
                return replace(renewed, keeper=keeper)
        except Exception as failure:  # noqa: BLE001 - whatever it is: the tokens are there, and told with it
            return replace(renewed, keeper=keeper, failure=Failure(failure), unsaved=kept.tokens)
        if self._is_displaced(keeper):
            return renewed
        found = await keeper.kept(self._user.username)
        if found is None:
            raise SessionExpired(_ENDED_ELSEWHERE)
        return Renewed(found.tokens, keeper=keeper)

    def _is_displaced(self, keeper: Keeper) -> bool:
        """Whether somebody has signed in under this name meanwhile: that is another session, and this one goes on by
        itself.
        """
        if not keeper.owns(self._user):
            self._keeper = None
        return self._keeper is None

    def _is_news(self, tokens: Tokens) -> bool:
        """Whether others have renewed it, and not so long ago that it is due again."""
        return tokens.access_token != self._tokens.access_token and not self._is_due(tokens)

    def _is_due(self, tokens: Tokens) -> bool:
        return Freshness.of(tokens, 1.0).is_due(self._engine.now())

    def _end(self, error: SessionExpired) -> None:
        user = self._user
        if user._tokens is not self._tokens:
            return
        user._tokens = None
        if self._keeper is not None:
            self._keeper.let_go(user)
            self._keeper.events.tell("sign_out", user, error)


async def _taken(renewed: Renewed) -> None:
    """Each flight hands on what came of its request."""
