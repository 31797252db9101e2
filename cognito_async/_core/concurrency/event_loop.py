"""An event loop as the other threads of the process see it: whether it has ended, and how to wake its tasks."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

import anyio

# Seconds after which a waiter looks whether the loop that should wake it has ended. In all other cases it is woken.
LOOK_SECONDS = 0.25


def running_loop() -> Any:
    """Return the object that identifies the running event loop: asyncio's loop, or trio's token.

    Raises:
        RuntimeError: if the caller does not run in an event loop.
    """
    # A program that has not imported asyncio or trio does not run it. Another thread may be importing it now.
    trio: Any = sys.modules.get("trio.lowlevel")
    if trio is not None and getattr(trio, "in_trio_task", _in_task_of_older_trio)():
        return trio.current_trio_token()
    get_running_loop = getattr(sys.modules.get("asyncio"), "get_running_loop", _no_loop)
    return get_running_loop()


def is_running(loop: Any) -> bool:
    """Return whether the caller runs in this event loop, of which `loop` is the object that identifies it."""
    with suppress(RuntimeError):
        return running_loop() is loop
    return False


class EventLoop:
    """An event loop of asyncio or one run of trio. Every thread may use its methods.

    Attributes:
        token: the object that identifies the loop: asyncio's loop, or trio's token.
    """

    __slots__ = ("_is_trio", "_process", "token")

    def __init__(self, token: Any, *, is_trio: bool) -> None:
        self.token = token
        self._is_trio = is_trio
        self._process = os.getpid()

    @classmethod
    def current(cls) -> Self:
        """Return the loop that runs the calling task.

        Raises:
            RuntimeError: if the caller does not run in an event loop.
        """
        token = running_loop()
        return cls(token, is_trio=not hasattr(token, "is_closed"))

    @property
    def is_of_parent(self) -> bool:
        """Return whether the loop belongs to the parent of this process, which was forked."""
        return self._process != os.getpid()

    @property
    def has_ended(self) -> bool:
        """Return whether the loop runs no more tasks: it is closed, or it belongs to the parent of a forked process."""
        if self.is_of_parent:
            return True
        if not self._is_trio:
            closed: bool = self.token.is_closed()
            return closed
        return not self._call(_nothing)

    def call_soon(self, function: Callable[[], object]) -> None:
        """Call a function soon in the loop's thread. Do nothing if the loop has ended."""
        if not self.is_of_parent:
            self._call(function)

    def _call(self, function: Callable[[], object]) -> bool:
        """Schedule the call. Return whether that was possible."""
        schedule = self.token.run_sync_soon if self._is_trio else self.token.call_soon_threadsafe
        try:
            schedule(function)
        except RuntimeError:  # closed; trio.RunFinishedError is one too
            return False
        return True


class Signal:
    """An event that a task of one event loop waits for, and that any thread may set."""

    __slots__ = ("_event", "_loop")

    def __init__(self) -> None:
        self._event = anyio.Event()
        self._loop = EventLoop.current()

    def set(self) -> None:
        """Wake the waiting task, soon. Do nothing if its loop has ended."""
        self._loop.call_soon(self._event.set)

    async def wait(self) -> None:
        """Wait until the signal is set."""
        await self._event.wait()


def _in_task_of_older_trio() -> bool:
    """Return whether the caller is a task of trio. Older trio (0.26, but not 0.35) has no function for this."""
    with suppress(RuntimeError, AttributeError):
        sys.modules["trio.lowlevel"].current_task()
        return True
    return False


def _no_loop() -> Any:
    raise RuntimeError("no event loop is running")


def _nothing() -> None:
    """Do nothing."""
