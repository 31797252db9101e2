"""What a program may watch of every call: what is sent, what comes of it, and what is tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import CognitoError, ConfigurationError
from .listeners import is_plain_function

if TYPE_CHECKING:
    from .model import Model


class _WithModel:
    """Keeps the request's model out of the fields, so that nothing that lists those (`asdict`, a pickle) has it."""

    __slots__ = ("__weakref__", "_model")
    _model: Model | None


@dataclass(frozen=True, slots=True, eq=False)
class RequestEvent(_WithModel):
    """One attempt of a call, just before it is signed and sent. It is a key of its own: no other is equal to it.

    Attributes:
        operation: the service's name of it, such as `"InitiateAuth"`.
        attempt: 1 for the first try, 2 for the first repetition.
        size: bytes of the body.
    """

    operation: str
    attempt: int
    size: int

    @property
    def body(self) -> dict[str, Any]:
        """What is sent, under the service's names, with every sensitive value masked; made anew when asked for.

        A copy of this event, or one from a pickle, has none: `{}`.
        """
        model: Model | None = getattr(self, "_model", None)
        return {} if model is None else model.model_dump(mode="json", by_alias=True, exclude_none=True)


def request_event(operation: str, attempt: int, size: int, model: Model | None) -> RequestEvent:
    """One whose body can be asked for."""
    event = RequestEvent(operation, attempt, size)
    object.__setattr__(event, "_model", model)
    return event


@dataclass(frozen=True, slots=True, eq=False)
class ReplyEvent:
    """What came of one attempt; there is exactly one for each `RequestEvent`, whatever came.

    Attributes:
        request: what `on_request` was given, the same object.
        status_code: the HTTP status, `None` if there was no reply.
        request_id: the service's `x-amzn-requestid`, `None` if there was none.
        seconds: how long the attempt took.
        error: why it failed, also when there was no reply. `None` if it worked, or if the caller was cancelled.
    """

    request: RequestEvent
    status_code: int | None
    request_id: str | None
    seconds: float
    error: CognitoError | None

    @property
    def cancelled(self) -> bool:
        """Whether nobody waited for the reply any more."""
        return self.status_code is None and self.error is None


@dataclass(frozen=True, slots=True, eq=False)
class RetryEvent:
    """An attempt that failed and is made once more; told before the wait.

    Attributes:
        operation: the service's name of it.
        attempt: the one that failed; the next has the next number.
        error: why it failed.
        seconds: how long the wait until the next attempt is.
    """

    operation: str
    attempt: int
    error: CognitoError
    seconds: float


@dataclass(frozen=True, slots=True)
class Hooks:
    """Pass one as `hooks=` to measure, trace or log every attempt of every call; nothing secret is ever told.

    They are plain functions, called in the task that makes the call, and must not wait. What they raise is logged
    (logger `cognito_async`), and breaks nothing.

    Args:
        on_request: called before each attempt.
        on_reply: called after each attempt, whatever came of it.
        on_retry: called when a failed attempt is worth another one, before the wait.

    Raises:
        ConfigurationError: when one is no plain function.
    """

    on_request: Callable[[RequestEvent], object] | None = None
    on_reply: Callable[[ReplyEvent], object] | None = None
    on_retry: Callable[[RetryEvent], object] | None = None

    def __post_init__(self) -> None:
        for name in ("on_request", "on_reply", "on_retry"):
            hook = getattr(self, name)
            if hook is not None and not is_plain_function(hook):
                raise ConfigurationError(f"Hooks: {name} must be a plain function, which does not wait")
