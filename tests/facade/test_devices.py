"""The devices of a signed-in user: listing, remembering and forgetting them, and their local secrets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from cognito_async import CognitoUser, DeviceSecret, MemoryStore, Tokens, errors
from cognito_async._stores.store import record_key
from cognito_async.local import LocalUserPool, PoolSettings
from tests.support import (
    ACCESS_TOKEN,
    BINDING,
    DEVICE_KEY,
    Recorder,
    adopt,
    jwt,
    make_user,
    refusal,
    scripted,
    serving,
    user_of,
)

pytestmark = pytest.mark.anyio

PASSWORD = "Passw0rd!"
OTHER_KEY = "eu-central-1_99999999-2222-3333-4444-555555555555"
RECORD = record_key("device", BINDING, "alice")


def device_reply(key: str, **attributes: str) -> dict[str, Any]:
    listed = [{"Name": name, "Value": value} for name, value in attributes.items()]
    return {"DeviceKey": key, "DeviceAttributes": listed, "DeviceCreateDate": 1_000_000_000.5}


def device_secret(key: str = DEVICE_KEY) -> DeviceSecret:
    return DeviceSecret(BINDING, "alice", key, "-grpKey", "password")


async def make_user_with_device(
    *answers: Any, key: str = DEVICE_KEY, store: MemoryStore | None = None
) -> tuple[CognitoUser, Recorder, MemoryStore]:
    """Return the current user of an `Auth` that has a device, the recorder, and the store."""
    pool, recorder = scripted(*answers)
    store = store or MemoryStore()
    user = pool.user_from_tokens(Tokens(jwt(username="alice", exp=4_000_000_000, device_key=key), None, "refresh"))
    await adopt(pool.auth(store=store), user, device_secret(key))
    return user, recorder, store


async def test_devices_of_all_pages_are_one_list() -> None:
    user, recorder = user_of(
        {
            "Devices": [device_reply(DEVICE_KEY, device_name="my phone", last_ip_used="203.0.113.7")],
            "PaginationToken": "two",
        },
        {"PaginationToken": "three"},
        {"Devices": [{}]},
    )
    first, bare = await user.devices()
    assert (first.key, first.name, first.last_ip) == (DEVICE_KEY, "my phone", "203.0.113.7")
    assert first.attributes == {"device_name": "my phone", "last_ip_used": "203.0.113.7"}
    assert first.created == datetime(2001, 9, 9, 1, 46, 40, 500_000, timezone.utc) and first.modified is None
    assert (bare.key, bare.name, bare.attributes) == ("", None, {})
    token = {"AccessToken": ACCESS_TOKEN, "Limit": 60}
    assert recorder.calls == [
        ("ListDevices", token),
        ("ListDevices", {**token, "PaginationToken": "two"}),
        ("ListDevices", {**token, "PaginationToken": "three"}),
    ]


@pytest.mark.parametrize("tokens", [["again"], ["one", "two", "three"]])
async def test_repeated_page_token_is_an_error(tokens: list[str]) -> None:
    pages = [{"PaginationToken": token} for token in [*tokens, tokens[0]]]
    user, recorder = user_of(*pages)
    with pytest.raises(errors.InvalidReply, match="no end"):
        await user.devices()
    assert len(recorder.calls) == len(pages)


async def test_listing_of_devices_stops_after_1000_pages() -> None:
    pool, recorder = serving(lambda operation, body: {"PaginationToken": body.get("PaginationToken", "") + "+"})
    with pytest.raises(errors.InvalidReply, match="no end"):
        await pool.user_from_tokens(Tokens(ACCESS_TOKEN)).devices()
    assert len(recorder.calls) == 1000


async def test_device_returns_this_or_another_device() -> None:
    user, recorder, _ = await make_user_with_device(
        {"Device": device_reply(DEVICE_KEY)}, {"Device": device_reply(OTHER_KEY)}, {}
    )
    assert (await user.device()).key == DEVICE_KEY
    assert (await user.device(OTHER_KEY)).key == OTHER_KEY
    assert [body["DeviceKey"] for _, body in recorder.calls] == [DEVICE_KEY, OTHER_KEY]
    with pytest.raises(errors.InvalidReply, match="no Device"):
        await user.device()


async def test_device_can_be_remembered_and_not_remembered() -> None:
    user, recorder, _ = await make_user_with_device({}, {}, {})
    await user.remember_device()
    await user.remember_device(remembered=False)
    await user.remember_device(OTHER_KEY)
    assert [(body["DeviceKey"], body["DeviceRememberedStatus"]) for _, body in recorder.calls] == [
        (DEVICE_KEY, "remembered"),
        (DEVICE_KEY, "not_remembered"),
        (OTHER_KEY, "remembered"),
    ]


async def test_forgetting_this_device_deletes_its_local_secret() -> None:
    user, recorder, store = await make_user_with_device({})
    await user.forget_device()
    assert recorder.operations == ["ForgetDevice"]
    assert user.device_secret is None and await store.load(RECORD) is None
    assert user.signed_in


async def test_device_unknown_to_the_service_is_forgotten_locally() -> None:
    user, _, store = await make_user_with_device(refusal("ResourceNotFoundException", "Device does not exist."))
    with pytest.raises(errors.ResourceNotFoundException):
        await user.forget_device()
    assert user.device_secret is None and await store.load(RECORD) is None


async def test_refused_forget_leaves_the_device() -> None:
    user, _, store = await make_user_with_device(refusal("NotAuthorizedException", "Access Token has been revoked"))
    with pytest.raises(errors.NotAuthorizedException):
        await user.forget_device()
    assert user.device_secret is not None and await store.load(RECORD) is not None


async def test_forgetting_another_device_leaves_this_one() -> None:
    user, _, store = await make_user_with_device({})
    await user.forget_device(OTHER_KEY)
    assert user.device_secret is not None and await store.load(RECORD) is not None


async def test_newer_device_in_the_store_is_not_forgotten() -> None:
    user, _, store = await make_user_with_device({})
    await make_user_with_device(key=OTHER_KEY, store=store)
    await user.forget_device()
    stored = await store.load(RECORD)
    assert user.device_secret is None and stored is not None
    assert DeviceSecret.from_state(stored.text, BINDING).key == OTHER_KEY


async def test_user_without_a_store_forgets_its_device() -> None:
    user, _ = user_of({})
    user._connected().device = device_secret()
    await user.forget_device()
    assert user.device_secret is None


async def test_store_error_is_raised_after_forgetting_at_the_service() -> None:
    class ReadOnlyStore(MemoryStore):
        async def delete(self, key: str) -> None:
            raise OSError("read only")

    user, recorder, _ = await make_user_with_device({}, store=ReadOnlyStore())
    with pytest.raises(OSError, match="read only"):
        await user.forget_device()
    assert recorder.operations == ["ForgetDevice"] and user.device_secret is None


Call = Callable[[Any], Awaitable[Any]]
CALLS_WITHOUT_KEY: list[Call] = [
    lambda user: user.device(),
    lambda user: user.remember_device(),
    lambda user: user.forget_device(),
]


@pytest.mark.parametrize("call", CALLS_WITHOUT_KEY)
async def test_session_without_a_device_requires_a_device_key(call: Call) -> None:
    user, recorder = user_of()
    with pytest.raises(errors.ConfigurationError, match="has no device"):
        await call(user)
    assert not recorder.calls


INVALID: list[tuple[Call, str]] = [
    (lambda user: user.device(""), "key"),
    (lambda user: user.remember_device(7), "key"),
    (lambda user: user.remember_device(DEVICE_KEY, remembered="no"), "remembered must be a bool"),
    (lambda user: user.forget_device(b"key"), "key"),
]


@pytest.mark.parametrize(("call", "words"), INVALID)
async def test_invalid_arguments_are_refused_before_sending(call: Call, words: str) -> None:
    user, recorder = user_of()
    with pytest.raises(errors.ConfigurationError, match=words):
        await call(user)
    assert not recorder.calls


async def test_device_calls_work_at_the_local_pool() -> None:
    local = LocalUserPool(PoolSettings(device_tracking="OPT_IN"))
    await make_user(local)
    auth = local.auth()
    user = (await auth.sign_in("alice", PASSWORD)).user
    assert user.device_secret is not None and user.device_secret.user_confirmation_necessary
    this = await user.device()
    assert this.key == user.device_secret.key and this.name == "cognito_async"
    assert [each.key for each in await user.devices()] == [this.key]
    await user.remember_device()
    elsewhere = (await local.user_pool().sign_in("alice", PASSWORD)).user
    assert len(await user.devices()) == 2
    await elsewhere.forget_device(this.key)
    with pytest.raises(errors.ResourceNotFoundException):
        await user.device()
    again = (await auth.sign_in("alice", PASSWORD)).user
    assert again.device_secret is not None and again.device_secret.key != this.key
