from __future__ import annotations

import pytest

from cognito_async.local import LocalUserPool, Message

pytestmark = [pytest.mark.anyio, pytest.mark.table]


async def test_outbox_holds_only_the_newest_messages() -> None:
    local = LocalUserPool()
    old = Message("a@example.com", "EMAIL", "email", "1", "a", "sign_up")
    local.outbox.extend([old] * 5_000)
    await local.user_pool().sign_up("alice", "Passw0rd!", attributes={"email": "alice@example.com"})
    assert len(local.outbox) == 1_000
    assert local.outbox[-1].username == "alice"
