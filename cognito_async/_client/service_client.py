"""The way to one service: its options, what its views have in common, and how a flow is run on it."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypedDict, TypeVar

from .._aws.codes import is_passing
from .._aws.invoke import Invoker
from .._aws.pipeline import Pipeline
from .._core import checks
from .._core.checks import NOT_GIVEN, NotGiven
from .._core.clock import Clock, Deadline
from .._core.errors import ConfigurationError, TransportError
from .._core.hooks import Hooks
from .._core.lazy import is_loaded
from .._core.options import RetryPolicy, UserContext
from .._core.per_loop import PerLoop
from .._core.semaphore import Slots
from .._core.single_flight import SingleFlight, Successors
from .._core.value_class import record
from .._facade import results
from .._flows.protocol import Flow, loaded
from .._flows.refresh import RefreshFlow
from .._session.refresh import Renewed
from .driver import Recaller, drive, no_device

T = TypeVar("T")

# SRP sign-ins of one pool under way at once, on one event loop: as many as there are connections. More would only wait
# for those, with a challenge that grows old meanwhile.
MOST_SIGN_INS = 100


@record
class Options:
    """What `with_options` can change, and what a call uses where it says nothing itself."""

    retry: RetryPolicy
    timeout: float | None
    client_metadata: Mapping[str, str] | None = None
    user_context: UserContext | None = None
    refresh_flow: RefreshFlow | None = None
    hooks: Hooks | None = None

    def changed(
        self,
        retry: RetryPolicy | NotGiven,
        timeout: float | None | NotGiven,
        client_metadata: Mapping[str, str] | None | NotGiven,
        user_context: UserContext | None | NotGiven,
        refresh_flow: RefreshFlow | None | NotGiven,
        hooks: Hooks | None | NotGiven,
    ) -> Options:
        """A checked copy with everything that was given."""
        options = self
        if not isinstance(retry, NotGiven):
            if not isinstance(retry, RetryPolicy):
                raise ConfigurationError("retry must be a RetryPolicy")
            options = replace(options, retry=retry)
        if not isinstance(timeout, NotGiven):
            options = replace(options, timeout=checks.seconds(timeout, "timeout"))
        if not isinstance(client_metadata, NotGiven):
            options = replace(options, client_metadata=metadata(client_metadata))
        if not isinstance(user_context, NotGiven):
            options = replace(options, user_context=context(user_context))
        if not isinstance(refresh_flow, NotGiven):
            if refresh_flow not in (None, "GetTokensFromRefreshToken", "REFRESH_TOKEN_AUTH"):
                raise ConfigurationError('refresh_flow is "GetTokensFromRefreshToken" or "REFRESH_TOKEN_AUTH"')
            options = replace(options, refresh_flow=refresh_flow)
        if not isinstance(hooks, NotGiven):
            if hooks is not None and not isinstance(hooks, Hooks):
                raise ConfigurationError("hooks must be Hooks(on_request=…, on_reply=…, on_retry=…)")
            options = replace(options, hooks=hooks)
        return options


@record
class CallOptions:
    """What every call takes besides its own arguments; a call that is part of a longer one has its `Deadline`."""

    client_metadata: Mapping[str, str] | None = None
    user_context: UserContext | None = None
    timeout: float | None | NotGiven | Deadline = NOT_GIVEN


class CallArguments(TypedDict, total=False):
    """The keyword arguments that every answer to a challenge takes; see `CallOptions`."""

    client_metadata: Mapping[str, str] | None
    user_context: UserContext | None
    timeout: float | None | NotGiven


# After a renewal ahead of time has failed, none is tried for so many seconds: a service that is down is left in peace,
# and nobody waits for it who has a token that is good.
_PAUSE_SECONDS = (5.0, 15.0)
_ALL = ""
_random = secrets.SystemRandom()


class Shared:
    """What all views of one pool have in common: connections, clock, refreshes under way, what was learned.

    Until a refresh has shown that the service leaves refresh tokens as they are, `rotating` is on.
    """

    def __init__(self, pipeline: Pipeline, clock: Clock) -> None:
        self.pipeline = pipeline
        self.clock = clock
        self.refreshes: PerLoop[SingleFlight[Renewed]] = PerLoop(SingleFlight)
        # By what is sent: with a shared store that may be another token than the one a user has here.
        self.requests: PerLoop[SingleFlight[Renewed]] = PerLoop(SingleFlight)
        self.admission = PerLoop(functools.partial(Slots, MOST_SIGN_INS))
        self.successors = Successors(clock)
        self.learned_refresh_flow: RefreshFlow | None = None
        self.rotating = True
        self._paused_until: dict[str, float] = {}

    def is_paused(self, session: str) -> bool:
        """Whether renewals of this session ahead of time have to wait; it is named by its `refresh_key`."""
        now, paused = self.clock.monotonic(), self._paused_until
        return paused.get(_ALL, now) > now or paused.get(session, now) > now

    def pause(self, session: str, error: Exception) -> None:
        """A renewal has failed: what the service or the network cannot do now concerns all sessions, else this one."""
        now = self.clock.monotonic()
        self._paused_until = {name: ends for name, ends in self._paused_until.items() if ends > now}
        key = _ALL if isinstance(error, TransportError) or is_passing(error) else session
        self._paused_until[key] = now + _random.uniform(*_PAUSE_SECONDS)


class Channel:
    """One view of the way to a service; cheap and immutable."""

    __slots__ = ("_invoke", "options", "shared")

    def __init__(self, shared: Shared, options: Options) -> None:
        self.shared = shared
        self.options = options
        self._invoke = self.invoker()

    @property
    def invoke(self) -> Invoker:
        """The generic call, for `lowlevel`."""
        return self._invoke

    def now(self) -> datetime:
        """The time of day at the service, as far as its replies have told it."""
        return self.shared.pipeline.service_time.now()

    def deadline(self, timeout: float | None | NotGiven | Deadline = NOT_GIVEN) -> Deadline:
        """The moment by which a call that starts now must be over."""
        if isinstance(timeout, Deadline):
            return timeout
        chosen = self.options.timeout if isinstance(timeout, NotGiven) else checks.seconds(timeout, "timeout")
        return Deadline(self.shared.clock, chosen)

    def invoker(self, max_attempts: int | None = None, headers: Mapping[str, str] | None = None) -> Invoker:
        """The generic call, for one that is to be tried so often, or to send these headers too.

        Raises:
            ConfigurationError: when there can be no such number of attempts.
        """
        options, pipeline = self.options, self.shared.pipeline
        retry = options.retry if max_attempts is None else replace(options.retry, max_attempts=max_attempts)
        return Invoker(pipeline.with_retry(retry, options.hooks), headers)

    async def run(
        self, flow: Flow[T], deadline: Deadline, known_device: Recaller = no_device, invoke: Invoker | None = None
    ) -> T:
        """Run a flow on this view's connections, with the results at hand."""
        if not is_loaded(results):
            flow = _with_results(flow)
        return await drive(flow, invoke or self._invoke, deadline, known_device, self.shared.admission.get())

    async def ready(self) -> None:
        """Have the results at hand, and what they are read from, where no flow comes before: see `run`."""
        if not is_loaded(results):
            await self.run(loaded(results), self.deadline())


def _with_results(flow: Flow[T]) -> Flow[T]:
    yield from loaded(results)
    return (yield from flow)


def metadata(value: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """`client_metadata`, checked."""
    return checks.texts(value, "client_metadata") or None


def context(value: UserContext | None) -> UserContext | None:
    """`user_context`, checked."""
    if value is not None and not isinstance(value, UserContext):
        raise ConfigurationError("user_context must be a UserContext")
    return value
