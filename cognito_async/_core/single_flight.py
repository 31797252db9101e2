"""Single flight: many callers, one piece of work that a cancelled caller cannot tear; and what came of the last."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

import anyio

from .clock import Clock, Deadline
from .errors import CallTimeout, CognitoError, TransportError

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens

T = TypeVar("T")

# As long as the service's longest grace period.
_REMEMBERED_SECONDS = 60.0


async def shielded(work: Callable[[], Awaitable[None]]) -> None:
    """Run work to its end although the caller is cancelled; the caller stays until then.

    In a child task, because an inline shield does not stop asyncio's own `task.cancel()`.
    """

    async def run() -> None:
        with anyio.CancelScope(shield=True):
            await work()

    async with anyio.create_task_group() as group:
        group.start_soon(run)


class Failure:
    """An error that many callers are told, so that their tracebacks do not pile up on one object."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self._traceback = error.__traceback__

    def told(self) -> Exception:
        """A copy of an error of ours; others may not be copied, and keep the traceback that they came with."""
        if isinstance(self.error, CognitoError):
            return copy.copy(self.error)
        return self.error.with_traceback(self._traceback)


@dataclass(slots=True, eq=False, repr=False)
class _Joiner(Generic[T]):
    take: Callable[[T], Awaitable[None]]
    failure: Failure | None = None


@dataclass(slots=True, eq=False, repr=False)
class _Flight(Generic[T]):
    landed: anyio.Event
    joiners: list[_Joiner[T]] = field(default_factory=list[_Joiner[T]])
    value: T | None = None
    failure: Failure | None = None


class SingleFlight(Generic[T]):
    """Runs one piece of work for a key at a time on this event loop; whoever asks meanwhile shares its outcome.

    Under a shield runs the work, and then each caller's `take` with its outcome: a refresh token that the
    service has rotated must reach the memory and the store of everybody who asked, cancelled or not. The
    caller who started the work therefore stays until it ends, which the work's own deadline bounds.
    """

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[T]] = {}

    async def run(
        self, key: str, work: Callable[[], Awaitable[T]], take: Callable[[T], Awaitable[None]], deadline: Deadline
    ) -> T:
        """Do `work`, or wait (until the deadline) for the same work that is under way; returns its value.

        Raises the work's error, or that of this caller's `take`; each caller gets an error of its own.
        """
        joiner = _Joiner(take)
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight[T](anyio.Event())
            flight.joiners.append(joiner)
            await shielded(lambda: self._fly(key, flight, work))
        else:
            flight.joiners.append(joiner)
            with deadline.scope() as scope:
                await flight.landed.wait()
            if scope.cancelled_caught:
                raise CallTimeout("the same work, begun by another caller, was not done in time")
        failure = flight.failure or joiner.failure
        if failure is not None:
            raise failure.told() from None
        return flight.value  # type: ignore[return-value]

    async def settled(self, key: str) -> T | None:
        """Wait until no work is under way for this key; its value, if there was any and it succeeded."""
        flight = self._flights.get(key)
        if flight is None:
            return None
        await flight.landed.wait()
        return flight.value

    async def _fly(self, key: str, flight: _Flight[T], work: Callable[[], Awaitable[T]]) -> None:
        try:
            flight.value = value = await work()
            for joiner in flight.joiners:  # more may come while one takes
                try:
                    await joiner.take(value)
                except Exception as error:  # noqa: BLE001 - whatever it is, this caller gets it
                    joiner.failure = Failure(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, each caller gets it
            flight.failure = Failure(error)
        except BaseException:
            flight.failure = Failure(TransportError("the work was broken off from outside; try again"))
            raise
        finally:
            del self._flights[key]
            flight.landed.set()


def refresh_key(tokens: Tokens) -> str:
    """What a refresh token is called where it must not be shown."""
    return hashlib.sha256((tokens.refresh_token or "").encode()).hexdigest()


class Successors:
    """What the service put in the place of spent refresh tokens, for a minute.

    Requests that were made side by side bring the same copy of a session; who comes after the refresh brings a
    spent token, and would be taken for a thief.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # Several threads may use one pool, each on a loop of its own; nobody waits while holding it.
        self._lock = Lock()
        # By the key of what was spent: what came in its place, the key of that, and until when; the oldest first.
        self._tokens: dict[str, tuple[Tokens, str, float]] = {}

    def __repr__(self) -> str:
        return f"Successors(<{len(self._tokens)}>)"

    def add(self, spent: Tokens, tokens: Tokens) -> None:
        """Remember what came in their place."""
        now = self._clock.monotonic()
        key, following = refresh_key(spent), refresh_key(tokens)
        with self._lock:
            while self._tokens and self._tokens[oldest := next(iter(self._tokens))][2] <= now:
                del self._tokens[oldest]
            self._tokens.pop(key, None)
            self._tokens[key] = tokens, following, now + _REMEMBERED_SECONDS
            self._tokens.pop(following, None)  # given out just now, it is not spent: no line is a circle

    def newest(self, tokens: Tokens) -> Tokens:
        """The last tokens of this line; the same ones if nothing is known to have replaced them."""
        now, key = self._clock.monotonic(), refresh_key(tokens)
        with self._lock:
            while (found := self._tokens.get(key)) is not None and found[2] > now:
                tokens, key, _ = found
        return tokens

    def forget(self, tokens: Tokens) -> None:
        """A session is over: nobody is to find its tokens here, the last ones or any of their line."""
        ended = {refresh_key(tokens)}
        with self._lock:
            while ended:
                ended = {key for key, (_, following, _) in self._tokens.items() if following in ended}
                for key in ended:
                    del self._tokens[key]
