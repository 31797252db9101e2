"""The common base of `UserPool` and `Auth`."""

from __future__ import annotations

from .._client.pool_client import PoolClient
from .._core.checks import NOT_GIVEN, NotGiven
from .._core.operation import InputT, Operation, OutputT
from .._session.pool_sessions import PoolSessions
from .users import Users


class PoolCalls:
    """Base of the classes with calls of `UserPool` and `Auth`."""

    _users: Users

    @property
    def _client(self) -> PoolClient:
        return self._users.sessions.client

    @staticmethod
    def _sessions_of(other: PoolCalls) -> PoolSessions:
        return other._users.sessions

    async def invoke(
        self,
        operation: Operation[InputT, OutputT],
        request: InputT,
        *,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> OutputT:
        """Make one call of the protocol. Use it through `lowlevel.invoke`, which checks the arguments."""
        client = self._client
        return await client.invoke(operation, request, client.deadline(timeout))
