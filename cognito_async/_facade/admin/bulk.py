"""The same done to many: bounded, told of, and gone on with where it stopped."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Collection, Iterable
from contextlib import aclosing
from inspect import isawaitable
from typing import Generic, NamedTuple, TypeVar

import anyio

from ..._core.errors import CognitoError, ConfigurationError, CredentialsError

T = TypeVar("T")
ItemT_co = TypeVar("ItemT_co", covariant=True)


class BulkFailure(NamedTuple, Generic[ItemT_co]):
    """An item that was not done, and why."""

    item: ItemT_co
    error: CognitoError


class BulkProgress(NamedTuple, Generic[ItemT_co]):
    """How far a run is after an item: `error` is `None` if that was done; how many are `done` and `failed` in all."""

    item: ItemT_co
    error: CognitoError | None
    done: int
    failed: int


class Bulk(Generic[T]):
    """What `admin.bulk(…)` gives: `await bulk.run(items)`, then look at `bulk.failed`.

    An item that is refused does not stop the others. Whatever ends a run (a cancellation, missing credentials, an
    error of your own code), `done` and `failed` tell what has come of it so far, and another `run` goes on: with the
    items that are not done, the failed ones among them. An item that was under way when a run was cancelled may have
    been done at the service without being in `done`.

    Attributes:
        done: the items that were done, in the order in which they ended.
        failed: the others that were tried, with their errors.
    """

    def __init__(
        self,
        work: Callable[[T], Awaitable[object]],
        *,
        at_once: int,
        on_progress: Callable[[BulkProgress[T]], object] | None,
        done: Collection[T],
    ) -> None:
        if not callable(work):
            raise ConfigurationError("bulk takes an async function of one item")
        if isinstance(at_once, bool) or not isinstance(at_once, int) or at_once < 1:
            raise ConfigurationError("at_once is a whole number, 1 or more")
        if on_progress is not None and not callable(on_progress):
            raise ConfigurationError("on_progress is a function that takes a BulkProgress")
        self._work = work
        self._at_once = at_once
        self._on_progress = on_progress
        self._done = dict.fromkeys(done)
        self._failed: dict[T, CognitoError] = {}

    @property
    def done(self) -> list[T]:
        """The items that were done, those of earlier runs first."""
        return list(self._done)

    @property
    def failed(self) -> list[BulkFailure[T]]:
        """The items that were tried and not done."""
        return [BulkFailure(item, error) for item, error in self._failed.items()]

    async def run(self, items: Iterable[T] | AsyncIterable[T]) -> Bulk[T]:
        """Do it to all that are not done yet, an item that is there twice once; returns this object.

        Args:
            items: hashable, such as user names; asked for as they are needed, so a listing of a million is fine.

        Raises:
            CredentialsError: there are no AWS credentials, so no item can be done.
            Exception: `work` raised an error that is not one of this package.
        """
        limiter, begun = anyio.CapacityLimiter(self._at_once), set[T]()
        stopped: list[Exception] = []
        async with anyio.create_task_group() as group:

            async def one(item: T, place: object) -> None:
                try:
                    await self._one(item)
                except Exception as error:  # noqa: BLE001 - told at the end, not wrapped in a group of errors
                    stopped.append(error)
                    group.cancel_scope.cancel()
                finally:
                    limiter.release_on_behalf_of(place)

            try:
                async with aclosing(_each(items)) as each:
                    async for item in each:
                        if item not in begun and item not in self._done:
                            begun.add(item)
                            place = object()
                            await limiter.acquire_on_behalf_of(place)
                            group.start_soon(one, item, place)
            except Exception as error:  # noqa: BLE001 - a listing that fails ends here, when what was begun is done
                stopped.append(error)
        if stopped:
            raise stopped[0]
        return self

    async def _one(self, item: T) -> None:
        failure: CognitoError | None = None
        try:
            await self._work(item)
        except CredentialsError:
            raise
        except CognitoError as error:
            self._failed[item] = failure = error
        else:
            self._failed.pop(item, None)
            self._done[item] = None
        if self._on_progress is not None:
            told = self._on_progress(BulkProgress(item, failure, len(self._done), len(self._failed)))
            if isawaitable(told):
                await told

    def __repr__(self) -> str:
        return f"Bulk(<{len(self._done)} done, {len(self._failed)} failed>)"


async def _each(items: Iterable[T] | AsyncIterable[T]) -> AsyncGenerator[T, None]:
    if isinstance(items, AsyncIterable):
        try:
            async for item in items:
                yield item
        finally:
            if isinstance(items, AsyncGenerator):  # a listing that nobody goes on with
                await items.aclose()
    else:
        for item in items:
            yield item
