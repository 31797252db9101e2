"""The options of clients: this module names them, checks them, and collects them in one object."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, TypedDict, TypeVar, cast

from .._aws.credentials.chain import resolve
from .._aws.identity import Credentials, CredentialsProvider
from .._aws.settings.location import LocationOptions
from .._aws.settings.service_location import ServiceLocation
from .._core import checks, ids, signatures
from .._core.checks import NOT_GIVEN
from .._core.clock import Clock
from .._core.errors import ConfigurationError
from .._core.hooks import Hooks
from .._core.operation import Service
from .._core.options import RetryPolicy, UserContext
from .._core.redact import mask
from .._core.secret import Secret
from .._core.signatures import FunctionT
from .._flows.context import AppClient
from .._flows.refresh import RefreshFlow
from .._http.http_client import HttpClient, check_http_client
from .._http.options import MOST_CONNECTIONS, check_max_connections
from . import option_checks

if TYPE_CHECKING:
    from .._aws.rate_limits import RateLimits

OptionsT = TypeVar("OptionsT", bound="ClientOptions")

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
    use_dualstack_endpoint: bool | None
    max_connections: int
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
_DEFAULTS = {"retry": RetryPolicy(), "timeout": 30.0, "max_connections": MOST_CONNECTIONS}


def show_options(known: type[ClientOptions | ViewOptions]) -> Callable[[FunctionT], FunctionT]:
    """Decorate a function that takes options of clients, so that `help()` and notebooks show them one by one."""
    if known is ViewOptions:
        return signatures.show_options(known, default=NOT_GIVEN)
    return signatures.show_options(known, _DEFAULTS)


def mask_options(options: OptionsT) -> OptionsT:
    """Mask the options that may hold a secret, even if they are wrong. Constructors begin with this, as with `mask`."""
    secret = {name: mask(value) for name, value in options.items() if name in ("credentials", "endpoint")}
    return cast("OptionsT", {**options, **secret})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ClientConfig:
    """The checked options of one client, with all defaults filled in.

    The views of one client may differ only in the fields from `retry` on.
    """

    service: Service
    location: ServiceLocation
    credentials: CredentialsProvider
    clock: Clock
    http_client: HttpClient | None = None
    max_connections: int = MOST_CONNECTIONS
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
        """Check options and fill in the defaults; read no file and open no connection.

        Args:
            service: the service to call.
            options: the caller's options.
            known: the options that this client accepts.
            region: the region if `options` has none; by default, that of the environment or of a profile.

        Raises:
            ConfigurationError: if an option, or a variable of the environment, is invalid.
            TypeError: if `options` has an option that the client does not accept.
        """
        given = _checked(options, known)
        clock: Clock = given.pop("clock", None) or Clock()
        where = LocationOptions(**{name: given.pop(name, None) for name in LocationOptions._fields})
        return cls(
            service=service,
            location=ServiceLocation(service.name, where, region),
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
    checks.user_pool_id(user_pool_id)
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


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "region": lambda value: None if value is None else checks.text(value, "region"),
    "endpoint": option_checks.endpoint,
    "http_client": check_http_client,
    "retry": option_checks.retry,
    "timeout": lambda value: checks.seconds(value, "timeout"),
    "credentials": option_checks.credentials,
    "clock": checks.clock,
    "use_fips_endpoint": lambda value: option_checks.flag(value, "use_fips_endpoint"),
    "use_dualstack_endpoint": lambda value: option_checks.flag(value, "use_dualstack_endpoint"),
    "max_connections": check_max_connections,
    "hooks": option_checks.hooks,
    "rate_limits": option_checks.rate_limits,
    "refresh_flow": option_checks.refresh_flow,
    "client_metadata": metadata,
    "user_context": context,
}
