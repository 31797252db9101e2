"""Record the events of tests/events from a local pool: `python record.py`. In AWS, decorate the functions instead."""

import asyncio
from pathlib import Path

from cognito_async.local import LocalUserPool, PoolSettings, Triggers
from cognito_async.triggers import EventRecorder

recorder = EventRecorder(Path(__file__).with_name("tests") / "events")


@recorder
def record(event: dict[str, object], context: object) -> dict[str, object]:
    return event


async def main() -> None:
    triggers = Triggers.from_lambda(pre_sign_up=record, post_confirmation=record)
    local = LocalUserPool(PoolSettings(triggers=triggers))
    pool = local.user_pool()
    await pool.sign_up("alice", "Passw0rd!", attributes={"email": "alice@example.com"})
    await pool.confirm_sign_up("alice", local.outbox[-1].code)


asyncio.run(main())
