"""What the calls of an administrator stand on."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import TypedDict

from ..._aws._generated import common
from ..._client.pool_client import Engine
from ..._core import checks
from ..._core.lazy import is_loaded
from ..._flows.protocol import loaded
from ..api import UserPoolApi
from . import results as admin_results


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

    def __init__(self, engine: Engine, api: UserPoolApi) -> None:
        self._engine = engine
        self._api = api

    async def _ready(self, *families: ModuleType) -> None:
        """Have at hand what the calls take and return, which is on pydantic: never imported on the event loop."""
        for module in (admin_results, common, *families):
            if not is_loaded(module):
                await self._engine.run(loaded(module), self._engine.deadline())

    def _metadata(self, given: Mapping[str, str] | None) -> dict[str, str] | None:
        """`client_metadata` of this call, or else of the pool's options."""
        return self._engine.caller(given).metadata

    @staticmethod
    def _attributes(given: Mapping[str, str] | None) -> list[common.AttributeType]:
        return admin_results.attribute_list(checks.texts(given, "attributes"))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._engine.client.user_pool_id!r})"
