"""From what travels to what hooks are told of it; only used where there are hooks."""

from __future__ import annotations

from .._aws.faults import request_id_of
from .._aws.rpc import RpcReply, RpcRequest
from .._core.errors import CognitoError
from .._core.hooks import Hooks, ReplyEvent, RetryEvent, request_event
from .._core.listeners import tell


class Watched:
    """One attempt, told of when this is made and when it has ended."""

    __slots__ = ("_event", "_hooks", "_request")

    def __init__(self, hooks: Hooks, request: RpcRequest, attempt: int) -> None:
        self._hooks = hooks
        self._request = request
        self._event = request_event(request.operation, attempt, len(request.body), request.model)
        if hooks.on_request is not None:
            tell(hooks.on_request, self._event, "the hook on_request")

    def ended(self, outcome: RpcReply | CognitoError | None, seconds: float) -> None:
        """Tell what came of it; `None` where nobody waited for that any more."""
        if self._hooks.on_reply is None:
            return
        if isinstance(outcome, RpcReply):
            request_id = request_id_of(self._request, outcome)
            reply = ReplyEvent(self._event, outcome.status_code, request_id, seconds, None)
        elif outcome is not None:
            reply = ReplyEvent(self._event, outcome.status_code, outcome.request_id, seconds, outcome)
        else:
            reply = ReplyEvent(self._event, None, None, seconds, None)
        tell(self._hooks.on_reply, reply, "the hook on_reply")


def tell_of_retry(hooks: Hooks, request: RpcRequest, attempt: int, error: CognitoError, seconds: float) -> None:
    """Before the wait for another attempt."""
    if hooks.on_retry is not None:
        tell(hooks.on_retry, RetryEvent(request.operation, attempt, error, seconds), "the hook on_retry")
