"""The machine's clock, deadlines, and the field types of the generated models."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import anyio
import pytest
from pydantic import TypeAdapter, ValidationError

from cognito_async._core.clock import Clock, Deadline
from cognito_async._core.values import Blob, Timestamp

pytestmark = pytest.mark.anyio


async def test_machine_clock_is_aware_and_sleeps_asynchronously() -> None:
    clock = Clock()
    before, started = clock.monotonic(), time.monotonic()
    await clock.sleep(0)
    assert started - 1 < before <= clock.monotonic()
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 5
    with clock.move_on_after(0) as scope:
        await anyio.sleep_forever()
    assert scope.cancelled_caught


async def test_deadline_without_limit_never_ends() -> None:
    deadline = Deadline(Clock(), None)
    assert deadline.remaining() == float("inf")
    with deadline.scope() as scope:
        await anyio.lowlevel.checkpoint()
    assert not scope.cancelled_caught
    assert Deadline(Clock(), 0).remaining() == 0


def test_timestamps_are_seconds_in_json_and_need_a_time_zone() -> None:
    timestamp = TypeAdapter(Timestamp)
    read = timestamp.validate_python(1736293876.115)
    assert read == datetime(2025, 1, 7, 23, 51, 16, 115000, tzinfo=UTC)
    assert timestamp.dump_json(read) == b"1736293876.115"
    with pytest.raises(ValidationError):
        timestamp.validate_python(datetime(2026, 1, 1))  # noqa: DTZ001


def test_blobs_are_base64_in_json() -> None:
    blob = TypeAdapter(Blob)
    assert blob.validate_python("AAE=") == b"\x00\x01" == blob.validate_python(b"\x00\x01")
    assert blob.dump_json(b"\x00\x01") == b'"AAE="'
    with pytest.raises(ValidationError, match="not base64"):
        blob.validate_python("?")
