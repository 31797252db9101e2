"""The checks of the options whose values are objects. Each returns the value, or raises a `ConfigurationError`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from .._aws.identity import Credentials, CredentialsProvider
from .._aws.settings.endpoint import check_endpoint
from .._core import checks
from .._core.errors import ConfigurationError
from .._core.hooks import Hooks
from .._core.options import RetryPolicy
from .._core.secret import Secret, opened

if TYPE_CHECKING:
    from .._aws.rate_limits import RateLimits


def retry(value: Any) -> RetryPolicy:
    if not isinstance(value, RetryPolicy):
        raise ConfigurationError("retry must be a RetryPolicy")
    return value


def endpoint(value: Any) -> str | None:
    value = Secret.maybe(value)  # it may hold a password
    return None if value is None else check_endpoint(checks.secret(value, "endpoint"))


def credentials(value: Any) -> Credentials | CredentialsProvider | None:
    value = Secret.maybe(value)  # a value of another type may show its secret
    if value is None or isinstance(value.reveal(), Credentials) or callable(value.reveal()):
        given: Credentials | CredentialsProvider | None = opened(value)
        return given
    kind = cast("type[object]", type(value.reveal()))
    raise ConfigurationError(
        "credentials must be cognito_async.credentials.Credentials, or an async callable that returns them, such as "
        f"credentials.from_boto(), not {kind.__module__}.{kind.__qualname__}"
    )


def hooks(value: Any) -> Hooks | None:
    if value is not None and not isinstance(value, Hooks):
        raise ConfigurationError("hooks must be Hooks(on_request=…, on_reply=…, on_retry=…)")
    return value


def refresh_flow(value: Any) -> Any:
    if value not in (None, "GetTokensFromRefreshToken", "REFRESH_TOKEN_AUTH"):
        raise ConfigurationError('refresh_flow must be "GetTokensFromRefreshToken" or "REFRESH_TOKEN_AUTH"')
    return value


def rate_limits(value: Any) -> RateLimits | None:
    if value is None:
        return None
    from .._aws.rate_limits import RateLimits  # noqa: PLC0415 - a caller that passes one has imported it

    if not isinstance(value, RateLimits):
        raise ConfigurationError("rate_limits must be RateLimits(…)")
    return value


def flag(value: Any, name: str) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise ConfigurationError(f"{name} must be True, False, or None for the environment's value")
    return value
