"""The devices of a signed-in user: listed, remembered, forgotten, and what of them is kept here."""

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


def shown(key: str, **attributes: str) -> dict[str, Any]:
    listed = [{"Name": name, "Value": value} for name, value in attributes.items()]
    return {"DeviceKey": key, "DeviceAttributes": listed, "DeviceCreateDate": 1_000_000_000.5}


def device_secret(key: str = DEVICE_KEY) -> DeviceSecret:
    return DeviceSecret(BINDING, "alice", key, "-grpKey", "password")


async def on_a_device(
    *answers: Any, key: str = DEVICE_KEY, store: MemoryStore | None = None
) -> tuple[CognitoUser, Recorder, MemoryStore]:
    """The current user of an `Auth` that is this device, and what its store keeps."""
    pool, recorder = scripted(*answers)
    store = store or MemoryStore()
    user = pool.user_from_tokens(Tokens(jwt(username="alice", exp=4_000_000_000, device_key=key), None, "refresh"))
    await adopt(pool.auth(store=store), user, device_secret(key))
    return user, recorder, store


async def test_all_pages_are_one_list() -> None:
    user, recorder = user_of(
        {"Devices": [shown(DEVICE_KEY, device_name="my phone", last_ip_used="203.0.113.7")], "PaginationToken": "two"},
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
async def test_pages_that_repeat_have_no_end(tokens: list[str]) -> None:
    pages = [{"PaginationToken": token} for token in [*tokens, tokens[0]]]
    user, recorder = user_of(*pages)
    with pytest.raises(errors.InvalidReply, match="no end"):
        await user.devices()
    assert len(recorder.calls) == len(pages)


async def test_pages_that_never_end_are_not_read_for_ever() -> None:
    pool, recorder = serving(lambda operation, body: {"PaginationToken": body.get("PaginationToken", "") + "+"})
    with pytest.raises(errors.InvalidReply, match="no end"):
        await pool.user_from_tokens(Tokens(ACCESS_TOKEN)).devices()
    assert len(recorder.calls) == 1000


async def test_one_device_is_shown_this_one_or_another() -> None:
    user, recorder, _ = await on_a_device({"Device": shown(DEVICE_KEY)}, {"Device": shown(OTHER_KEY)}, {})
    assert (await user.device()).key == DEVICE_KEY
    assert (await user.device(OTHER_KEY)).key == OTHER_KEY
    assert [body["DeviceKey"] for _, body in recorder.calls] == [DEVICE_KEY, OTHER_KEY]
    with pytest.raises(errors.InvalidReply, match="no Device"):
        await user.device()


async def test_a_device_is_remembered_or_not_any_more() -> None:
    user, recorder, _ = await on_a_device({}, {}, {})
    await user.remember_device()
    await user.remember_device(remembered=False)
    await user.remember_device(OTHER_KEY)
    assert [(body["DeviceKey"], body["DeviceRememberedStatus"]) for _, body in recorder.calls] == [
        (DEVICE_KEY, "remembered"),
        (DEVICE_KEY, "not_remembered"),
        (OTHER_KEY, "remembered"),
    ]


async def test_forgetting_this_device_takes_its_secret_from_here_too() -> None:
    user, recorder, store = await on_a_device({})
    await user.forget_device()
    assert recorder.operations == ["ForgetDevice"]
    assert user.device_secret is None and await store.load(RECORD) is None
    assert user.signed_in


async def test_a_device_that_the_pool_has_forgotten_already_is_forgotten_here_too() -> None:
    user, _, store = await on_a_device(refusal("ResourceNotFoundException", "Device does not exist."))
    with pytest.raises(errors.ResourceNotFoundException):
        await user.forget_device()
    assert user.device_secret is None and await store.load(RECORD) is None


async def test_a_refusal_leaves_the_device_as_it_was() -> None:
    user, _, store = await on_a_device(refusal("NotAuthorizedException", "Access Token has been revoked"))
    with pytest.raises(errors.NotAuthorizedException):
        await user.forget_device()
    assert user.device_secret is not None and await store.load(RECORD) is not None


async def test_forgetting_another_device_leaves_this_one() -> None:
    user, _, store = await on_a_device({})
    await user.forget_device(OTHER_KEY)
    assert user.device_secret is not None and await store.load(RECORD) is not None


async def test_a_newer_device_in_the_store_is_not_forgotten_with_an_older_one() -> None:
    user, _, store = await on_a_device({})
    await on_a_device(key=OTHER_KEY, store=store)
    await user.forget_device()
    kept = await store.load(RECORD)
    assert user.device_secret is None and kept is not None
    assert DeviceSecret.from_state(kept.text, BINDING).key == OTHER_KEY


async def test_a_user_without_a_store_forgets_too() -> None:
    user, _ = user_of({})
    user._connected().device = device_secret()
    await user.forget_device()
    assert user.device_secret is None


async def test_a_store_that_fails_is_told_after_the_service_has_forgotten() -> None:
    class Stubborn(MemoryStore):
        async def delete(self, key: str) -> None:
            raise OSError("read only")

    user, recorder, _ = await on_a_device({}, store=Stubborn())
    with pytest.raises(OSError, match="read only"):
        await user.forget_device()
    assert recorder.operations == ["ForgetDevice"] and user.device_secret is None


Using = Callable[[Any], Awaitable[Any]]
OF_THIS: list[Using] = [
    lambda user: user.device(),
    lambda user: user.remember_device(),
    lambda user: user.forget_device(),
]


@pytest.mark.parametrize("use", OF_THIS)
async def test_who_is_on_no_device_must_name_one(use: Using) -> None:
    user, recorder = user_of()
    with pytest.raises(errors.ConfigurationError, match="has no device"):
        await use(user)
    assert not recorder.calls


WRONG: list[tuple[Using, str]] = [
    (lambda user: user.device(""), "key"),
    (lambda user: user.remember_device(7), "key"),
    (lambda user: user.remember_device(DEVICE_KEY, remembered="no"), "remembered must be a bool"),
    (lambda user: user.forget_device(b"key"), "key"),
]


@pytest.mark.parametrize(("use", "text"), WRONG)
async def test_what_cannot_be_right_is_refused_before_anything_is_sent(use: Using, text: str) -> None:
    user, recorder = user_of()
    with pytest.raises(errors.ConfigurationError, match=text):
        await use(user)
    assert not recorder.calls


async def test_devices_at_the_local_pool() -> None:
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
