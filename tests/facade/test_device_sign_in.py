"""Sign-in on a remembered device: when its secret is stored, used, and deleted."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from cognito_async import DeviceSecret, MemoryStore, challenges, errors
from cognito_async._stores.store import record_key
from tests.support import CLIENT_ID, POOL_ID, jwt, refusal, scripted, tokens_reply, user_of

pytestmark = pytest.mark.anyio

KEY = "eu-central-1_11111111-2222-3333-4444-555555555555"
STATE_KEY = "k" * 32
GONE = refusal("ResourceNotFoundException", "Device does not exist.")
BINDING = (POOL_ID, CLIENT_ID)


def reply_with_device(key: str = KEY, **claims: Any) -> dict[str, Any]:
    reply = tokens_reply(**claims)
    reply["AuthenticationResult"]["NewDeviceMetadata"] = {"DeviceKey": key, "DeviceGroupKey": "-grpKey"}
    return reply


def device_entry(username: str) -> str:
    return record_key("device", BINDING, username)


async def register_device(store: MemoryStore, name: str = "alice") -> str:
    """Sign in once on a new device. Return the device's password."""
    pool, _ = scripted(reply_with_device(), {})
    result = await pool.auth(store=store).sign_in(name, "p", flow="USER_PASSWORD_AUTH")
    assert result.user.device_secret is not None
    return result.user.device_secret.password


async def test_new_device_is_confirmed_and_used_in_the_next_sign_in() -> None:
    store = MemoryStore()
    pool, recorder = scripted(reply_with_device(), {"UserConfirmationNecessary": False}, tokens_reply())
    auth = pool.auth(store=store)
    first = await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    secret = first.user.device_secret
    assert secret is not None and secret.key == KEY and not secret.user_confirmation_necessary
    assert recorder.operations == ["InitiateAuth", "ConfirmDevice"]
    second = await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert recorder.calls[2][1]["AuthParameters"]["DEVICE_KEY"] == KEY
    assert second.user.device_secret is not None and second.user.device_secret.password == secret.password


async def test_stored_device_survives_a_sign_out_and_a_restart() -> None:
    store = MemoryStore()
    await register_device(store)
    pool, recorder = scripted({}, tokens_reply())
    auth = pool.auth(store=store)
    user = await auth.current_user()
    assert user.device_secret is not None and user.device_secret.key == KEY
    assert (await auth.sign_out()).remote == "done"
    assert await store.load(device_entry("alice")) is not None
    await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert recorder.calls[1][1]["AuthParameters"]["DEVICE_KEY"] == KEY


async def test_device_is_found_by_canonical_and_typed_name() -> None:
    store = MemoryStore()
    await register_device(store, "alice@example.com")
    for typed in ("alice@example.com", "alice"):
        pool, recorder = scripted(tokens_reply())
        await pool.auth(store=store).sign_in(typed, "p", flow="USER_PASSWORD_AUTH")
        assert recorder.calls[0][1]["AuthParameters"]["DEVICE_KEY"] == KEY
    pool, recorder = scripted(tokens_reply(username="bob"))
    await pool.auth(store=store).sign_in("bob", "p", flow="USER_PASSWORD_AUTH")
    assert "DEVICE_KEY" not in recorder.calls[0][1]["AuthParameters"]


async def test_sign_in_is_retried_without_a_deleted_device() -> None:
    store = MemoryStore()
    await register_device(store, "alice@example.com")
    pool, recorder = scripted(GONE, tokens_reply())
    result = await pool.auth(store=store).sign_in("alice@example.com", "p", flow="USER_PASSWORD_AUTH")
    assert result.signed_in and result.user.device_secret is None
    assert "DEVICE_KEY" not in recorder.calls[1][1]["AuthParameters"]
    assert await store.load(device_entry("alice")) is None
    assert await store.load(device_entry("alice@example.com")) is None


async def test_deleted_device_is_replaced_by_the_offered_one() -> None:
    store = MemoryStore()
    await register_device(store)
    other = KEY.replace("1111", "9999")
    pool, _ = scripted(GONE, reply_with_device(other), {})
    result = await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert result.user.device_secret is not None and result.user.device_secret.key == other
    record = await store.load(device_entry("alice"))
    assert record is not None and DeviceSecret.from_state(record.text, BINDING).key == other


async def test_deleted_device_is_forgotten_even_if_the_sign_in_fails() -> None:
    store = MemoryStore()
    await register_device(store)
    sms = {"ChallengeName": "SMS_MFA", "Session": "s" * 20, "ChallengeParameters": {"USERNAME": "alice"}}
    pool, _ = scripted(GONE, sms)
    result = await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert isinstance(result.challenge, challenges.SmsMfa)
    assert await store.load(device_entry("alice")) is None

    await register_device(store)
    pool, _ = scripted(GONE, refusal("NotAuthorizedException", "Incorrect username or password."))
    with pytest.raises(errors.NotAuthorizedException):
        await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert await store.load(device_entry("alice")) is None


async def test_service_error_takes_precedence_over_a_store_error() -> None:
    class ReadOnlyStore(MemoryStore):
        async def delete(self, key: str) -> None:
            raise OSError("read only")

    store = ReadOnlyStore()
    await register_device(store)
    pool, _ = scripted(GONE, refusal("NotAuthorizedException", "Incorrect username or password."))
    with pytest.raises(errors.NotAuthorizedException):
        await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")


async def test_failed_confirmation_stores_no_device() -> None:
    store = MemoryStore()
    pool, _ = scripted(reply_with_device(), refusal("InvalidParameterException", "no"))
    result = await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert result.signed_in and result.user.device_secret is None
    assert await store.load(device_entry("alice")) is None


async def test_damaged_device_entry_is_ignored() -> None:
    store = MemoryStore()
    await store.save(device_entry("alice"), "ca1.p.damaged")
    pool, recorder = scripted(tokens_reply())
    assert (await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).signed_in
    assert "DEVICE_KEY" not in recorder.calls[0][1]["AuthParameters"]


@pytest.mark.parametrize("key", [None, STATE_KEY])
async def test_caller_without_a_store_can_pass_device_secrets(key: str | None) -> None:
    pool, recorder = scripted(reply_with_device(), {"UserConfirmationNecessary": True}, tokens_reply(), tokens_reply())
    secret = (await pool.sign_in("alice@example.com", "p", flow="USER_PASSWORD_AUTH")).user.device_secret
    assert secret is not None and secret.user_confirmation_necessary
    again = pool.device_from_state(secret.to_state(key), key)
    assert again.user_confirmation_necessary
    assert (again.key, again.group_key, again.username, again.password) == (KEY, "-grpKey", "alice", secret.password)
    # The typed name may be an alias of the device's user. The client cannot know this, so it sends the device.
    for typed in ("alice", "alice@example.com"):
        result = await pool.sign_in(typed, "p", flow="USER_PASSWORD_AUTH", device=again)
        assert recorder.calls[-1][1]["AuthParameters"]["DEVICE_KEY"] == KEY
        assert result.user.device_secret is again
    with pytest.raises(errors.ConfigurationError):
        pool.device_from_state("ca1.p.AAAA")


async def test_device_of_another_user_is_not_sent() -> None:
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


async def test_resumed_challenge_sends_the_given_device() -> None:
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


@pytest.mark.parametrize("key", [None, STATE_KEY])
@pytest.mark.parametrize("source", ["argument", "store"])
async def test_state_has_the_typed_alias_if_no_reply_names_the_user(source: str, key: str | None) -> None:
    asked = {"ChallengeName": "CUSTOM_CHALLENGE", "Session": "s" * 20, "ChallengeParameters": {"question": "?"}}
    store = MemoryStore()
    await register_device(store)
    given: dict[str, Any] = {}
    if source == "argument":
        given["device"] = DeviceSecret(BINDING, "alice", KEY, "-grpKey", "password")
    for typed in ("alice@example.com", "Alice@Example.com"):
        pool, recorder = scripted(asked, tokens_reply(device_key=KEY))
        here, there = (pool, pool) if source == "argument" else (pool.auth(store=store), pool.auth(store=store))
        challenge = (await here.sign_in(typed, flow="CUSTOM_AUTH", **given)).challenge
        assert challenge is not None
        resumed = there.resume(challenge.to_state(key), key, **given)
        assert isinstance(resumed, challenges.CustomChallenge)
        result = await resumed.answer("x")
        assert result.user.device_secret is not None and result.user.device_secret.key == KEY
        # The store learns the alias from the first sign-in, although another process has completed it.
        found = source == "argument" or typed != "alice@example.com"
        (_, start), (_, answer) = recorder.calls
        assert ["DEVICE_KEY" in texts for texts in (start["AuthParameters"], answer["ChallengeResponses"])] == [
            found
        ] * 2


async def test_device_is_sent_if_the_service_spells_its_user_differently() -> None:
    asked = {
        "ChallengeName": "EMAIL_OTP",
        "Session": "s" * 20,
        "ChallengeParameters": {"USERNAME": "ALICE@example.com"},
    }
    device = DeviceSecret(BINDING, "alice", KEY, "-grpKey", "password")
    pool, recorder = scripted(asked, tokens_reply())
    challenge = (await pool.sign_in("alice@example.com", flow="USER_AUTH", device=device)).challenge
    assert isinstance(challenge, challenges.EmailOtp) and (await challenge.answer("12345678")).signed_in
    assert recorder.calls[1][1]["ChallengeResponses"]["DEVICE_KEY"] == KEY


async def test_device_is_kept_after_a_new_password() -> None:
    device = DeviceSecret(BINDING, "alice", KEY, "-grpKey", "password")
    asked = {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "s" * 20, "ChallengeParameters": {}}
    pool, _ = scripted(asked, tokens_reply(device_key=KEY))
    challenge = (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH", device=device)).challenge
    assert isinstance(challenge, challenges.NewPasswordRequired)
    assert (await challenge.answer("N3w-passw0rd")).user.device_secret is device


async def test_step_up_checks_its_device() -> None:
    user, recorder = user_of()
    for wrong in ("device-key", DeviceSecret(("eu-central-1_Other", CLIENT_ID), "alice", KEY, "-grpKey", "password")):
        with pytest.raises(errors.ConfigurationError, match="device"):
            await user.step_up(["urn:high"], device=wrong)  # type: ignore[arg-type]
    assert not recorder.calls


async def test_refresh_sends_the_device_key_of_the_token_or_the_secret() -> None:
    for claims in ({"device_key": KEY}, {}):
        pool, recorder = scripted(reply_with_device(**claims), {}, tokens_reply(**claims))
        user = (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user
        await user.refresh()
        assert recorder.calls[2][1]["DeviceKey"] == KEY
    pool, recorder = scripted(tokens_reply())
    await pool.user_from_tokens((await _signed_in_user()).tokens).refresh()
    assert "DeviceKey" not in recorder.calls[0][1]


async def _signed_in_user() -> Any:
    pool, _ = scripted(tokens_reply())
    return (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user


def test_device_secret_is_not_shown() -> None:
    secret = DeviceSecret(BINDING, "alice", KEY, "-grpKey", "device-password")
    assert "device-password" not in f"{secret!r}{secret}" and KEY in repr(secret)
    with pytest.raises(AttributeError):
        secret.key = "another"  # type: ignore[misc]
    assert copy.copy(secret) is secret and copy.deepcopy(secret) is secret
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert secret.password == "device-password"
    assert "device-password" not in secret.to_state(STATE_KEY)


def test_device_state_is_bound_to_pool_and_client() -> None:
    state = DeviceSecret(("eu-central-1_Other", CLIENT_ID), "alice", KEY, "-grpKey", "password").to_state()
    pool, _ = scripted()
    with pytest.raises(errors.ConfigurationError, match="another user pool"):
        pool.device_from_state(state)
    with pytest.raises(errors.ConfigurationError, match="does not hold a device"):
        pool.device_from_state(pool.user_from_access_token(jwt(username="alice")).to_state())
