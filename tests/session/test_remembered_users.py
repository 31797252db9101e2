"""Several users signed in on one device: they are stored and listed, can be switched, and sign out separately."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cognito_async import Auth, AuthEvent, CognitoUser, MemoryStore, errors
from cognito_async._stores.store import record_key
from tests.support import BINDING, Answer, Recorder, serving, tokens_reply

pytestmark = pytest.mark.anyio


def device() -> tuple[Auth, MemoryStore, Recorder]:
    def answer(operation: str, body: dict[str, Any]) -> Answer:
        if operation == "InitiateAuth":
            name = body["AuthParameters"]["USERNAME"]
            return tokens_reply(refresh_token=f"refresh-{name}", username=name)
        return {}

    pool, recorder = serving(answer)
    store = MemoryStore()
    return pool.auth(store=store), store, recorder


async def sign_in(auth: Auth, name: str) -> CognitoUser:
    return (await auth.sign_in(name, "p", flow="USER_PASSWORD_AUTH")).user


async def names(auth: Auth) -> list[str]:
    return [user.username for user in await auth.users()]


async def test_latest_sign_in_becomes_the_current_user() -> None:
    auth, _, _ = device()
    assert await names(auth) == []
    alice = await sign_in(auth, "alice")
    bob = await sign_in(auth, "bob")
    assert await names(auth) == ["bob", "alice"]
    assert await auth.current_user() is bob
    assert await auth.users() == [bob, alice], "`users` must return the live objects"
    await sign_in(auth, "alice")
    assert await names(auth) == ["alice", "bob"]


async def test_switching_users_needs_no_request() -> None:
    auth, _, recorder = device()
    alice = await sign_in(auth, "alice")
    await sign_in(auth, "bob")
    calls = len(recorder.calls)
    events: list[AuthEvent] = []
    auth.on_event(events.append)
    assert await auth.switch_user("alice") is alice
    assert await auth.current_user() is alice and await names(auth) == ["alice", "bob"]
    with pytest.raises(errors.NotSignedIn, match="no user with this name"):
        await auth.switch_user("carol")
    with pytest.raises(errors.ConfigurationError):
        await auth.switch_user("")
    assert await auth.current_user() is alice
    assert len(recorder.calls) == calls
    assert [(event.name, event.failed) for event in events] == [("switch_user", False), ("switch_user", True)]


async def test_users_are_restored_from_the_store() -> None:
    auth, store, _ = device()
    for name in ("alice", "bob", "carol"):
        await sign_in(auth, name)
    await auth.switch_user("bob")
    again = auth.pool.auth(store=store)
    assert await names(again) == ["bob", "carol", "alice"]
    assert (await again.current_user()).username == "bob"
    carol = await again.switch_user("carol")
    assert carol.tokens.refresh_token == "refresh-carol"
    third = auth.pool.auth(store=store)
    assert (await third.current_user()).username == "carol"
    assert {user.username for user in await third.users()} == {"alice", "bob", "carol"}
    assert await third.current_user() is (await third.users())[0]


async def test_sign_out_removes_one_user() -> None:
    auth, store, recorder = device()
    alice = await sign_in(auth, "alice")
    await sign_in(auth, "bob")
    await auth.sign_out()
    assert recorder.calls[-1] == ("RevokeToken", {"Token": "refresh-bob", "ClientId": auth.pool.client_id})
    with pytest.raises(errors.NoCurrentUser):
        await auth.current_user()
    assert (await auth.sign_out()).remote == "none"
    assert await names(auth) == ["alice"] and alice.signed_in
    with pytest.raises(errors.NotSignedIn):
        await auth.switch_user("bob")
    assert await auth.switch_user("alice") is alice
    await alice.sign_out()
    assert await names(auth) == [] and await store.load(record_key("users", BINDING)) is None


async def test_sign_out_of_another_user_keeps_the_current_one() -> None:
    auth, _, _ = device()
    alice = await sign_in(auth, "alice")
    bob = await sign_in(auth, "bob")
    await alice.sign_out()
    assert await auth.current_user() is bob and await names(auth) == ["bob"]


async def test_user_without_a_session_is_not_listed() -> None:
    auth, store, _ = device()
    await sign_in(auth, "alice")
    await sign_in(auth, "bob")
    await store.delete(record_key("session", BINDING, "alice"))
    again = auth.pool.auth(store=store)
    assert await names(again) == ["bob"]


@pytest.mark.parametrize("text", ["nonsense", json.dumps({"users": ["nonsense"] * 50_000})])
async def test_damaged_user_list_is_reported(text: str) -> None:
    auth, store, _ = device()
    await store.save(record_key("users", BINDING), text)
    for call in (auth.current_user, auth.users):
        with pytest.raises(errors.ConfigurationError, match="list of users is damaged") as caught:
            await call()
        assert "nonsense" not in caught.value.message


async def test_current_session_belongs_to_the_current_user() -> None:
    auth, _, _ = device()
    with pytest.raises(errors.NoCurrentUser):
        await auth.current_session()
    alice = await sign_in(auth, "alice")
    bob = await sign_in(auth, "bob")
    assert await auth.current_session() is bob.tokens
    await auth.switch_user("alice")
    assert await auth.current_session() is alice.tokens
