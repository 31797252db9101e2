"""The device records of an `Auth`: one for each user, aliases for other names, and no stale devices."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async import DeviceSecret, MemoryStore, challenges, errors
from cognito_async._stores.store import record_key
from cognito_async.local import LocalUserPool, PoolSettings
from tests.support import BINDING, DEVICE_KEY, Answer, Recorder, make_user, refusal, scripted, tokens_reply

pytestmark = pytest.mark.anyio

ALIAS = "alice@example.com"
PASSWORD = "Passw0rd!"
OTHER_KEY = "eu-central-1_99999999-2222-3333-4444-555555555555"
GONE = refusal("ResourceNotFoundException", "Device does not exist.")
SMS = {"ChallengeName": "SMS_MFA", "Session": "s" * 20, "ChallengeParameters": {"USERNAME": "alice"}}


def offering(key: str = DEVICE_KEY, **claims: Any) -> dict[str, Any]:
    reply = tokens_reply(**claims)
    reply["AuthenticationResult"]["NewDeviceMetadata"] = {"DeviceKey": key, "DeviceGroupKey": "-grpKey"}
    return reply


async def signing_in(store: MemoryStore, name: str, *answers: Answer) -> tuple[Any, list[str | None]]:
    """Sign in with USER_PASSWORD_AUTH; return the user, and the device key of each request."""
    pool, recorder = scripted(*answers)
    result = await pool.auth(store=store).sign_in(name, "p", flow="USER_PASSWORD_AUTH")
    return result.user, named(recorder)


def named(recorder: Recorder) -> list[str | None]:
    texts = [body.get("AuthParameters", body.get("ChallengeResponses")) for _, body in recorder.calls]
    return [each.get("DEVICE_KEY") for each in texts if each is not None]


async def stored_key(store: MemoryStore, username: str = "alice") -> str | None:
    record = await store.load(record_key("device", BINDING, username))
    return None if record is None else DeviceSecret.from_state(record.text, BINDING).key


def keys(store: MemoryStore, kind: str) -> list[str]:
    return sorted(key.rpartition("/")[2] for key in store._records if key.startswith(f"{kind}/"))


async def test_device_is_stored_under_the_canonical_name_with_an_alias() -> None:
    store = MemoryStore()
    await signing_in(store, ALIAS, offering(), {})
    assert keys(store, "device") == ["alice"] and keys(store, "alias") == [ALIAS]


async def test_alias_typed_later_finds_the_device() -> None:
    store = MemoryStore()
    await signing_in(store, "alice", offering(), {})
    pool, recorder = scripted(SMS, tokens_reply())
    challenge = (await pool.auth(store=store).sign_in(ALIAS, "p", flow="USER_PASSWORD_AUTH")).challenge
    assert isinstance(challenge, challenges.SmsMfa) and (await challenge.answer("123456")).signed_in
    assert named(recorder) == [None, DEVICE_KEY], "only the service's reply must resolve the alias"
    assert (await signing_in(store, ALIAS, tokens_reply()))[1] == [DEVICE_KEY]


async def test_alias_finds_the_newest_device() -> None:
    store = MemoryStore()
    await signing_in(store, ALIAS, offering(), {})
    await signing_in(store, "alice", offering(OTHER_KEY), {})
    assert (await signing_in(store, ALIAS, tokens_reply()))[1] == [OTHER_KEY]


async def test_forgetting_a_device_removes_its_aliases() -> None:
    store = MemoryStore()
    user, _ = await signing_in(store, ALIAS, offering(), {}, {})
    await user.forget_device()
    assert keys(store, "device") == keys(store, "alias") == []
    assert (await signing_in(store, ALIAS, tokens_reply()))[1] == [None]


async def test_device_is_removed_even_if_the_session_does_not_use_it() -> None:
    store = MemoryStore()
    user, _ = await signing_in(store, "alice", tokens_reply(), {})
    await signing_in(store, "alice", offering(), {})
    assert user.device_secret is None
    await user.forget_device(DEVICE_KEY)
    assert await stored_key(store) is None


async def test_deleting_the_account_empties_the_store() -> None:
    store = MemoryStore()
    user, _ = await signing_in(store, ALIAS, offering(), {}, {})
    await user.delete()
    assert store._records == {}


async def test_stale_device_is_removed_and_the_next_gets_its_alias() -> None:
    store = MemoryStore()
    await signing_in(store, ALIAS, offering(), {})
    assert (await signing_in(store, ALIAS, GONE, tokens_reply()))[1] == [DEVICE_KEY, None]
    assert keys(store, "device") == keys(store, "alias") == []
    await signing_in(store, ALIAS, offering(OTHER_KEY), {})
    assert (await signing_in(store, ALIAS, tokens_reply()))[1] == [OTHER_KEY]


async def test_alias_taken_over_by_another_user_stays_with_that_user() -> None:
    store = MemoryStore()
    user, _ = await signing_in(store, ALIAS, offering(), {}, {})
    bob, devices = await signing_in(store, ALIAS, offering(OTHER_KEY, username="bob"), {})
    assert devices == [DEVICE_KEY] and await stored_key(store, "bob") == OTHER_KEY
    assert bob.username == "bob" and bob.device_secret.key == OTHER_KEY
    await user.forget_device()
    assert await stored_key(store) is None and await stored_key(store, "bob") == OTHER_KEY
    assert (await signing_in(store, ALIAS, tokens_reply(username="bob")))[1] == [OTHER_KEY]


async def test_device_of_another_user_is_not_used() -> None:
    store = MemoryStore()
    await signing_in(store, ALIAS, offering(), {})
    bob, _ = await signing_in(store, ALIAS, tokens_reply(username="bob"))
    assert bob.device_secret is None


async def test_missing_client_does_not_remove_the_device() -> None:
    store = MemoryStore()
    await signing_in(store, "alice", offering(), {})
    no_client = refusal("ResourceNotFoundException", "User pool client does not exist.")
    with pytest.raises(errors.ResourceNotFoundException, match="client"):
        await signing_in(store, "alice", no_client, no_client)
    assert await stored_key(store) == DEVICE_KEY


class Failing(MemoryStore):
    """A store that fails to save or delete a device."""

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        if key.startswith("device/"):
            raise OSError("disk full")
        return await super().save(key, text, expected=expected)

    async def delete(self, key: str) -> None:
        if key.startswith("device/"):
            raise OSError("read only")
        await super().delete(key)


async def test_failed_save_of_a_device_does_not_break_the_sign_in() -> None:
    pool, recorder = scripted(offering(), {})
    auth = pool.auth(store=Failing())
    result = await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert result.user.device_secret is not None and await auth.current_user() is result.user
    assert recorder.operations == ["InitiateAuth", "ConfirmDevice"], "the session must not be revoked"


async def test_failed_removal_of_a_device_does_not_break_the_sign_in() -> None:
    store, failing = MemoryStore(), Failing()
    await signing_in(store, "alice", offering(), {})
    failing._records = store._records
    pool, _ = scripted(GONE, tokens_reply())
    auth = pool.auth(store=failing)
    assert (await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).signed_in
    assert (await auth.current_user()).signed_in


@pytest.mark.parametrize("text", ["", "ca1.p.damaged", "ca9.p.e30="])
async def test_damaged_record_is_replaced_by_the_next_device(text: str) -> None:
    store = MemoryStore()
    await store.save(record_key("device", BINDING, "alice"), text)
    _, devices = await signing_in(store, "alice", offering(), {})
    assert devices == [None] and await stored_key(store) == DEVICE_KEY


async def test_device_argument_that_is_gone_is_not_sent_again() -> None:
    device = DeviceSecret(BINDING, "alice", DEVICE_KEY, "-grpKey", "password")
    pool, recorder = scripted(GONE, SMS, SMS, tokens_reply())
    challenge = (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH", device=device)).challenge
    assert isinstance(challenge, challenges.SmsMfa)
    challenge = (await challenge.answer("123456")).challenge
    assert isinstance(challenge, challenges.SmsMfa) and (await challenge.answer("123456")).user.device_secret is None
    assert named(recorder) == [DEVICE_KEY, None, None, None]


async def test_aliases_work_with_the_local_pool() -> None:
    local = LocalUserPool(PoolSettings(alias_attributes=("email",), device_tracking="ALWAYS"))
    await make_user(local)
    auth = local.auth()
    first = (await auth.sign_in(ALIAS, PASSWORD)).user
    assert first.device_secret is not None and first.username == "alice"
    for name in ("alice", ALIAS):
        again = (await auth.sign_in(name, PASSWORD, flow="USER_PASSWORD_AUTH")).user
        assert again.device_secret is not None and again.device_secret.key == first.device_secret.key
    await again.forget_device()
    fresh = (await auth.sign_in(ALIAS, PASSWORD, flow="USER_PASSWORD_AUTH")).user
    assert fresh.device_secret is not None and fresh.device_secret.key != first.device_secret.key
    assert len(await fresh.devices()) == 1
