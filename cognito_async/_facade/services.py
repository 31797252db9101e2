"""Clients of the services, for programs that manage user pools or identity pools instead of signing users in."""

from __future__ import annotations

from abc import ABC
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, NoReturn, Self, Unpack

from .._client.config import ClientConfig, ClientOptions, mask_options, show_options
from .._client.service_client import ClientState, ServiceClient
from .._core.operation import IDENTITY_POOLS, USER_POOLS, Service

if TYPE_CHECKING:
    from .api import IdentityPoolApi, UserPoolApi


class _Client(ABC):
    _service: ClassVar[Service]

    @show_options(ClientOptions)
    def __init__(self, **options: Unpack[ClientOptions]) -> None:
        options = mask_options(options)
        config = ClientConfig.of(self._service, options)
        self._client = ServiceClient(config, ClientState(config))

    async def aclose(self) -> None:
        """Close the connections that this object opened on the running event loop. The object stays usable."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        if not hasattr(self, "_client"):
            return f"{type(self).__name__}(<refused arguments>)"  # in a traceback of the constructor
        return f"{type(self).__name__}(region={self._client.config.location.region!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} cannot be pickled, because it may hold AWS credentials")


class CognitoIdentityProvider(_Client):
    """All operations of the user pools service, to manage user pools. It is not bound to a pool or an app client.

    To sign users of one pool in, use `UserPool`. All tasks, threads and successive event loops can share one object.
    `async with` is optional. `aclose()` closes the connections.

    It takes the options of `UserPool`, except `refresh_flow`. Only the default of `region` differs.

    Args:
        region: the AWS region, such as `"eu-central-1"`; by default `AWS_REGION`, then `AWS_DEFAULT_REGION`, then the
            region of the profile. If there is none, the first call raises a `ConfigurationError`.

    Raises:
        ConfigurationError: if an argument is invalid.
    """

    _service = USER_POOLS

    @property
    def api(self) -> UserPoolApi:
        """All operations, each as a method: `await provider.api.create_user_pool(pool_name="people")`."""
        from .api import UserPoolApi  # noqa: PLC0415 - slow to import: it has a method for each operation

        return UserPoolApi(self._client, {})


class CognitoIdentity(_Client):
    """All operations of the identity pools service: to get AWS credentials for users and guests, and to manage pools.

    All tasks, threads and successive event loops can share one object. `async with` is optional. `aclose()` closes the
    connections.

    It takes the options of `UserPool`, except `refresh_flow`. Only the default of `region` differs.

    Args:
        region: the AWS region, such as `"eu-central-1"`; by default `AWS_REGION`, then `AWS_DEFAULT_REGION`, then the
            region of the profile. If there is none, the first call raises a `ConfigurationError`.

    Raises:
        ConfigurationError: if an argument is invalid.
    """

    _service = IDENTITY_POOLS

    @property
    def api(self) -> IdentityPoolApi:
        """All operations, each as a method: `await identity.api.get_id(identity_pool_id="eu-central-1:…")`."""
        from .api import IdentityPoolApi  # noqa: PLC0415 - as above

        return IdentityPoolApi(self._client, {})
