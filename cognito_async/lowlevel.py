"""Sharp tools, for programs that speak the protocol themselves. Prefer `UserPool` and `Auth`.

Nothing here guards you: an `SrpClient` used twice, or a request repeated at the wrong moment, is your doing.
The modules, such as `groups` and `sign_in`, hold all of the service's operations and their models under the service's
names, in families, for `invoke` and for the types of `pool.api`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._aws._generated import (
    admin_devices,
    admin_mfa,
    admin_sign_in,
    admin_users,
    app_clients,
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
    # Only here httpx is needed at once.
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
    """Make one call that the facade lacks, with the pool's connections, retries, signing and errors.

    Args:
        operation: a row of a family of operations, such as `lowlevel.admin_users.ADMIN_GET_USER`.
        request: its input model, such as `lowlevel.admin_users.AdminGetUserRequest`.
        timeout: seconds, all attempts included.

    Raises:
        ConfigurationError: when an argument has another type.
        CredentialsError: when the operation must be signed and there are no credentials.
        TransportError, ServiceError: as any call.
    """
    if not isinstance(pool, UserPool):
        raise ConfigurationError("invoke takes a UserPool; an Auth has one as auth.pool")
    if isinstance(operation, Operation) and operation.service is not USER_POOLS:
        raise ConfigurationError("invoke is for user pools; for identity pools there is CognitoIdentity(…).api")
    if not isinstance(operation, Operation) or not isinstance(request, operation.input):
        raise ConfigurationError("invoke takes an operation's row and its own input model")
    # Not `pool.invoke`, which a subclass may have for something else.
    return await PoolCalls.invoke(pool, operation, request, timeout=timeout)
