"""Different records and locks never share a key, however their parts are chosen."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any, cast

import anyio
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cognito_async._stores.store import RecordKind, record_key
from cognito_async.integrations.redis import RedisStore
from tests.sizes import examples
from tests.stores.fake_redis import FakeRedis

# Pieces of real keys and of the escapes, so that the end of one part often looks like the start of the next.
PIECES = (
    ":",
    "record",
    "lock",
    "record:",
    "lock:",
    "app",
    "~",
    "~~",
    "~.",
    ".",
    "/",
    "%3A",
    "\ud800",
    "\u00e4",
    "A",
    "a",
)
pieces = st.lists(st.sampled_from(PIECES), max_size=5).map("".join) | st.text(max_size=5)
KINDS: tuple[RecordKind, ...] = ("session", "device", "alias", "users")


@settings(max_examples=examples(200), deadline=None)
@given(stores=st.sets(st.tuples(pieces, pieces), min_size=2, max_size=8))
@example(stores={("app:", "record:a"), ("app:record:", "a"), ("app:lock:", "a"), ("app:", "lock:a")})
@example(stores={("a:", "~."), ("a:", ":"), ("a:", "~~."), ("a:", "~:"), ("a", ":"), ("", "a:")})
def test_redis_stores_with_different_prefixes_share_no_key(stores: set[tuple[str, str]]) -> None:
    fake = FakeRedis()

    async def use_all() -> None:
        async with AsyncExitStack() as held:
            for prefix, key in stores:
                store = RedisStore(cast("Any", fake), prefix=prefix)
                await store.save(key, "text", expected=0)
                await held.enter_async_context(store.lock(key))
            assert len({*fake.hashes, *fake.locks}) == 2 * len(stores)

    anyio.run(use_all)


@pytest.mark.parametrize("prefix", ["cognito_async:", "my:app:", "{tag}:", ""])
def test_redis_keys_of_earlier_versions_are_found(prefix: str) -> None:
    fake = FakeRedis()
    key = "session/eu-central-1_AbCdEfGhI/4example5client6id7890/alice@example.com"
    anyio.run(RedisStore(cast("Any", fake), prefix=prefix).save, key, "text")
    assert list(fake.hashes) == [f"{prefix}record:{key}".encode()]


names = st.lists(st.sampled_from(("/", "%2F", "session", "users", "eu_1", "a", "")), max_size=5).map("".join)
bindings = st.tuples(st.sampled_from(["eu-central-1_A", "session_A"]), st.sampled_from(["client", "session"]))
RecordParts = tuple[RecordKind, tuple[str, str], str, str | None]


@settings(max_examples=examples(500), deadline=None)
@given(parts=st.sets(st.tuples(st.sampled_from(KINDS), bindings, names, st.none() | names), min_size=2, max_size=20))
def test_records_of_different_users_and_namespaces_share_no_key(parts: set[RecordParts]) -> None:
    assert len({record_key(*each) for each in parts}) == len(parts)
