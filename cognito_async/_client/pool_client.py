"""What every object of a user pool stands on: one app client, and the way to its service."""

from __future__ import annotations

from collections.abc import Mapping

from .._core.options import UserContext
from .._flows.context import AppClient, CallerContext
from .service_client import Channel, Options, Shared, context, metadata


class Engine(Channel):
    """One view of a pool; cheap, immutable, and without a user."""

    __slots__ = ("client",)

    def __init__(self, client: AppClient, shared: Shared, options: Options) -> None:
        super().__init__(shared, options)
        self.client = client

    def caller(
        self, client_metadata: Mapping[str, str] | None = None, user_context: UserContext | None = None
    ) -> CallerContext:
        """What a call passes along: its own arguments, else the options of this view."""
        return CallerContext(
            client_metadata=self.options.client_metadata if client_metadata is None else metadata(client_metadata),
            user_context=self.options.user_context if user_context is None else context(user_context),
        )
