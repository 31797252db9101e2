"""What travels between the floors of a call: a request, a reply, and the one seam that sends."""

from __future__ import annotations

import enum
from collections.abc import AsyncIterable, AsyncIterator, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from .._core.clock import Deadline
from .._core.operation import USER_POOLS, Authorization, Service
from .._core.secret import Text, Texts

if TYPE_CHECKING:
    from .._core.model import Model


class Effect(enum.Enum):
    """Whether a call may be repeated when its reply was lost."""

    REPEATABLE = "repeatable"
    ONCE = "once"


@dataclass(slots=True, eq=False, repr=False)
class RpcRequest:
    """One call, ready to send. `secrets` are the texts in the body that no error message may repeat; `model` is what
    the body was made from, for hooks to see it masked.
    """

    operation: str
    body: bytes
    effect: Effect
    authorization: Authorization = Authorization.NONE
    secrets: tuple[str, ...] = ()
    headers: Texts = field(default_factory=dict[str, Text])
    model: Model | None = None
    service: Service = USER_POOLS

    def with_headers(self, headers: Texts) -> RpcRequest:
        """The same call with more headers."""
        added = {**self.headers, **headers}
        return RpcRequest(
            self.operation,
            self.body,
            self.effect,
            self.authorization,
            self.secrets,
            added,
            self.model,
            self.service,
        )

    def wire_headers(self) -> dict[str, Text]:
        """The headers that say what the call is, and so must be signed where a call is signed."""
        return {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": f"{self.service.target}.{self.operation}",
            **self.headers,
        }


@dataclass(slots=True, eq=False, repr=False)
class RpcReply:
    """What came back, whatever its status. Header names are lower case. It came at that many attempts."""

    status_code: int
    headers: Mapping[str, str]
    body: bytes
    attempts: int = 1


class Transport(Protocol):
    """Sends one request and returns the reply; raises a `TransportError` where there is none."""

    def send(self, request: RpcRequest, deadline: Deadline) -> Coroutine[Any, Any, RpcReply]: ...


class HttpResponse(Protocol):
    """What is read of a response, as `httpx.Response` and `httpx2.Response` have it."""

    @property
    def status_code(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def aiter_bytes(self) -> AsyncIterator[bytes]: ...


class HttpClient(Protocol):
    """What `http_client=` takes: an `httpx.AsyncClient`, an `httpx2.AsyncClient`, or your own with this one method."""

    def stream(
        self,
        method: str,
        url: str,
        *,
        content: AsyncIterable[bytes],
        headers: Mapping[str, str],
        timeout: None,
        follow_redirects: bool,
    ) -> AbstractAsyncContextManager[HttpResponse]: ...
