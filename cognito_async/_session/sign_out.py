"""The end of a session: here in any case, and at the service as far as it can be reached."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from .._core.clock import Deadline
from .._core.errors import CognitoError
from .._core.redact import mask
from .._core.single_flight import refresh_key, shielded
from .._facade import results
from .._flows import sign_out
from .._tokens.claims import text_claim
from .._tokens.freshness import Freshness
from .refresh import renew

if TYPE_CHECKING:
    from .._client.pool_client import Engine
    from .._facade.user.signed_in import SignedIn
    from .._facade.user.user import CognitoUser
    from .._tokens.tokens import Tokens
    from .registry import Keeper

# For a lock in the store that never comes; without it a call without a time limit would wait for ever.
_LONGEST_LOCK = 60.0
# The claim that all access tokens of a session share, however often its refresh token is replaced.
_ORIGIN = "origin_jti"
_OVER: Collection[sign_out.Remote] = ("done", "already")


async def end(user: SignedIn, engine: Engine, deadline: Deadline, *, everywhere: bool) -> results.SignOutResult:
    """Sign a user out; raises what the store raises, at the end of all else."""
    here = _EndHere(user, engine, deadline)
    await here.run()
    result = await _ended(user, engine, here.tokens, deadline, everywhere)
    if here.older is not None and not everywhere:
        older = await _ended(user, engine, here.older, deadline, everywhere)
        result = result if older.remote in _OVER else older
    if here.failure is not None:
        raise here.failure from None
    return result


async def finish(user: SignedIn) -> None:
    """Remove what an earlier sign-out of this user could not remove from the store; raises what the store raises."""
    keeper = user._keeper
    if keeper is not None and keeper.owns(user):
        failure = await done_in_store(lambda: keeper.forget(user))
        if failure is not None:
            raise failure from None


async def forget_account(user: SignedIn) -> Exception | None:
    """The account is no more: remove the session and the device from the store; the store's error."""
    user._tokens = user._device = None
    keeper = user._keeper
    if keeper is None:
        return None

    async def forget() -> None:
        await keeper.forget(user)
        await keeper.devices.forget(user.username)

    failure = await done_in_store(forget)
    keeper.events.tell("sign_out", cast("CognitoUser", user))
    return failure


async def done_in_store(work: Callable[[], Awaitable[None]]) -> Exception | None:
    """Do work of a store to its end, cancelled or not; its error, which a task group would wrap."""
    failures: list[Exception | None] = []

    async def run() -> None:
        failures.append(await _failure(work()))

    await shielded(run)
    return failures[0]


async def _failure(work: Awaitable[None]) -> Exception | None:
    try:
        await work
    except Exception as error:  # noqa: BLE001 - a third party's store raises what it likes
        return error
    return None


class _EndHere:
    """A session that ends here, in memory and store; `tokens` are those that it had at last, to be ended as well.

    Where another process has signed the user in anew, the session in the store is another one than that in memory,
    and `older` are the tokens of the latter: both end.

    What it waits for may take half of the time that is left: the service is to be asked in any case.
    """

    def __init__(self, user: SignedIn, engine: Engine, deadline: Deadline) -> None:
        self.tokens, user._tokens = user.tokens, None
        self.older: Tokens | None = None
        self.failure: Exception | None = None
        self._user = user
        self._shared = engine.shared
        self._deadline = deadline

    async def run(self) -> None:
        try:
            await self._settled()
        finally:
            await shielded(self._over)

    async def _settled(self) -> None:
        """A refresh that is under way decides which tokens there are to end."""
        with self._deadline.scope(at_most=self._deadline.remaining() / 2):
            renewed = await self._shared.refreshes.get().settled(refresh_key(self.tokens))
            self.tokens = renewed.tokens if renewed is not None else self.tokens

    async def _over(self) -> None:
        keeper, successors = self._user._keeper, self._shared.successors
        if keeper is not None:
            self.failure = await self._forgotten(keeper)
        self.tokens = successors.newest(self.tokens)
        if keeper is not None:
            keeper.events.tell("sign_out", cast("CognitoUser", self._user))

    async def _forgotten(self, keeper: Keeper) -> Exception | None:
        """Another process that is just renewing the session decides too; without its lock it goes all the same."""
        user, removed = self._user, list[Exception | None]()
        with suppress(Exception), self._deadline.scope(at_most=min(_LONGEST_LOCK, self._deadline.remaining() / 2)):
            async with keeper.records.renewing(user.username):
                with suppress(Exception):  # what cannot be read can still be removed
                    kept = await keeper.kept(user.username) if keeper.owns(user) else None
                    if kept is not None and not kept.is_behind(user):
                        self._end_too(kept.tokens)
                removed.append(await _failure(keeper.forget(user)))
        return removed[0] if removed else await _failure(keeper.forget(user))

    def _end_too(self, kept: Tokens) -> None:
        if text_claim(kept, _ORIGIN) != text_claim(self.tokens, _ORIGIN):
            self.older = self.tokens
        self.tokens = kept


async def _ended(
    user: SignedIn, engine: Engine, tokens: Tokens, deadline: Deadline, everywhere: bool
) -> results.SignOutResult:
    """End the session, or all sessions, at the service.

    What came in the place of its spent tokens is forgotten when it is over there, not before: a copy of the session
    would bring a spent token, as a thief does.
    """
    result = await _ended_there(user, engine, tokens, deadline, everywhere)
    if result.remote in _OVER:
        successors = engine.shared.successors
        successors.forget(successors.newest(tokens))
    return result


async def _ended_there(
    user: SignedIn, engine: Engine, tokens: Tokens, deadline: Deadline, everywhere: bool
) -> results.SignOutResult:
    sent = not everywhere
    try:
        if everywhere:
            if tokens.refresh_token is not None and Freshness.of(tokens, 0.0).is_over(engine.now()):
                tokens = await renew(user, tokens, engine.caller(), deadline)
            sent = True
            await engine.run(sign_out.sign_out_everywhere(mask(tokens.access_token)), deadline)
        elif tokens.refresh_token is not None:
            await engine.run(sign_out.revoke(engine.client, mask(tokens.refresh_token)), deadline)
        else:
            return results.SignOutResult(remote="none")
    except CognitoError as error:
        return results.SignOutResult(
            remote=sign_out.remote_outcome(error, everywhere=everywhere, sent=sent), error=error
        )
    return results.SignOutResult(remote="done")
