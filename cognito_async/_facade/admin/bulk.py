"""One call for many items, with limited concurrency and progress reports. A run that ended early can be continued."""

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
    """An item for which the call failed, and its error."""

    item: ItemT_co
    error: CognitoError


class BulkProgress(NamedTuple, Generic[ItemT_co]):
    """The progress of a run after one item.

    Attributes:
        item: the item.
        error: why the call for the item failed; `None` if it succeeded.
        done: the number of items done so far.
        failed: the number of items that have failed so far.
    """

    item: ItemT_co
    error: CognitoError | None
    done: int
    failed: int


class Bulk(Generic[T]):
    """A call for many items, as `admin.bulk(…)` returns it. Call `await bulk.run(items)`, then check `bulk.failed`.

    If one item fails, the others continue. A cancellation, missing credentials or an error in your own code ends the
    run. `done` and `failed` then show its progress, and another `run` with the same items processes those that are not
    done, including the failed ones. If a run was cancelled while a call was in progress, the service may have made the
    change of that call, although the item is not in `done`.

    Attributes:
        done: the items that are done, in the order of their completion.
        failed: the items that failed, with their errors.
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
            raise ConfigurationError("work must be an async function with one parameter")
        if isinstance(at_once, bool) or not isinstance(at_once, int) or at_once < 1:
            raise ConfigurationError("at_once must be an integer of at least 1")
        if on_progress is not None and not callable(on_progress):
            raise ConfigurationError("on_progress must be a function that takes a BulkProgress")
        self._work = work
        self._at_once = at_once
        self._on_progress = on_progress
        self._done = dict.fromkeys(done)
        self._failed: dict[T, CognitoError] = {}

    @property
    def done(self) -> list[T]:
        """The items that are done, those of earlier runs first."""
        return list(self._done)

    @property
    def failed(self) -> list[BulkFailure[T]]:
        """The items that failed, with their errors."""
        return [BulkFailure(item, error) for item, error in self._failed.items()]

    async def run(self, items: Iterable[T] | AsyncIterable[T]) -> Bulk[T]:
        """Process every item that is not done yet, each only once, and return this object.

        A `CognitoError` of `work` is added to `failed`. Any other exception ends the run and is raised.

        Args:
            items: hashable values, such as usernames. They are read only as needed, so a listing may have
                millions of items.

        Raises:
            CredentialsError: if no AWS credentials were found, because then every item would fail.
        """
        limiter, begun = anyio.CapacityLimiter(self._at_once), set[T]()
        stopped: list[Exception] = []
        async with anyio.create_task_group() as group:

            async def one(item: T, place: object) -> None:
                try:
                    await self._one(item)
                except Exception as error:  # noqa: BLE001 - raised after the group has ended, so not in an ExceptionGroup
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
            except Exception as error:  # noqa: BLE001 - raised after the items that have been started are done
                stopped.append(error)
        if stopped:
            raise stopped.pop()  # without `pop`, the error and this frame would form a reference cycle
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
            returned = self._on_progress(BulkProgress(item, failure, len(self._done), len(self._failed)))
            if isawaitable(returned):
                await returned

    def __repr__(self) -> str:
        return f"Bulk(<{len(self._done)} done, {len(self._failed)} failed>)"


async def _each(items: Iterable[T] | AsyncIterable[T]) -> AsyncGenerator[T, None]:
    if isinstance(items, AsyncIterable):
        try:
            async for item in items:
                yield item
        finally:
            if isinstance(items, AsyncGenerator):  # close a listing that was not read to its end
                await items.aclose()
    else:
        for item in items:
            yield item
