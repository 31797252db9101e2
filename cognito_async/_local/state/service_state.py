"""The state of a local service, and the look-up of an operation's pool and app client."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timezone

from ..._core.clock import Clock
from ..._core.concurrency.step_lock import StepLock
from ..kms.keys import KmsKeys
from ..settings.client import AppClientSettings
from ..settings.pool import PoolSettings
from ..wire.refusals import Refusal
from .entities import Message
from .opaque_tokens import OpaqueTokens
from .pending_sign_ins import PendingSignIn
from .pools import Pool

_MOST_MESSAGES = 1000


class ServiceState:
    """The pools of one service, the messages that they sent, and the pending sign-ins.

    `secret_keys` maps the access key ids that may call signed operations to their secret keys.
    """

    def __init__(self, clock: Clock, secret_keys: Mapping[str, str]) -> None:
        self.clock = clock
        self.secret_keys = dict(secret_keys)
        self.pools: dict[str, Pool] = {}
        self.regions: set[str] = set()  # those in which there are or were pools
        # Pools that calls create have the `issuer_endpoint` and the `fixed_code` of these settings.
        self.template = PoolSettings()
        self.outbox: list[Message] = []
        self.kms_keys = KmsKeys()
        self.opaque_tokens = OpaqueTokens()
        self.pending_sign_ins: OrderedDict[str, PendingSignIn] = OrderedDict()  # the oldest first
        self.steps = StepLock()
        self._fake_key = secrets.token_bytes(32)

    def add(self, pool: Pool) -> None:
        self.pools[pool.settings.id] = pool
        self.regions.add(pool.settings.region)
        if pool.settings.kms_key_arn is not None:
            self.kms_keys.of(pool.settings.kms_key_arn)

    def post(self, message: Message) -> None:
        """Add a message to the outbox. It holds only the newest 1,000, because a service may run for a long time."""
        self.outbox.append(message)
        del self.outbox[:-_MOST_MESSAGES]

    def now(self) -> datetime:
        return self.clock.now().astimezone(timezone.utc)

    def pool(self, pool_id: str) -> Pool:
        if pool_id not in self.pools:
            raise Refusal("ResourceNotFoundException", f"User pool {pool_id} does not exist.")
        return self.pools[pool_id]

    def client(self, client_id: str, pool_id: str | None = None) -> tuple[Pool, AppClientSettings]:
        """Return an app client and its pool. If the call names a pool, search only that one."""
        for pool in self.pools.values() if pool_id is None else [self.pool(pool_id)]:
            if client_id in pool.clients:
                return pool, pool.clients[client_id]
        raise Refusal("ResourceNotFoundException", f"User pool client {client_id} does not exist.")

    def fake_bytes(self, pool: Pool, name: str, what: str) -> bytes:
        """Return fake bytes for an unknown user: always the same for a name and `what`, but secret from clients."""
        seed = f"{what}\0{pool.settings.id}\0{pool.key(name)}"
        return hmac.new(self._fake_key, seed.encode(), hashlib.sha256).digest()
