"""Versions that no store of this package writes: they are refused before any arithmetic."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from cognito_async import FileStore, errors
from cognito_async.integrations.redis import RedisStore

from .fake_redis import FakeRedis

pytestmark = pytest.mark.anyio

VERSIONS = ["9" * 19, "9" * 5000, "-1", "1.5", "inf", "nan", "", "1e3", "٣"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.table
async def test_odd_version_in_redis_is_foreign_data(version: str) -> None:
    fake = FakeRedis()
    store = RedisStore(cast("Any", fake))
    fake.hashes[b"cognito_async:record:a"] = {"version": version.encode(), "text": b"text"}
    with pytest.raises(errors.ConfigurationError, match="foreign data"):
        await store.load("a")


async def test_odd_version_that_redis_counts_up_is_foreign_data(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeRedis()
    monkeypatch.setattr(fake, "_save", lambda *arguments: b"inf")
    with pytest.raises(errors.ConfigurationError, match="foreign data"):
        await RedisStore(cast("Any", fake)).save("a", "text")


def write_file(path: Path, newest: str, version: str) -> None:
    content = '{"cognito_async": 1, "plain": {"newest": %s, "records": {"a": ["text", %s]}}}'
    path.write_text(content % (newest, version))
    path.chmod(0o600)


@pytest.mark.parametrize("version", [str(2**62 + 1), "9" * 400, "9" * 5000, "1e400", "NaN"])
@pytest.mark.parametrize("place", ["newest", "record"])
@pytest.mark.table
async def test_odd_version_in_a_file_is_damage(path: Path, version: str, place: str) -> None:
    write_file(path, *((version, "1") if place == "newest" else ("1", version)))
    store = FileStore(path)
    with pytest.raises(errors.ConfigurationError, match="damaged"):
        await store.load("a")
    with pytest.raises(errors.ConfigurationError, match="damaged"):
        await store.save("b", "text")


@pytest.mark.parametrize("option", ["lease", "timeout", "expires_after"])
@pytest.mark.parametrize("seconds", [0, -1, True, 10**400, float("inf"), float("nan"), "1"])
def test_odd_seconds_of_a_redis_store_are_refused(option: str, seconds: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match=option):
        RedisStore(cast("Any", FakeRedis()), **{option: seconds})
