"""The client of one service, which runs flows with its options over its connections."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from .._aws.invoke import Invoker
from .._aws.pipeline import Pipeline, build
from .._core import checks
from .._core.checks import NOT_GIVEN, NotGiven
from .._core.clock import Clock, Deadline
from .._core.concurrency.semaphore import PrioritySemaphore
from .._core.lazy import preload
from .._core.secret import Secret, Texts
from .._flows.protocol import Flow
from .._http.connections import HttpConnections
from .._http.options import HttpOptions
from .._tokens.claims import issue_time
from .config import ClientConfig
from .driver import DeviceFinder, drive, no_device

if TYPE_CHECKING:
    from .._core.model import Model
    from .._verify.key_source import KeySources

T = TypeVar("T")


class ClientState:
    """The connections and the service's time, shared by all views of one client.

    Args:
        config: how to reach the service.
        needed: modules that calls use and that need pydantic. The first call imports them in a worker thread, so that
            the event loop does not wait.
        admission: returns the semaphore of the running event loop that limits its SRP sign-ins; no limit by default.
    """

    def __init__(
        self,
        config: ClientConfig,
        needed: Iterable[ModuleType] = (),
        admission: Callable[[], PrioritySemaphore] | None = None,
    ) -> None:
        self.clock = config.clock
        self.connections = HttpConnections(
            HttpOptions(
                config.clock,
                config.http_client,
                ca_bundle=config.location.ca_bundle,
                max_connections=config.max_connections,
            )
        )
        self.pipeline: Pipeline = build(
            config.location,
            self.connections,
            credentials=config.credentials,
            service=config.service,
            retry=config.retry,
            clock=config.clock,
            rate_limits=config.rate_limits,
        )
        self.needed = tuple(needed)
        self.admission = admission

    @functools.cached_property
    def key_sources(self) -> KeySources:
        """The public keys of user pools, fetched over these connections."""
        from .._verify.key_source import KeySources  # noqa: PLC0415 - slow to import, and not needed by all programs

        return KeySources(self.connections, self.clock)

    def note_issued_token(self, reply: Model) -> None:
        """Correct the service's time by the access token of a reply, if the reply has one."""
        result = reply.__dict__.get("authentication_result")
        if result is not None and result.access_token:
            issued = issue_time(Secret(result.access_token))
            if issued is not None:
                self.pipeline.service_time.token_issued(issued)


class ServiceClient:
    """A client of a service with one set of options: immutable, and cheap to make.

    Several of these, called views, can have different options and share one `ClientState`.

    Attributes:
        config: the options.
        state: the shared state.
    """

    __slots__ = ("_invoke", "config", "state")

    def __init__(self, config: ClientConfig, state: ClientState) -> None:
        self.config = config
        self.state = state
        self._invoke = self.invoker()

    @property
    def clock(self) -> Clock:
        """Return the clock of all waits and deadlines."""
        return self.config.clock

    @property
    def invoke(self) -> Invoker:
        """Return the function that calls any operation, for `lowlevel`."""
        return self._invoke

    def now(self) -> datetime:
        """Return the service's time of day, derived from its replies."""
        return self.state.pipeline.service_time.now()

    def deadline(self, timeout: float | None | NotGiven | Deadline = NOT_GIVEN) -> Deadline:
        """Return the deadline of a call that starts now. If `timeout` is a `Deadline`, return that one."""
        if isinstance(timeout, Deadline):
            return timeout
        chosen = self.config.timeout if isinstance(timeout, NotGiven) else checks.seconds(timeout, "timeout")
        return Deadline(self.config.clock, chosen)

    def invoker(self, max_attempts: int | None = None, headers: Texts | None = None) -> Invoker:
        """Return a function that calls any operation, with `max_attempts` if given, and with additional headers.

        Raises:
            ConfigurationError: if `max_attempts` is below 1.
        """
        config = self.config
        retry = config.retry if max_attempts is None else replace(config.retry, max_attempts=max_attempts)
        return Invoker(
            self.state.pipeline.transport.with_policy(retry, config.hooks), headers, self.state.note_issued_token
        )

    def run(
        self, flow: Flow[T], deadline: Deadline, find_device: DeviceFinder = no_device, invoke: Invoker | None = None
    ) -> Coroutine[Any, Any, T]:
        """Run a flow on this view's connections."""
        if self.state.needed:
            return self._run_first(flow, deadline, find_device, invoke)
        return drive(flow, invoke or self._invoke, deadline, find_device, self.state.admission)

    async def _run_first(
        self, flow: Flow[T], deadline: Deadline, find_device: DeviceFinder, invoke: Invoker | None
    ) -> T:
        await self.ready(deadline)
        return await self.run(flow, deadline, find_device, invoke)

    async def ready(self, deadline: Deadline | None = None) -> None:
        """Import the modules that calls need, in a worker thread, unless an earlier call has done so.

        Raises:
            CallTimeout: if the deadline passes first.
        """
        if self.state.needed:
            await preload(self.state.needed, deadline or self.deadline())
            self.state.needed = ()

    async def aclose(self) -> None:
        """Close the running loop's connections, but not those of a given `http_client`. Later calls open new ones."""
        await self.state.connections.aclose()
