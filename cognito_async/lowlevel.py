"""Sharp tools, for programs that speak the protocol themselves. Prefer `UserPool` and `Auth`.

Nothing here guards you: an `SrpClient` used twice, or a request repeated at the wrong moment, is your doing.
The modules `admin_users`, `devices`, `mfa`, `profile`, `recovery`, `sign_in` and `sign_up` hold the service's
operations and their models, under the service's names, for `invoke`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._credentials import Credentials, CredentialsProvider
from ._crypto.secret_hash import secret_hash
from ._crypto.srp import PasswordClaim, SrpClient
from ._crypto.totp import totp_code
from ._facade.checks import NOT_GIVEN, NotGiven
from ._facade.user_pool import UserPool
from ._generated import admin_users, devices, mfa, profile, recovery, sign_in, sign_up
from ._ground.clock import Clock
from ._ground.doors import later
from ._ground.errors import ConfigurationError
from ._ground.operation import InputT, Operation, OutputT

if TYPE_CHECKING:
    from ._transport.over_httpx import PooledTransport
else:
    # Only here httpx is needed at once.
    __getattr__ = later(globals(), {"PooledTransport": "._transport.over_httpx"})


__all__ = [
    "Clock",
    "Credentials",
    "CredentialsProvider",
    "Operation",
    "PasswordClaim",
    "PooledTransport",
    "SrpClient",
    "admin_users",
    "devices",
    "invoke",
    "mfa",
    "profile",
    "recovery",
    "secret_hash",
    "sign_in",
    "sign_up",
    "totp_code",
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
    if not isinstance(operation, Operation) or not isinstance(request, operation.input):
        raise ConfigurationError("invoke takes an operation's row and its own input model")
    return await pool._engine.invoke(operation, request, pool._engine.deadline(timeout))
