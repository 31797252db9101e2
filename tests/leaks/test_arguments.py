"""Refused arguments and states must not show in errors, logs and values."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

import cognito_async
from cognito_async import (
    MemoryStore,
    Tokens,
    errors,
)
from tests.leaks.markers import (
    ENCODED_DATA,
    KEY,
    METADATA,
    PASSWORD,
    REFRESH_TOKEN,
    SESSION,
    SURROGATE,
    TOKENS,
    tokens_of,
)
from tests.leaks.watch import Watch
from tests.support import serving

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("auth", [False, True], ids=["UserPool", "Auth"])
@pytest.mark.parametrize("call", ["sign_up", "sign_in"])
async def test_password_with_a_lone_surrogate_is_not_shown(watch: Watch, call: str, auth: bool) -> None:
    pool, recorder = serving(iter(()))
    with pytest.raises(errors.ConfigurationError, match="lone surrogate") as caught:
        await getattr(pool.auth() if auth else pool, call)("alice", SURROGATE)
    watch.see_error(call, caught.value)
    assert not recorder.calls


@pytest.mark.parametrize(
    ("argument", "use"),
    [
        ("a damaged state", lambda pool: pool.user_from_state(f"ca1.e.{SESSION}", KEY)),
        ("a short key", lambda pool: pool.user_from_tokens(TOKENS).to_state(KEY[:20])),
        ("an invalid token", lambda pool: pool.user_from_access_token(PASSWORD)),
        ("invalid tokens", lambda pool: Tokens(SURROGATE)),
        ("an invalid secret", lambda pool: cognito_async.UserPool("eu-central-1_X", "c", client_secret=SURROGATE)),
    ],
)
def test_refused_arguments_are_not_shown(watch: Watch, argument: str, use: Callable[[Any], Any]) -> None:
    pool, _ = serving(iter(()))
    with pytest.raises(errors.ConfigurationError) as caught:
        use(pool)
    watch.secrets |= {SESSION} | tokens_of(TOKENS)
    watch.see_error(argument, caught.value)


@pytest.mark.parametrize(
    "members",
    [
        {"session": SESSION[:19]},
        {"session": SESSION, "auth_parameters": {"PASSWORD": 5, "REFRESH_TOKEN": REFRESH_TOKEN}},
        {"session": SESSION, "user_context_data": {"encoded_data": {"of": ENCODED_DATA}}},
        {"session": SESSION, "timeout": -1, "extra_headers": {"authorization": PASSWORD}},
        {"session": SESSION, "extra_headers": {"x-key": f"{PASSWORD}\n"}, "client_metadata": {"k": METADATA}},
    ],
)
@pytest.mark.table
async def test_refused_requests_are_not_shown(watch: Watch, members: dict[str, Any]) -> None:
    pool, recorder = serving(iter(()))
    watch.secrets |= {SESSION, REFRESH_TOKEN}
    with pytest.raises(errors.ConfigurationError) as caught:
        await pool.api.initiate_auth(auth_flow="USER_AUTH", **members)
    watch.see_error("a request", caught.value)
    watch.see("the pool", pool)
    assert not recorder.calls


async def test_only_the_state_without_a_key_contains_tokens(watch: Watch) -> None:
    pool, _ = serving(iter(()))
    user = pool.user_from_tokens(TOKENS)
    watch.secrets |= tokens_of(TOKENS)
    inside = base64.urlsafe_b64decode(user.to_state().rpartition(".")[2]).decode()
    assert REFRESH_TOKEN in inside
    watch.see("the encrypted state", user.to_state(KEY))
    store = MemoryStore()
    await store.save("key", user.to_state())
    watch.see("the store", repr(store))
