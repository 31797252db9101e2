"""The layers of a call, put together. From the outside: retries, the rate limit, the signature, and HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .._core.clock import Clock
from .._core.operation import USER_POOLS, Service
from .._core.options import RetryPolicy
from .._crypto.sigv4 import Signer
from .._http.connections import HttpConnections
from .identity import CredentialsProvider
from .quota import RetryQuota
from .retry import RetryTransport
from .service_time import ServiceTime
from .signing import SigningTransport
from .transport import RpcTransport

if TYPE_CHECKING:
    from .rate_limits import RateLimits


class Pipeline(NamedTuple):
    """The layers through which one client calls its service.

    Attributes:
        endpoint: URL of the service.
        transport: the outermost layer. It returns replies with status 200, and raises a `CognitoError` for all others.
        service_time: the time according to the service's replies.
    """

    endpoint: str
    transport: RetryTransport
    service_time: ServiceTime


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
    """Return a new pipeline. Its first call opens the connections."""
    service_time = ServiceTime(clock)
    signing = SigningTransport(
        RpcTransport(connections, endpoint, service_time),
        signer=Signer(endpoint, region, service.name),
        credentials=credentials,
        service_time=service_time,
    )
    retrying = RetryTransport(signing, retry, RetryQuota(), clock, rate_limits=rate_limits)
    return Pipeline(endpoint, retrying, service_time)
