"""Hooks, with which a program watches the attempts of every call, and the events that they receive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import CognitoError, ConfigurationError
from .listeners import is_plain_function

if TYPE_CHECKING:
    from .model import Model


class _WithModel:
    """Holds the request's model outside of the fields, so that `asdict` and pickle leave it out."""

    __slots__ = ("__weakref__", "_model")
    _model: Model | None


@dataclass(frozen=True, slots=True, eq=False)
class RequestEvent(_WithModel):
    """One attempt of a call, before it is signed and sent. Events compare by identity, so one can be a dictionary key.

    Attributes:
        operation: the service's name for the operation, such as `"InitiateAuth"`.
        attempt: 1 for the first attempt, 2 for the first retry.
        size: size of the body, in bytes.
    """

    operation: str
    attempt: int
    size: int

    @property
    def body(self) -> dict[str, Any]:
        """Return the request under the service's names, with every sensitive value masked.

        Each access returns a new dictionary. A copy of this event, or an unpickled one, returns `{}`.
        """
        model: Model | None = getattr(self, "_model", None)
        return {} if model is None else model.model_dump(mode="json", by_alias=True, exclude_none=True)


def request_event(operation: str, attempt: int, size: int, model: Model | None) -> RequestEvent:
    """Return a `RequestEvent` that has a `body`."""
    event = RequestEvent(operation, attempt, size)
    object.__setattr__(event, "_model", model)
    return event


@dataclass(frozen=True, slots=True, eq=False)
class ReplyEvent:
    """The end of one attempt. Each `RequestEvent` is followed by exactly one, even after an error or cancellation.

    Attributes:
        request: the event of the same attempt that `on_request` received.
        status_code: the HTTP status of the reply; `None` if no reply arrived.
        request_id: the service's `x-amzn-requestid`, or `None` if the reply has none.
        seconds: how long the attempt took, in seconds.
        error: the error of the service or of the connection; `None` after a success, or if the caller was cancelled.
    """

    request: RequestEvent
    status_code: int | None
    request_id: str | None
    seconds: float
    error: CognitoError | None

    @property
    def cancelled(self) -> bool:
        """Return whether the caller was cancelled before a reply arrived."""
        return self.status_code is None and self.error is None


@dataclass(frozen=True, slots=True, eq=False)
class RetryEvent:
    """A failed attempt that will be retried, reported before the wait.

    Attributes:
        operation: the service's name for the operation.
        attempt: the number of the failed attempt, 1 for the first one.
        error: the reason for the failure.
        seconds: how long the library waits before the next attempt, in seconds.
    """

    operation: str
    attempt: int
    error: CognitoError
    seconds: float


@dataclass(frozen=True, slots=True)
class Hooks:
    """Pass one as `hooks=` to measure, trace or log every attempt of every call. Hooks never receive secrets.

    Hooks are plain functions. They are called in the task that makes the call, so they must not block. Their
    exceptions are logged (logger `cognito_async`) and do not affect the call.

    Args:
        on_request: called before each attempt.
        on_reply: called after each attempt, even if it failed or was cancelled.
        on_retry: called after a failed attempt that will be retried, before the wait.

    Raises:
        ConfigurationError: if a hook is not a plain function.
    """

    on_request: Callable[[RequestEvent], object] | None = None
    on_reply: Callable[[ReplyEvent], object] | None = None
    on_retry: Callable[[RetryEvent], object] | None = None

    def __post_init__(self) -> None:
        for name in ("on_request", "on_reply", "on_retry"):
            hook = getattr(self, name)
            if hook is not None and not is_plain_function(hook):
                raise ConfigurationError(f"Hooks: {name} must be a plain function, not async")
