"""The whole state of a local service, and the look-ups that every operation begins with."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Protocol, TypeVar, cast

from ..._core.clock import Clock
from ..wire.refusals import Refusal, invalid_parameter, not_authorized
from .entities import Message, PendingSignIn, Pool, User
from .limits import HourlyLimit, Lockout
from .opaque_tokens import OpaqueTokens
from .settings import AppClientSettings

_MOST_MESSAGES = 1000
_PRUNED_EVERY = 1000


class ServiceState:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.pools: dict[str, Pool] = {}
        self.outbox: list[Message] = []
        self.opaque_tokens = OpaqueTokens()
        self.pending_sign_ins: OrderedDict[str, PendingSignIn] = OrderedDict()  # the oldest first
        self._pretended_key = secrets.token_bytes(32)

    def post(self, message: Message) -> None:
        """Note a message that would be sent; the newest are kept, so that a pool served for long does not grow."""
        self.outbox.append(message)
        del self.outbox[:-_MOST_MESSAGES]

    def now(self) -> datetime:
        return self.clock.now().astimezone(timezone.utc)

    def pool(self, pool_id: str) -> Pool:
        if pool_id not in self.pools:
            raise Refusal("ResourceNotFoundException", f"User pool {pool_id} does not exist.")
        return self.pools[pool_id]

    def client(self, client_id: str, pool_id: str | None = None) -> tuple[Pool, AppClientSettings]:
        """An app client and its pool; of this one pool, where a call names it."""
        for pool in self.pools.values() if pool_id is None else [self.pool(pool_id)]:
            if client_id in pool.clients:
                return pool, pool.clients[client_id]
        raise Refusal("ResourceNotFoundException", f"User pool client {client_id} does not exist.")

    def pretended_bytes(self, pool: Pool, name: str, what: str) -> bytes:
        """Bytes that stand for somebody unknown: the same for the same name, and nobody can foresee them."""
        seed = f"{what}\0{pool.settings.id}\0{pool.key(name)}"
        return hmac.new(self._pretended_key, seed.encode(), hashlib.sha256).digest()

    def pretended_username(self, pool: Pool, name: str) -> str:
        """Under which somebody unknown is asked for a proof: in the form of a `sub`."""
        return str(uuid.UUID(bytes=self.pretended_bytes(pool, name, "id")[:16]))


def check_secret_hash(
    client: AppClientSettings, username: str, secret_hash: str | None, *, ignored_without_secret: bool = False
) -> None:
    if client.secret is None:
        if secret_hash and not ignored_without_secret:
            raise invalid_parameter(f"App client {client.id} is not configured for secret but secret hash was received")
        return
    if not secret_hash:
        raise not_authorized(f"Client {client.id} is configured with secret but SECRET_HASH was not received")
    digest = hmac.new(client.secret.encode(), (username + client.id).encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(base64.b64encode(digest), secret_hash.encode()):
        raise not_authorized(f"Unable to verify secret hash for client {client.id}")


def check_status(user: User) -> None:
    """The order matters: a disabled user learns of nothing else."""
    if not user.enabled:
        raise not_authorized("User is disabled.")
    if user.status == "UNCONFIRMED":
        raise Refusal("UserNotConfirmedException", "User is not confirmed.")


def check_reset(client: AppClientSettings, user: User) -> None:
    """For who has shown the password, or another first factor: it must be a new one."""
    if user.status != "RESET_REQUIRED":
        return
    if client.prevent_user_existence_errors == "ENABLED":
        raise not_authorized("Incorrect username or password.")
    raise Refusal("PasswordResetRequiredException", "Password reset required for the user")


def count_password_attempt(pool: Pool, name: str, proven: User | None, now: datetime) -> User:
    """Count a try of a password, `None` a wrong one."""
    _count(pool, "password", name, None if proven else not_authorized("Incorrect username or password."), now)
    return cast("User", proven)


def count_code_attempt(pool: Pool, name: str, wrong: Refusal | None, now: datetime) -> None:
    """Count a try of a second factor's code, apart from passwords: a right password must not start it anew."""
    _count(pool, "code", name, wrong, now)


def _count(pool: Pool, what: str, name: str, wrong: Refusal | None, now: datetime) -> None:
    """While a lockout lasts what is right is refused too."""
    key = what, pool.key(name)
    lockout = _entry(pool.lockouts, key, Lockout, now)
    if lockout.is_locked(now):
        raise not_authorized("Password attempts exceeded")
    if wrong is not None:
        lockout.failed(now)
        raise wrong
    del pool.lockouts[key]


def check_hourly_limit(pool: Pool, what: str, name: str, limit: int, now: datetime) -> None:
    """Count a try of this hour; somebody with several names has no more of them."""
    user = pool.find(name)
    key = what, pool.key(name if user is None else user.username)
    if not _entry(pool.hourly_limits, key, HourlyLimit, now).allow(now, limit):
        raise Refusal("LimitExceededException", "Attempt limit exceeded, please try after some time.")


class _Passing(Protocol):
    """What counts for a while only."""

    def is_over(self, now: datetime) -> bool: ...


_Key = TypeVar("_Key")
_Entry = TypeVar("_Entry", bound=_Passing)


def _entry(table: dict[_Key, _Entry], key: _Key, new: Callable[[], _Entry], now: datetime) -> _Entry:
    """The entry of somebody, made now if there is none."""
    if key not in table:
        remember(table, key, new(), now)
    return table[key]


def remember(table: dict[_Key, _Entry], key: _Key, entry: _Entry, now: datetime) -> None:
    """Add an entry; as the table grows, what counts no more is forgotten now and then."""
    if len(table) % _PRUNED_EVERY == _PRUNED_EVERY - 1:
        for old in [each for each, entry in table.items() if entry.is_over(now)]:
            del table[old]
    table[key] = entry
