"""The options of clients: this module names them, checks them, and collects them in one object."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, TypedDict, TypeVar

from .._aws.credentials.chain import resolve
from .._aws.endpoint import check_endpoint, endpoint_for
from .._aws.identity import Credentials, CredentialsProvider
from .._core import checks, ids
from .._core.checks import NOT_GIVEN
from .._core.clock import Clock
from .._core.errors import ConfigurationError
from .._core.hooks import Hooks
from .._core.operation import Service
from .._core.options import RetryPolicy, UserContext
from .._core.secret import Secret
from .._flows.context import AppClient
from .._flows.refresh import RefreshFlow
from .._http.http_client import HttpClient

if TYPE_CHECKING:
    from .._aws.rate_limits import RateLimits

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

_USER_POOL_ID = re.compile(r"[\w-]+_[0-9a-zA-Z]+\Z", re.ASCII)
_LONGEST_USER_POOL_ID = 55
_CLIENT_ID = re.compile(r"[\w+]{1,128}\Z", re.ASCII)


class ClientOptions(TypedDict, total=False):
    """The options of every client; `UserPool` documents them."""

    region: str | None
    endpoint: str | None
    http_client: HttpClient | None
    retry: RetryPolicy
    timeout: float | None
    credentials: Credentials | CredentialsProvider | None
    clock: Clock | None
    use_fips_endpoint: bool | None
    hooks: Hooks | None
    rate_limits: RateLimits | None


class PoolOptions(ClientOptions, total=False):
    """The options of a `UserPool` or an `Auth`, besides the app client."""

    refresh_flow: RefreshFlow | None


class ViewOptions(TypedDict, total=False):
    """The options that `with_options` can change, for a view on the same connections."""

    retry: RetryPolicy
    timeout: float | None
    client_metadata: Mapping[str, str] | None
    user_context: UserContext | None
    refresh_flow: RefreshFlow | None
    hooks: Hooks | None


# The defaults that `help()` shows; the default of any other option is `None`.
_DEFAULTS = {"retry": RetryPolicy(), "timeout": 30.0}


def show_options(known: type[ClientOptions | ViewOptions]) -> Callable[[FunctionT], FunctionT]:
    """Decorate a function that takes options, so that `help()` and notebooks show them one by one."""

    def decorate(function: FunctionT) -> FunctionT:
        shown = inspect.signature(function)
        own = [each for each in shown.parameters.values() if each.kind is not each.VAR_KEYWORD]
        options = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=NOT_GIVEN if known is ViewOptions else _DEFAULTS.get(name),
                annotation=annotation.__forward_arg__,
            )
            for name, annotation in known.__annotations__.items()
        ]
        function.__signature__ = shown.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
        return function

    return decorate


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ClientConfig:
    """The checked options of one client, with all defaults filled in.

    The views of one client may differ only in the fields from `retry` on.
    """

    service: Service
    region: str
    endpoint: str
    credentials: CredentialsProvider
    clock: Clock
    http_client: HttpClient | None = None
    rate_limits: RateLimits | None = None
    retry: RetryPolicy = RetryPolicy()
    timeout: float | None = 30.0
    hooks: Hooks | None = None
    client_metadata: Mapping[str, str] | None = None
    user_context: UserContext | None = None
    refresh_flow: RefreshFlow | None = None

    @classmethod
    def of(
        cls,
        service: Service,
        options: ClientOptions,
        *,
        known: type[ClientOptions] = ClientOptions,
        region: str | None = None,
    ) -> Self:
        """Check options and fill in the defaults; open no connection.

        Args:
            service: the service to call.
            options: the caller's options.
            known: the options that this client accepts.
            region: the region if `options` has none; by default, that of the environment.

        Raises:
            ConfigurationError: if an option is invalid, or there is no region.
            TypeError: if `options` has an option that the client does not accept.
        """
        given = _checked(options, known)
        clock: Clock = given.pop("clock", None) or Clock()
        given_region = given.pop("region", None)
        chosen_region = given_region or region or _region_of_environment()
        fips, endpoint = given.pop("use_fips_endpoint", None), given.pop("endpoint", None)
        if endpoint is None:
            endpoint = endpoint_for(chosen_region, service=service.name, fips=_is_fips_wanted(fips))
        return cls(
            service=service,
            region=chosen_region,
            endpoint=endpoint,
            credentials=resolve(given.pop("credentials", None), clock),
            clock=clock,
            **given,
        )

    def changed(self, options: ViewOptions) -> Self:
        """Check these options and return a copy with them.

        Raises:
            ConfigurationError: if an option is invalid.
            TypeError: if `options` has an option that a view cannot change.
        """
        return replace(self, **_checked(options, ViewOptions))


def app_client(user_pool_id: str, client_id: str, client_secret: Secret[str] | None) -> AppClient:
    """Check the ids and the secret of an app client.

    Raises:
        ConfigurationError: if one of them is invalid.
    """
    checks.text(user_pool_id, "user_pool_id")
    checks.text(client_id, "client_id")
    if ids.are_swapped(user_pool_id, client_id):
        raise ConfigurationError("user_pool_id and client_id are swapped: the id of the user pool comes first")
    if not _USER_POOL_ID.match(user_pool_id) or len(user_pool_id) > _LONGEST_USER_POOL_ID:
        hint = ids.hint("user_pool_id", user_pool_id)
        raise ConfigurationError(f"user_pool_id must look like eu-central-1_AbCdEfGhI (at most 55 characters){hint}")
    if not _CLIENT_ID.match(client_id):
        hint = ids.hint("client_id", client_id)
        raise ConfigurationError(f"client_id must be 1 to 128 letters, digits, _ or +{hint}")
    secret = None if client_secret is None else checks.secret(client_secret, "client_secret")
    return AppClient(user_pool_id, client_id, secret)


def metadata(value: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Check `client_metadata`."""
    return checks.texts(value, "client_metadata") or None


def context(value: UserContext | None) -> UserContext | None:
    """Check `user_context`."""
    if value is not None and not isinstance(value, UserContext):
        raise ConfigurationError("user_context must be a UserContext")
    return value


def _checked(options: Mapping[str, Any], known: type[ClientOptions | ViewOptions]) -> dict[str, Any]:
    if unknown := options.keys() - known.__annotations__.keys():
        raise TypeError(f"got an unexpected keyword argument {min(unknown)!r}")
    return {name: _CHECKS[name](value) for name, value in options.items()}


def _retry(value: Any) -> RetryPolicy:
    if not isinstance(value, RetryPolicy):
        raise ConfigurationError("retry must be a RetryPolicy")
    return value


def _clock(value: Any) -> Clock | None:
    if value is not None and not (isinstance(value, Clock) and value.now().tzinfo is not None):
        raise ConfigurationError("clock must be a lowlevel.Clock whose now() has a time zone")
    return value


def _http_client(value: Any) -> HttpClient | None:
    if value is not None and not callable(getattr(value, "stream", None)):
        raise ConfigurationError("http_client must be an httpx.AsyncClient or an httpx2.AsyncClient")
    client: HttpClient | None = value
    return client


def _hooks(value: Any) -> Hooks | None:
    if value is not None and not isinstance(value, Hooks):
        raise ConfigurationError("hooks must be Hooks(on_request=…, on_reply=…, on_retry=…)")
    return value


def _refresh_flow(value: Any) -> Any:
    if value not in (None, "GetTokensFromRefreshToken", "REFRESH_TOKEN_AUTH"):
        raise ConfigurationError('refresh_flow must be "GetTokensFromRefreshToken" or "REFRESH_TOKEN_AUTH"')
    return value


def _rate_limits(value: Any) -> RateLimits | None:
    if value is None:
        return None
    from .._aws.rate_limits import RateLimits  # noqa: PLC0415 - a caller that passes one has imported it

    if not isinstance(value, RateLimits):
        raise ConfigurationError("rate_limits must be RateLimits(…)")
    return value


def _as_given(value: Any) -> Any:
    return value


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "region": lambda value: None if value is None else checks.text(value, "region"),
    "endpoint": lambda value: None if value is None else check_endpoint(checks.text(value, "endpoint")),
    "http_client": _http_client,
    "retry": _retry,
    "timeout": lambda value: checks.seconds(value, "timeout"),
    "credentials": _as_given,
    "clock": _clock,
    "use_fips_endpoint": _as_given,
    "hooks": _hooks,
    "rate_limits": _rate_limits,
    "refresh_flow": _refresh_flow,
    "client_metadata": metadata,
    "user_context": context,
}


def _region_of_environment() -> str:
    found = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not found:
        raise ConfigurationError("there is no region: pass region=, or set AWS_REGION")
    return found


def _is_fips_wanted(given: bool | None) -> bool:
    return os.environ.get("AWS_USE_FIPS_ENDPOINT", "").lower() == "true" if given is None else given
