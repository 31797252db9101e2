"""The layers of a call, put together. From the outside: retries, the rate limit, the signature, and HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .._core.clock import Clock
from .._core.operation import USER_POOLS, Service
from .._core.options import RetryPolicy
from .._http.connections import HttpConnections
from .identity import CredentialsProvider
from .quota import RetryQuota
from .retry import RetryTransport
from .service_time import ServiceTime
from .settings.service_location import ServiceLocation
from .signing import SigningTransport
from .transport import RpcTransport

if TYPE_CHECKING:
    from .rate_limits import RateLimits


class Pipeline(NamedTuple):
    """The layers through which one client calls its service.

    Attributes:
        transport: the outermost layer. It returns replies with status 200, and raises a `CognitoError` for all others.
        service_time: the time according to the service's replies.
    """

    transport: RetryTransport
    service_time: ServiceTime


def build(
    location: ServiceLocation,
    connections: HttpConnections,
    *,
    credentials: CredentialsProvider,
    service: Service = USER_POOLS,
    retry: RetryPolicy,
    clock: Clock,
    rate_limits: RateLimits | None = None,
) -> Pipeline:
    """Return a new pipeline. Its first call opens the connections."""
    service_time = ServiceTime(clock)
    signing = SigningTransport(
        RpcTransport(connections, location, service_time),
        location=location,
        service=service.name,
        credentials=credentials,
        service_time=service_time,
    )
    retrying = RetryTransport(signing, retry, RetryQuota(), clock, rate_limits=rate_limits)
    return Pipeline(retrying, service_time)
