"""The whole way of a call, wired: retry( wait for one's turn, where rates are limited; sign( send ) )."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from .._core.clock import Clock, Deadline
from .._core.hooks import Hooks
from .._core.operation import USER_POOLS, Service
from .._core.options import RetryPolicy
from .._crypto.sigv4 import Signer
from .._http.connections import HttpTransport
from .identity import CredentialsProvider
from .quota import RetryQuota
from .retry import RetryTransport
from .rpc import HttpClient, RpcReply, RpcRequest
from .service_time import ServiceTime
from .signing import SigningTransport

if TYPE_CHECKING:
    from .rate_limits import RateLimits


class Pipeline:
    """One client's way to its service. `service_time` is what its replies say the time is."""

    def __init__(
        self, http: HttpTransport, signing: SigningTransport, retry: RetryTransport, service_time: ServiceTime
    ) -> None:
        self.service_time = service_time
        self._http = http
        self._signing = signing
        self._retry = retry

    def send(self, request: RpcRequest, deadline: Deadline) -> Coroutine[Any, Any, RpcReply]:
        """The service's reply, always with status 200; everything else is raised as a CognitoError."""
        return self._retry.send(request, deadline)

    async def aclose(self) -> None:
        """Close the running loop's own connections, never those of an injected client."""
        await self._http.aclose()

    def with_retry(self, policy: RetryPolicy, hooks: Hooks | None = None) -> Pipeline:
        """A view with another policy and hooks on the same connections, service time, quota and rate limits."""
        return Pipeline(self._http, self._signing, self._retry.with_policy(policy, hooks), self.service_time)


def build(
    endpoint: str,
    *,
    http_client: HttpClient | None,
    credentials: CredentialsProvider,
    region: str,
    service: Service = USER_POOLS,
    retry: RetryPolicy,
    clock: Clock,
    rate_limits: RateLimits | None = None,
) -> Pipeline:
    """Wire a pipeline; nothing is opened before the first call."""
    service_time = ServiceTime(clock)
    http = HttpTransport(endpoint, http_client=http_client, service_time=service_time, clock=clock)
    signing = SigningTransport(
        http,
        signer=Signer(endpoint, region, service.name),
        credentials=credentials,
        service_time=service_time,
    )
    retrying = RetryTransport(signing, retry, RetryQuota(), clock, rate_limits=rate_limits)
    return Pipeline(http, signing, retrying, service_time)
