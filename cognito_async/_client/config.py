"""From the arguments of a client to the way to its service: checked, and without any I/O."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from .._aws.credentials.chain import resolve
from .._aws.endpoint import check_endpoint, endpoint_for
from .._aws.identity import Credentials, CredentialsProvider
from .._aws.pipeline import build
from .._core import checks
from .._core.checks import NOT_GIVEN
from .._core.clock import Clock
from .._core.errors import ConfigurationError
from .._core.hooks import Hooks
from .._core.operation import USER_POOLS, Service
from .._core.options import RetryPolicy
from .._core.redact import Masked, mask
from .._flows.context import AppClient
from .._flows.refresh import RefreshFlow
from .._http.http_client import HttpClient
from .pool_client import Engine
from .service_client import Options, Shared

if TYPE_CHECKING:
    from .._aws.rate_limits import RateLimits

_USER_POOL_ID = re.compile(r"[\w-]+_[0-9a-zA-Z]+\Z", re.ASCII)
_LONGEST_USER_POOL_ID = 55
_CLIENT_ID = re.compile(r"[\w+]{1,128}\Z", re.ASCII)


def open_engine(
    user_pool_id: str,
    client_id: str,
    *,
    client_secret: str | None,
    region: str | None,
    endpoint: str | None,
    http_client: HttpClient | None,
    retry: RetryPolicy,
    timeout: float | None,
    credentials: Credentials | CredentialsProvider | None,
    clock: Clock | None,
    refresh_flow: RefreshFlow | None,
    use_fips_endpoint: bool | None,
    hooks: Hooks | None,
    rate_limits: RateLimits | None,
) -> Engine:
    """Raises `ConfigurationError` for an argument that cannot be right."""
    client_secret = mask(client_secret)
    client = _app_client(user_pool_id, client_id, client_secret)
    shared, options = open_channel(
        USER_POOLS,
        region=checks.text(region, "region") if region is not None else user_pool_id.partition("_")[0],
        endpoint=endpoint,
        http_client=http_client,
        retry=retry,
        timeout=timeout,
        credentials=credentials,
        clock=clock,
        use_fips_endpoint=use_fips_endpoint,
        hooks=hooks,
        rate_limits=rate_limits,
    )
    options = options.changed(NOT_GIVEN, NOT_GIVEN, NOT_GIVEN, NOT_GIVEN, refresh_flow, NOT_GIVEN)
    return Engine(client, shared, options)


def open_channel(
    service: Service,
    *,
    region: str,
    endpoint: str | None,
    http_client: HttpClient | None,
    retry: RetryPolicy,
    timeout: float | None,
    credentials: Credentials | CredentialsProvider | None,
    clock: Clock | None,
    use_fips_endpoint: bool | None,
    hooks: Hooks | None,
    rate_limits: RateLimits | None = None,
) -> tuple[Shared, Options]:
    """The way to a service in a region; nothing is opened yet.

    Raises `ConfigurationError` for an argument that cannot be right.
    """
    options = Options(RetryPolicy(), None).changed(retry, timeout, NOT_GIVEN, NOT_GIVEN, NOT_GIVEN, hooks)
    if use_fips_endpoint is None:
        use_fips_endpoint = os.environ.get("AWS_USE_FIPS_ENDPOINT", "").lower() == "true"
    if clock is not None and not (isinstance(clock, Clock) and clock.now().tzinfo is not None):
        raise ConfigurationError("clock must be a lowlevel.Clock whose now() has a time zone")
    if http_client is not None and not callable(getattr(http_client, "stream", None)):
        raise ConfigurationError("http_client must be an httpx.AsyncClient or an httpx2.AsyncClient")
    if rate_limits is not None and not _are_rate_limits(rate_limits):
        raise ConfigurationError("rate_limits must be RateLimits(…)")
    clock = clock or Clock()
    if endpoint is None:
        endpoint = endpoint_for(region, service=service.name, fips=use_fips_endpoint)
    else:
        endpoint = check_endpoint(checks.text(endpoint, "endpoint"))
    pipeline = build(
        endpoint,
        http_client=http_client,
        credentials=resolve(credentials, clock),
        region=region,
        service=service,
        retry=retry,
        clock=clock,
        rate_limits=rate_limits,
    )
    return Shared(pipeline, clock), options


def region_of(region: str | None) -> str:
    """The region that is given, or else that of the environment; raises `ConfigurationError` if there is none."""
    if region is not None:
        return checks.text(region, "region")
    found = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not found:
        raise ConfigurationError("which region? Give region=, or set AWS_REGION")
    return found


def _app_client(user_pool_id: str, client_id: str, client_secret: str | None) -> AppClient:
    checks.text(user_pool_id, "user_pool_id")
    if not _USER_POOL_ID.match(user_pool_id) or len(user_pool_id) > _LONGEST_USER_POOL_ID:
        raise ConfigurationError("user_pool_id must look like eu-central-1_AbCdEfGhI (at most 55 characters)")
    if not _CLIENT_ID.match(checks.text(client_id, "client_id")):
        raise ConfigurationError("client_id must be letters, digits, _ and + (at most 128)")
    secret = None if client_secret is None else Masked(checks.text(client_secret, "client_secret"))
    return AppClient(user_pool_id, client_id, secret)


def _are_rate_limits(value: object) -> bool:
    from .._aws.rate_limits import RateLimits  # noqa: PLC0415 - who has some has imported it

    return isinstance(value, RateLimits)
