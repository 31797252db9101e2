"""Low-level tools, for programs that speak the protocol themselves. Prefer `UserPool` and `Auth`.

These tools check less than `UserPool`. For example, your program must take care not to use an `SrpClient` twice, and
not to repeat a request that is not safe to repeat.

Each module, such as `groups` and `sign_in`, contains a family of the service's operations and their models, under the
service's names. Pass an operation and its input model to `invoke`. The methods of `pool.api` return the same models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._aws._generated import (
    admin_devices,
    admin_mfa,
    admin_sign_in,
    admin_users,
    app_clients,
    cimd_policies,
    derived_tokens,
    developer_identities,
    devices,
    groups,
    identities,
    identity_pools,
    identity_providers,
    limits,
    managed_login,
    mfa,
    passkeys,
    point_in_time_recovery,
    profile,
    recovery,
    replicas,
    resource_servers,
    sessions,
    sign_in,
    sign_up,
    tagging,
    threat_protection,
    user_imports,
    user_pools,
)
from ._aws.identity import Credentials, CredentialsProvider
from ._aws.pages import Pages
from ._core.checks import NOT_GIVEN, NotGiven
from ._core.clock import Clock
from ._core.errors import ConfigurationError
from ._core.operation import USER_POOLS, InputT, Meta, Operation, OutputT
from ._core.public_modules import lazy_attributes
from ._crypto.secret_hash import secret_hash
from ._crypto.srp import PasswordClaim, SrpClient
from ._crypto.totp import totp_code
from ._facade.calls import PoolCalls
from ._facade.pool import UserPool

if TYPE_CHECKING:
    from ._http.pooled_transport import PooledTransport
else:
    # Imported on first access, because it is the only name in this module that needs httpx.
    __getattr__ = lazy_attributes(globals(), {"PooledTransport": "._http.pooled_transport"})


__all__ = [
    "Clock",
    "Credentials",
    "CredentialsProvider",
    "Meta",
    "Operation",
    "Pages",
    "PasswordClaim",
    "PooledTransport",
    "SrpClient",
    "admin_devices",
    "admin_mfa",
    "admin_sign_in",
    "admin_users",
    "app_clients",
    "cimd_policies",
    "derived_tokens",
    "developer_identities",
    "devices",
    "groups",
    "identities",
    "identity_pools",
    "identity_providers",
    "invoke",
    "limits",
    "managed_login",
    "mfa",
    "passkeys",
    "point_in_time_recovery",
    "profile",
    "recovery",
    "replicas",
    "resource_servers",
    "secret_hash",
    "sessions",
    "sign_in",
    "sign_up",
    "tagging",
    "threat_protection",
    "totp_code",
    "user_imports",
    "user_pools",
]


async def invoke(
    pool: UserPool,
    operation: Operation[InputT, OutputT],
    request: InputT,
    *,
    timeout: float | None | NotGiven = NOT_GIVEN,
) -> OutputT:
    """Call an operation for which `UserPool` has no method, with the pool's connections, retries, signing and errors.

    Args:
        pool: the pool that makes the call.
        operation: an operation of one of the modules, such as `lowlevel.admin_users.ADMIN_GET_USER`.
        request: an instance of its input model, such as `lowlevel.admin_users.AdminGetUserRequest`.
        timeout: seconds that the call may take, retries included; by default the pool's `timeout`.

    Raises:
        ConfigurationError: if an argument has the wrong type.
        CredentialsError: if the operation must be signed and no credentials are available.
        TransportError, ServiceError: if the call fails.
    """
    if not isinstance(pool, UserPool):
        raise ConfigurationError("invoke needs a UserPool; for an Auth, pass auth.pool")
    if isinstance(operation, Operation) and operation.service is not USER_POOLS:
        raise ConfigurationError("invoke needs a user pool's operation; for identity pools, use CognitoIdentity(…).api")
    if not isinstance(operation, Operation) or not isinstance(request, operation.input):
        raise ConfigurationError("invoke needs an Operation and an instance of its input model")
    # Not `pool.invoke`, because a subclass may use that name for another method.
    return await PoolCalls.invoke(pool, operation, request, timeout=timeout)


def __dir__() -> list[str]:
    return sorted(__all__)
