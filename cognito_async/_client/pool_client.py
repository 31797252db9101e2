"""The client of one user pool, with one app client."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Self

from .._core.concurrency.per_loop import PerLoop
from .._core.concurrency.semaphore import PrioritySemaphore
from .._core.operation import USER_POOLS
from .._core.options import UserContext
from .._core.secret import Secret
from .._flows.context import AppClient, CallerContext
from .config import ClientConfig, PoolOptions, ViewOptions, app_client, context, metadata
from .service_client import ClientState, ServiceClient


class PoolClient(ServiceClient):
    """A client of a user pool, for one app client and with one set of options. It holds no user."""

    __slots__ = ("app_client",)

    def __init__(self, client: AppClient, config: ClientConfig, state: ClientState) -> None:
        super().__init__(config, state)
        self.app_client = client

    @classmethod
    def open(
        cls,
        user_pool_id: str,
        client_id: str,
        client_secret: Secret[str] | None,
        options: PoolOptions,
        needed: Iterable[ModuleType],
    ) -> PoolClient:
        """Check the options and make a client. Its first call opens the first connection.

        Raises:
            ConfigurationError: if an argument is invalid.
        """
        client = app_client(user_pool_id, client_id, client_secret)
        config = ClientConfig.of(USER_POOLS, options, known=PoolOptions, region=user_pool_id.partition("_")[0])
        # On one event loop, as many SRP sign-ins run at a time as there are connections. More would wait for a
        # connection while their challenges expire.
        admission = PerLoop(functools.partial(PrioritySemaphore, config.max_connections))
        return cls(client, config, ClientState(config, needed, admission.get))

    def with_options(self, options: ViewOptions) -> Self:
        """Return a view with these options on the same connections.

        Raises:
            ConfigurationError: if an option is invalid.
        """
        return type(self)(self.app_client, self.config.changed(options), self.state)

    def caller(
        self, client_metadata: Mapping[str, str] | None = None, user_context: UserContext | None = None
    ) -> CallerContext:
        """Return the metadata and user context of a call. An argument that is `None` gets the value of this view."""
        return CallerContext(
            client_metadata=self.config.client_metadata if client_metadata is None else metadata(client_metadata),
            user_context=self.config.user_context if user_context is None else context(user_context),
        )
