"""The end of a session: here in any case, and at the service as far as it can be reached."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from .._flows import sign_out
from .._ground.clock import Deadline
from .._ground.errors import CognitoError
from .._ground.redact import mask
from .._tokens.freshness import Freshness
from .._tokens.refresh import refresh_key, shielded
from .._tokens.tokens import Tokens
from .renewal import renew
from .results import SignOutResult

if TYPE_CHECKING:
    from .engine import Engine
    from .keeper import Keeper
    from .signed_in import SignedIn
    from .user import CognitoUser

# For a lock in the store that never comes; without it a call without a time limit would wait for ever.
_LONGEST_LOCK = 60.0


async def end(user: SignedIn, engine: Engine, deadline: Deadline, *, everywhere: bool) -> SignOutResult:
    """Sign a user out; raises what the store raises, at the end of all else."""
    tokens, user._tokens = user.tokens, None
    keeper = user._keeper
    failure: Exception | None = None
    try:
        tokens = await _settled(engine, tokens, deadline)
    finally:
        if keeper is not None:
            kept = _Kept(keeper, user, tokens, deadline)
            failure = await done_in_store(kept.forget)
            tokens = kept.tokens
        engine.shared.successors.forget(tokens)
    result = await _ended(user, engine, tokens, deadline, everywhere)
    if keeper is not None:
        keeper.events.tell("sign_out", cast("CognitoUser", user))
    if failure is not None:
        raise failure from None
    return result


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
    failures: list[Exception] = []

    async def run() -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - a third party's store raises what it likes
            failures.append(error)

    await shielded(run)
    return failures[0] if failures else None


class _Kept:
    """A session that is removed from its store, with the tokens that it has at last."""

    def __init__(self, keeper: Keeper, user: SignedIn, tokens: Tokens, deadline: Deadline) -> None:
        self._keeper = keeper
        self._user = user
        self._deadline = deadline
        self.tokens = tokens

    async def forget(self) -> None:
        """Another process that is just renewing the session decides which tokens there are to end."""
        keeper, user = self._keeper, self._user
        with self._deadline.scope(at_most=_LONGEST_LOCK):
            async with keeper.records.renewing(user.username):
                with suppress(Exception):  # what cannot be read can still be removed
                    kept = await keeper.kept(user.username) if keeper.owns(user) else None
                    self.tokens = kept.tokens if kept is not None else self.tokens
                await keeper.forget(user)
                return
        await keeper.forget(user)


async def _settled(engine: Engine, tokens: Tokens, deadline: Deadline) -> Tokens:
    """The newest tokens of this session: a refresh that is under way decides which ones there are to end."""
    with deadline.scope():
        renewed = await engine.shared.refreshes.get().settled(refresh_key(tokens))
        return renewed.tokens if renewed is not None else tokens
    return tokens


async def _ended(user: SignedIn, engine: Engine, tokens: Tokens, deadline: Deadline, everywhere: bool) -> SignOutResult:
    """End the session, or all sessions, at the service."""
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
            return SignOutResult(remote="none")
    except CognitoError as error:
        return SignOutResult(remote=sign_out.remote_outcome(error, everywhere=everywhere, sent=sent), error=error)
    return SignOutResult(remote="done")
