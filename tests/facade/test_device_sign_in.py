"""Signing in on a remembered device: where its secret is kept, when it is used, and when it is forgotten."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from cognito_async import DeviceSecret, MemoryStore, challenges, errors
from cognito_async._stores.store import record_key
from tests.support import CLIENT_ID, POOL_ID, jwt, refusal, scripted, tokens_reply

pytestmark = pytest.mark.anyio

KEY = "eu-central-1_11111111-2222-3333-4444-555555555555"
STATE_KEY = "k" * 32
GONE = refusal("ResourceNotFoundException", "Device does not exist.")
BINDING = (POOL_ID, CLIENT_ID)


def offering(key: str = KEY, **claims: Any) -> dict[str, Any]:
    reply = tokens_reply(**claims)
    reply["AuthenticationResult"]["NewDeviceMetadata"] = {"DeviceKey": key, "DeviceGroupKey": "-grpKey"}
    return reply


def device_record(username: str) -> str:
    return record_key("device", BINDING, username)


async def remembered(store: MemoryStore, name: str = "alice") -> str:
    """Sign in once on a new device; returns its password."""
    pool, _ = scripted(offering(), {})
    result = await pool.auth(store=store).sign_in(name, "p", flow="USER_PASSWORD_AUTH")
    assert result.user.device_secret is not None
    return result.user.device_secret.password


async def test_a_new_device_is_confirmed_kept_and_named_in_the_next_sign_in() -> None:
    store = MemoryStore()
    pool, recorder = scripted(offering(), {"UserConfirmationNecessary": False}, tokens_reply())
    auth = pool.auth(store=store)
    first = await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    secret = first.user.device_secret
    assert secret is not None and secret.key == KEY and not secret.user_confirmation_necessary
    assert recorder.operations == ["InitiateAuth", "ConfirmDevice"]
    second = await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert recorder.calls[2][1]["AuthParameters"]["DEVICE_KEY"] == KEY
    assert second.user.device_secret is not None and second.user.device_secret.password == secret.password


async def test_device_records_outlive_a_sign_out_and_the_process() -> None:
    store = MemoryStore()
    await remembered(store)
    pool, recorder = scripted({}, tokens_reply())
    auth = pool.auth(store=store)
    user = await auth.current_user()
    assert user.device_secret is not None and user.device_secret.key == KEY
    assert (await auth.sign_out()).remote == "done"
    assert await store.load(device_record("alice")) is not None
    await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert recorder.calls[1][1]["AuthParameters"]["DEVICE_KEY"] == KEY


async def test_a_device_is_found_by_the_canonical_name_and_by_the_one_that_was_typed() -> None:
    store = MemoryStore()
    await remembered(store, "alice@example.com")
    for typed in ("alice@example.com", "alice"):
        pool, recorder = scripted(tokens_reply())
        await pool.auth(store=store).sign_in(typed, "p", flow="USER_PASSWORD_AUTH")
        assert recorder.calls[0][1]["AuthParameters"]["DEVICE_KEY"] == KEY
    pool, recorder = scripted(tokens_reply(username="bob"))
    await pool.auth(store=store).sign_in("bob", "p", flow="USER_PASSWORD_AUTH")
    assert "DEVICE_KEY" not in recorder.calls[0][1]["AuthParameters"]


async def test_a_device_that_is_gone_is_forgotten_and_the_sign_in_succeeds_at_the_second_try() -> None:
    store = MemoryStore()
    await remembered(store, "alice@example.com")
    pool, recorder = scripted(GONE, tokens_reply())
    result = await pool.auth(store=store).sign_in("alice@example.com", "p", flow="USER_PASSWORD_AUTH")
    assert result.signed_in and result.user.device_secret is None
    assert "DEVICE_KEY" not in recorder.calls[1][1]["AuthParameters"]
    assert await store.load(device_record("alice")) is None
    assert await store.load(device_record("alice@example.com")) is None


async def test_a_device_that_is_gone_is_replaced_by_the_one_that_is_offered() -> None:
    store = MemoryStore()
    await remembered(store)
    other = KEY.replace("1111", "9999")
    pool, _ = scripted(GONE, offering(other), {})
    result = await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert result.user.device_secret is not None and result.user.device_secret.key == other
    record = await store.load(device_record("alice"))
    assert record is not None and DeviceSecret.from_state(record.text, BINDING).key == other


async def test_a_device_that_is_gone_is_forgotten_although_the_sign_in_goes_on_or_fails() -> None:
    store = MemoryStore()
    await remembered(store)
    sms = {"ChallengeName": "SMS_MFA", "Session": "s" * 20, "ChallengeParameters": {"USERNAME": "alice"}}
    pool, _ = scripted(GONE, sms)
    result = await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert isinstance(result.challenge, challenges.SmsMfa)
    assert await store.load(device_record("alice")) is None

    await remembered(store)
    pool, _ = scripted(GONE, refusal("NotAuthorizedException", "Incorrect username or password."))
    with pytest.raises(errors.NotAuthorizedException):
        await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert await store.load(device_record("alice")) is None


async def test_what_the_service_says_matters_more_than_a_store_that_fails_to_forget() -> None:
    class Stubborn(MemoryStore):
        async def delete(self, key: str) -> None:
            raise OSError("read only")

    store = Stubborn()
    await remembered(store)
    pool, _ = scripted(GONE, refusal("NotAuthorizedException", "Incorrect username or password."))
    with pytest.raises(errors.NotAuthorizedException):
        await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")


async def test_a_failed_confirmation_leaves_the_sign_in_whole_and_keeps_no_device() -> None:
    store = MemoryStore()
    pool, _ = scripted(offering(), refusal("InvalidParameterException", "no"))
    result = await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert result.signed_in and result.user.device_secret is None
    assert await store.load(device_record("alice")) is None


async def test_a_damaged_device_record_is_none() -> None:
    store = MemoryStore()
    await store.save(device_record("alice"), "ca1.p.damaged")
    pool, recorder = scripted(tokens_reply())
    assert (await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).signed_in
    assert "DEVICE_KEY" not in recorder.calls[0][1]["AuthParameters"]


@pytest.mark.parametrize("key", [None, STATE_KEY])
async def test_a_service_keeps_the_secret_of_each_users_device_itself(key: str | None) -> None:
    pool, recorder = scripted(offering(), {"UserConfirmationNecessary": True}, tokens_reply(), tokens_reply())
    secret = (await pool.sign_in("alice@example.com", "p", flow="USER_PASSWORD_AUTH")).user.device_secret
    assert secret is not None and secret.user_confirmation_necessary
    again = pool.device_from_state(secret.to_state(key), key)
    assert again.user_confirmation_necessary
    assert (again.key, again.group_key, again.username, again.password) == (KEY, "-grpKey", "alice", secret.password)
    # What was typed may be an alias of the user whose device it is; only the service knows.
    for typed in ("alice", "alice@example.com"):
        result = await pool.sign_in(typed, "p", flow="USER_PASSWORD_AUTH", device=again)
        assert recorder.calls[-1][1]["AuthParameters"]["DEVICE_KEY"] == KEY
        assert result.user.device_secret is again
    with pytest.raises(errors.ConfigurationError):
        pool.device_from_state("ca1.p.AAAA")


async def test_a_device_of_somebody_else_is_not_named_once_the_service_has_said_who_it_is() -> None:
    asked = {"ChallengeName": "SMS_MFA", "Session": "s" * 20, "ChallengeParameters": {"USERNAME": "bob"}}
    device = DeviceSecret(BINDING, "alice", KEY, "-grpKey", "password")
    pool, recorder = scripted(asked, asked, tokens_reply(username="bob"))
    challenge = (await pool.sign_in("bob@example.com", "p", flow="USER_PASSWORD_AUTH", device=device)).challenge
    assert isinstance(challenge, challenges.SmsMfa)
    following = (await challenge.answer("123456")).challenge
    assert "DEVICE_KEY" not in recorder.calls[1][1]["ChallengeResponses"]
    assert following is not None
    resumed = pool.resume(following.to_state(), device=device)
    assert isinstance(resumed, challenges.SmsMfa)
    result = await resumed.answer("123456")
    assert "DEVICE_KEY" not in recorder.calls[2][1]["ChallengeResponses"]
    assert result.user.username == "bob" and result.user.device_secret is None


async def test_a_resumed_challenge_names_the_device_that_it_is_given() -> None:
    asked = {"ChallengeName": "SMS_MFA", "Session": "s" * 20, "ChallengeParameters": {"USERNAME": "alice"}}
    device = DeviceSecret(BINDING, "alice", KEY, "-grpKey", "password")
    pool, recorder = scripted(asked, tokens_reply())
    challenge = (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).challenge
    assert challenge is not None
    resumed = pool.resume(challenge.to_state(), device=device)
    assert isinstance(resumed, challenges.SmsMfa) and (await resumed.answer("1")).signed_in
    assert recorder.calls[1][1]["ChallengeResponses"]["DEVICE_KEY"] == KEY
    with pytest.raises(errors.ConfigurationError):
        pool.resume(challenge.to_state(), device="key")  # type: ignore[arg-type]


async def test_every_refresh_names_the_device_by_the_token_or_by_the_secret() -> None:
    for claims in ({"device_key": KEY}, {}):
        pool, recorder = scripted(offering(**claims), {}, tokens_reply(**claims))
        user = (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user
        await user.refresh()
        assert recorder.calls[2][1]["DeviceKey"] == KEY
    pool, recorder = scripted(tokens_reply())
    await pool.user_from_tokens((await _tokens()).tokens).refresh()
    assert "DeviceKey" not in recorder.calls[0][1]


async def _tokens() -> Any:
    pool, _ = scripted(tokens_reply())
    return (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user


def test_a_device_secret_shows_no_secret() -> None:
    secret = DeviceSecret(BINDING, "alice", KEY, "-grpKey", "device-password")
    assert "device-password" not in f"{secret!r}{secret}" and KEY in repr(secret)
    with pytest.raises(AttributeError):
        secret.key = "another"  # type: ignore[misc]
    assert copy.copy(secret) is secret and copy.deepcopy(secret) is secret
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert secret.password == "device-password"
    assert "device-password" not in secret.to_state(STATE_KEY)


def test_a_device_state_belongs_to_its_pool_and_client() -> None:
    state = DeviceSecret(("eu-central-1_Other", CLIENT_ID), "alice", KEY, "-grpKey", "password").to_state()
    pool, _ = scripted()
    with pytest.raises(errors.ConfigurationError, match="another user pool"):
        pool.device_from_state(state)
    with pytest.raises(errors.ConfigurationError, match="does not hold a device"):
        pool.device_from_state(pool.user_from_access_token(jwt(username="alice")).to_state())
