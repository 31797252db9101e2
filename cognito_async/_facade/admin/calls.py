"""The common base of an administrator's calls."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import TypedDict, TypeVar

from ..._aws._generated import admin_users, common, groups
from ..._client.pool_client import PoolClient
from ..._core import checks
from ..._core.lazy import preload
from ..api import UserPoolApi
from ..users import Users
from . import results

T = TypeVar("T")
ResultT = TypeVar("ResultT")

# The modules of the arguments and results. They import pydantic, so the first call imports them in a worker thread.
_NEEDED = (common, admin_users, groups, results)


class AdminArguments(TypedDict, total=False):
    """The keyword arguments that every call of an administrator takes.

    Unlike the methods of `pool.api`, these calls take no `extra_headers`: a header may hold a key, which a traceback
    with local variables would show.

    Attributes:
        timeout: seconds for the call, counted from its start, retries included; `None` for no limit.
        max_attempts: the maximum number of attempts, the first one included.
    """

    timeout: float | None
    max_attempts: int


class AdminCalls:
    """Base of the classes with calls of `UserPoolAdmin`."""

    def __init__(self, users: Users, api: UserPoolApi) -> None:
        self._users = users
        self._api = api

    @property
    def _client(self) -> PoolClient:
        return self._users.sessions.client

    async def _call(self, make: Callable[[UserPoolApi], Awaitable[T]]) -> T:
        """Make a call, after the modules of its arguments and results have been imported."""
        await preload(_NEEDED, self._client.deadline())
        return await make(self._api)

    async def _list(
        self, make: Callable[[UserPoolApi], AsyncGenerator[T, None]], converter: Callable[[], Callable[[T], ResultT]]
    ) -> AsyncIterator[ResultT]:
        """Iterate over a listing of the service and convert each item.

        `converter` returns the function that converts an item. It is called after the modules have been imported in a
        worker thread, because otherwise it would import them on the event loop.
        """
        await preload(_NEEDED, self._client.deadline())
        convert = converter()
        async with aclosing(make(self._api)) as listing:
            async for each in listing:
                yield convert(each)

    def _metadata(self, given: Mapping[str, str] | None) -> dict[str, str] | None:
        """Return the `client_metadata` of this call; by default, that of the pool's options."""
        return self._client.caller(given).metadata

    @staticmethod
    def _attributes(given: Mapping[str, str] | None) -> list[common.AttributeType]:
        return results.attribute_list(checks.texts(given, "attributes"))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._client.app_client.user_pool_id!r})"
