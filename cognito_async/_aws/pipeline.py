"""The layers of a call, wired: retry( limit the rate( sign( send ) ) )."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from .._core.clock import Clock, Deadline
from .._core.hooks import Hooks
from .._core.operation import USER_POOLS, Service
from .._core.options import RetryPolicy
from .._crypto.sigv4 import Signer
from .._http.connections import HttpConnections
from .identity import CredentialsProvider
from .quota import RetryQuota
from .retry import RetryTransport
from .rpc import RpcReply, RpcRequest
from .service_time import ServiceTime
from .signing import SigningTransport
from .transport import RpcTransport

if TYPE_CHECKING:
    from .rate_limits import RateLimits


class Pipeline:
    """All calls of one client to its service.

    Attributes:
        endpoint: URL of the service.
        service_time: the time according to the service's replies.
    """

    def __init__(self, endpoint: str, retry: RetryTransport, service_time: ServiceTime) -> None:
        self.endpoint = endpoint
        self.service_time = service_time
        self._retry = retry

    def send(self, request: RpcRequest, deadline: Deadline) -> Coroutine[Any, Any, RpcReply]:
        """Return the service's reply, always with status 200. Everything else is raised as a CognitoError."""
        return self._retry.send(request, deadline)

    def with_retry(self, policy: RetryPolicy, hooks: Hooks | None = None) -> Pipeline:
        """Return a view with another policy and hooks. It shares everything else, the quota and the rate limits too."""
        return Pipeline(self.endpoint, self._retry.with_policy(policy, hooks), self.service_time)


def build(
    endpoint: str,
    connections: HttpConnections,
    *,
    credentials: CredentialsProvider,
    region: str,
    service: Service = USER_POOLS,
    retry: RetryPolicy,
    clock: Clock,
    rate_limits: RateLimits | None = None,
) -> Pipeline:
    """Wire a pipeline; nothing is opened before the first call."""
    service_time = ServiceTime(clock)
    signing = SigningTransport(
        RpcTransport(connections, endpoint, service_time),
        signer=Signer(endpoint, region, service.name),
        credentials=credentials,
        service_time=service_time,
    )
    retrying = RetryTransport(signing, retry, RetryQuota(), clock, rate_limits=rate_limits)
    return Pipeline(endpoint, retrying, service_time)
