"""The services themselves, for programs that manage user pools or identity pools rather than sign people in."""

from __future__ import annotations

from abc import ABC
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Self, Unpack

from .._client.config import ClientConfig, ClientOptions, show_options
from .._client.service_client import ClientState, ServiceClient
from .._core.operation import IDENTITY_POOLS, USER_POOLS, Service

if TYPE_CHECKING:
    from .api import IdentityPoolApi, UserPoolApi


class _Client(ABC):
    _service: ClassVar[Service]

    @show_options(ClientOptions)
    def __init__(self, **options: Unpack[ClientOptions]) -> None:
        config = ClientConfig.of(self._service, options)
        self._region = config.region
        self._client = ServiceClient(config, ClientState(config))

    async def aclose(self) -> None:
        """Close the connections that this object opened on the running event loop; it may be used again."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        if not hasattr(self, "_region"):
            return f"{type(self).__name__}(<refused arguments>)"  # in a traceback of the constructor
        return f"{type(self).__name__}(region={self._region!r})"

    def __reduce__(self) -> str:
        raise TypeError(f"a {type(self).__name__} is not pickled: it may hold AWS credentials")


class CognitoIdentityProvider(_Client):
    """Use this to manage user pools: all operations of the service, without a pool or an app client of its own.

    To serve the users of one pool, use `UserPool`. One object may be used from all tasks and successive loops;
    `async with` is optional, `aclose()` closes its connections. All other arguments are those of `UserPool`.

    Args:
        region: such as `"eu-central-1"`; `AWS_REGION` or `AWS_DEFAULT_REGION` if not given.

    Raises:
        ConfigurationError: when an argument cannot be right, or there is no region.
    """

    _service = USER_POOLS

    @property
    def api(self) -> UserPoolApi:
        """The operations: `await provider.api.create_user_pool(pool_name="people")`."""
        from .api import UserPoolApi  # noqa: PLC0415 - a class with a method for each operation takes a while to import

        return UserPoolApi(self._client, {})


class CognitoIdentity(_Client):
    """Use this for identity pools: AWS credentials for users and guests, and the pools' management.

    One object may be used from all tasks and successive loops; `async with` is optional, `aclose()` closes its
    connections. All other arguments are those of `UserPool`.

    Args:
        region: such as `"eu-central-1"`; `AWS_REGION` or `AWS_DEFAULT_REGION` if not given.

    Raises:
        ConfigurationError: when an argument cannot be right, or there is no region.
    """

    _service = IDENTITY_POOLS

    @property
    def api(self) -> IdentityPoolApi:
        """The operations: `await identity.api.get_id(identity_pool_id="eu-central-1:…")`."""
        from .api import IdentityPoolApi  # noqa: PLC0415 - as above

        return IdentityPoolApi(self._client, {})
