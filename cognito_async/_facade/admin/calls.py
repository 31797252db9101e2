"""What the calls of an administrator have in common."""

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

# What the calls take and return, which is on pydantic: the first call imports it in a worker thread.
_NEEDED = (common, admin_users, groups, results)


class AdminArguments(TypedDict, total=False):
    """What each call of an administrator takes besides its own arguments.

    No headers, as `pool.api` takes: one may hold a key, and would be seen in a frame of these calls.

    timeout: seconds, all attempts included; `None` for no limit.
    max_attempts: how often it is sent at most, the first time included.
    """

    timeout: float | None
    max_attempts: int


class AdminCalls:
    """One view of a pool, for its administrator; cheap, and without a user."""

    def __init__(self, users: Users, api: UserPoolApi) -> None:
        self._users = users
        self._api = api

    @property
    def _client(self) -> PoolClient:
        return self._users.sessions.client

    async def _call(self, make: Callable[[UserPoolApi], Awaitable[T]]) -> T:
        """Make a call of the service, with everything imported that it takes and returns."""
        await preload(_NEEDED, self._client.deadline())
        return await make(self._api)

    async def _list(
        self, make: Callable[[UserPoolApi], AsyncGenerator[T, None]], converter: Callable[[], Callable[[T], ResultT]]
    ) -> AsyncIterator[ResultT]:
        """Go through a listing of the service, as `_call`, and convert each item.

        `converter` is called only now, because it imports.
        """
        await preload(_NEEDED, self._client.deadline())
        convert = converter()
        async with aclosing(make(self._api)) as listing:
            async for each in listing:
                yield convert(each)

    def _metadata(self, given: Mapping[str, str] | None) -> dict[str, str] | None:
        """Return `client_metadata` of this call, or of the pool's options."""
        return self._client.caller(given).metadata

    @staticmethod
    def _attributes(given: Mapping[str, str] | None) -> list[common.AttributeType]:
        return results.attribute_list(checks.texts(given, "attributes"))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._client.app_client.user_pool_id!r})"
