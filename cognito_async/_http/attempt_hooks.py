"""One attempt of a request, timed, logged, and reported to hooks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from .._core.clock import Clock
from .._core.errors import CognitoError
from .._core.hooks import Hooks, ReplyEvent, RequestEvent, RetryEvent, request_event
from .._core.listeners import call_listener

if TYPE_CHECKING:
    from .._core.model import Model

_log = logging.getLogger("cognito_async")


class Attempt:
    """One attempt. It starts when the object is created, and ends with `replied` or `failed`.

    Args:
        clock: measures the duration.
        hooks: receive the events; `None` for no events.
        operation: the request's name in events and in the log.
        number: number of the attempt, starting at 1.
        size: size of the body, in bytes.
        model: the input model from which the body was made. Hooks receive its content, with secrets masked.
    """

    __slots__ = ("_clock", "_event", "_hooks", "_number", "_operation", "_started")

    def __init__(
        self, clock: Clock, hooks: Hooks | None, operation: str, number: int, size: int, model: Model | None = None
    ) -> None:
        self._clock = clock
        self._hooks = hooks
        self._operation = operation
        self._number = number
        self._event: RequestEvent | None = None
        if hooks is not None:
            self._event = request_event(operation, number, size, model)
            if hooks.on_request is not None:
                call_listener(hooks.on_request, self._event, "the hook on_request")
        self._started = clock.monotonic()

    @property
    def is_reported(self) -> bool:
        """Return whether there are hooks. If there are none, callers need not compute `request_id`."""
        return self._event is not None

    def replied(self, status_code: int, request_id: str | None = None) -> None:
        """Report a successful reply."""
        self._end(status_code, status_code, request_id, None)

    def failed(self, error: BaseException) -> None:
        """Report an error. Any error other than a `CognitoError` means that the caller was cancelled."""
        if isinstance(error, CognitoError):
            outcome = type(error).__name__ if error.status_code is None else error.status_code
            self._end(outcome, error.status_code, error.request_id, error)
        else:
            self._end(None, None, None, None)

    def _end(
        self, outcome: int | str | None, status_code: int | None, request_id: str | None, error: CognitoError | None
    ) -> None:
        seconds = self._clock.monotonic() - self._started
        if self._event is not None and self._hooks is not None and self._hooks.on_reply is not None:
            event = ReplyEvent(self._event, status_code, request_id, seconds, error)
            call_listener(self._hooks.on_reply, event, "the hook on_reply")
        if outcome is not None:
            _log.debug("%s, attempt %d: %s after %.3f s", self._operation, self._number, outcome, seconds)


def report_retry(hooks: Hooks | None, operation: str, attempt: int, error: CognitoError, seconds: float) -> None:
    """Report that attempt number `attempt` failed with `error`, and that the next one follows after `seconds`."""
    if hooks is not None and hooks.on_retry is not None:
        call_listener(hooks.on_retry, RetryEvent(operation, attempt, error, seconds), "the hook on_retry")
