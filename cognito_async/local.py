"""A user pool in memory, for tests, demonstrations and clients in other languages. It checks calls as Cognito does.

async with LocalUserPool() as local:
    pool = local.user_pool()
    await pool.sign_up("alice", "Passw0rd!", attributes={"email": "alice@example.com"})
    await pool.confirm_sign_up("alice", local.outbox[-1].code)
    result = await pool.sign_in("alice", "Passw0rd!")
    local.clock.advance(3600)  # the tokens have expired
"""

from __future__ import annotations

from ._local.asgi import LocalApp
from ._local.clock import MovableClock
from ._local.faults import Faults
from ._local.httpx_adapter import LocalTransport
from ._local.service import LocalService
from ._local.settings.client import AppClientSettings
from ._local.settings.functions import Trigger
from ._local.settings.oauth import OAuthSettings
from ._local.settings.passwords import PasswordPolicy
from ._local.settings.pool import PoolSettings
from ._local.settings.schema import CustomAttribute, StandardAttribute
from ._local.settings.triggers import Triggers
from ._local.state.entities import Message, User
from ._local.state.signing_keys import SigningKeys
from ._testing.local_user_pool import LocalUserPool
from ._testing.pool_server import PoolServer
from ._testing.pool_users import PoolUser
from ._testing.token_signer import TokenSigner

__all__ = [
    "AppClientSettings",
    "CustomAttribute",
    "Faults",
    "LocalApp",
    "LocalService",
    "LocalTransport",
    "LocalUserPool",
    "Message",
    "MovableClock",
    "OAuthSettings",
    "PasswordPolicy",
    "PoolServer",
    "PoolSettings",
    "PoolUser",
    "SigningKeys",
    "StandardAttribute",
    "TokenSigner",
    "Trigger",
    "Triggers",
    "User",
]


def __dir__() -> list[str]:
    return sorted(__all__)
