"""A device belongs to one user. A sign-in of another user with a similar name does not use or remove it."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async import DeviceSecret, MemoryStore, Tokens, challenges, errors
from cognito_async._stores.store import record_key
from tests.support import BINDING, DEVICE_KEY, Answer, Recorder, adopt, jwt, refusal, scripted, tokens_reply

pytestmark = pytest.mark.anyio

ALIAS = "alice@example.com"
OTHER_KEY = "eu-central-1_99999999-2222-3333-4444-555555555555"
GONE = refusal("ResourceNotFoundException", "Device does not exist.")
WRONG = refusal("NotAuthorizedException", "Incorrect username or password.")
EXPIRED = refusal("NotAuthorizedException", "Invalid session for the user, session is expired.")
QUESTION = {"ChallengeName": "CUSTOM_CHALLENGE", "Session": "s" * 20, "ChallengeParameters": {"question": "?"}}
SMS = {"ChallengeName": "SMS_MFA", "Session": "s" * 20, "ChallengeParameters": {"USER_ID_FOR_SRP": "alice"}}
DEVICE_SRP = {"ChallengeName": "DEVICE_SRP_AUTH", "Session": "s" * 20, "ChallengeParameters": {}}


def offering(key: str = DEVICE_KEY, **claims: Any) -> dict[str, Any]:
    reply = tokens_reply(device_key=key, **claims)
    reply["AuthenticationResult"]["NewDeviceMetadata"] = {"DeviceKey": key, "DeviceGroupKey": "-grpKey"}
    return reply


async def sign_in(store: MemoryStore, name: str, *answers: Answer, **options: Any) -> tuple[Any, list[str | None]]:
    """Sign in with USER_PASSWORD_AUTH. Return the result, and the device key of each request."""
    pool, recorder = scripted(*answers)
    result = await pool.auth(store=store).sign_in(name, "p", flow="USER_PASSWORD_AUTH", **options)
    return result, sent(recorder)


def sent(recorder: Recorder) -> list[str | None]:
    texts = [body.get("AuthParameters", body.get("ChallengeResponses")) for _, body in recorder.calls]
    return [each.get("DEVICE_KEY") for each in texts if each is not None]


def make_device(username: str, key: str = DEVICE_KEY) -> DeviceSecret:
    return DeviceSecret(BINDING, username, key, "-grpKey", "password")


async def with_device(typed: str = ALIAS) -> MemoryStore:
    """Return a store with a device of alice, who has typed this name."""
    store = MemoryStore()
    await sign_in(store, typed, offering(), {})
    return store


async def stored_key(store: MemoryStore, username: str = "alice") -> str | None:
    record = await store.load(record_key("device", BINDING, username))
    return None if record is None else DeviceSecret.from_state(record.text, BINDING).key


@pytest.mark.parametrize("typed", ["ALICE", ALIAS, ALIAS.title()])
async def test_similar_name_of_another_user_costs_one_request_and_removes_nothing(typed: str) -> None:
    store = await with_device()
    result, devices = await sign_in(store, typed, GONE, offering(OTHER_KEY, username="bob"), {})
    assert devices == [DEVICE_KEY, None] and result.user.device_secret.key == OTHER_KEY
    assert await stored_key(store) == DEVICE_KEY and await stored_key(store, "bob") == OTHER_KEY
    _, devices = await sign_in(store, typed, tokens_reply(username="bob", device_key=OTHER_KEY))
    assert devices == [OTHER_KEY], "from now on, this name is bob's"
    _, devices = await sign_in(store, "alice", tokens_reply(device_key=DEVICE_KEY))
    assert devices == [DEVICE_KEY]


@pytest.mark.parametrize("typed", ["ALICE", ALIAS, ALIAS.title()])
async def test_failed_sign_in_by_a_similar_name_removes_nothing(typed: str) -> None:
    store = await with_device()
    with pytest.raises(errors.NotAuthorizedException):
        await sign_in(store, typed, GONE, WRONG)
    assert await stored_key(store) == DEVICE_KEY


async def test_device_is_removed_once_the_service_has_named_its_user() -> None:
    store = await with_device()
    result, _ = await sign_in(store, ALIAS.title(), GONE, QUESTION)
    assert isinstance(result.challenge, challenges.CustomChallenge)
    assert await stored_key(store) == DEVICE_KEY, "the user is not known yet"
    await sign_in(store, ALIAS.title(), GONE, SMS)
    assert await stored_key(store) is None


@pytest.mark.parametrize("argument", [True, False])
async def test_refused_device_is_not_sent_again_from_a_state(argument: bool) -> None:
    store = await with_device()
    pool, recorder = scripted(GONE, QUESTION, QUESTION, tokens_reply())
    given: dict[str, Any] = {"device": make_device("alice")} if argument else {}
    result = await pool.auth(store=store).sign_in(ALIAS, flow="CUSTOM_AUTH", **given)
    for _ in range(2):
        assert result.challenge is not None and await stored_key(store) == DEVICE_KEY, "the user is not known yet"
        resumed: Any = pool.auth(store=store).resume(result.challenge.to_state(), **given)
        result = await resumed.answer("x")
    assert result.user.device_secret is None and await stored_key(store) is None
    assert sent(recorder) == [DEVICE_KEY, None, None, None]


async def test_device_that_cannot_be_removed_is_not_sent_again() -> None:
    class ReadOnlyStore(MemoryStore):
        async def delete(self, key: str) -> None:
            raise OSError("read only")

    store = ReadOnlyStore()
    store._records = (await with_device("alice"))._records
    pool, recorder = scripted(GONE, SMS, tokens_reply())
    asked: Any = (await pool.auth(store=store).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).challenge
    assert (await asked.answer("123456")).user.device_secret is None
    assert sent(recorder) == [DEVICE_KEY, None, None]


async def test_device_argument_of_another_user_removes_nothing() -> None:
    store = await with_device("alice")
    result, devices = await sign_in(store, "bob", GONE, tokens_reply(username="bob"), device=make_device("alice"))
    assert devices == [DEVICE_KEY, None] and result.user.device_secret is None
    assert await stored_key(store) == DEVICE_KEY


async def test_stored_device_is_used_if_the_argument_is_another_users() -> None:
    store = await with_device("alice")
    device = make_device("bob", OTHER_KEY)
    pool, recorder = scripted(GONE, SMS, tokens_reply())
    auth = pool.auth(store=store)
    asked: Any = (await auth.sign_in(ALIAS, "p", flow="USER_PASSWORD_AUTH", device=device)).challenge
    result = await asked.answer("123456")
    assert sent(recorder) == [OTHER_KEY, None, DEVICE_KEY] and result.user.device_secret.key == DEVICE_KEY


async def test_sign_in_without_a_device_key_keeps_the_stored_device() -> None:
    """The store does not know the alias, but the tokens have the user's name."""
    store = await with_device("alice")
    result, devices = await sign_in(store, ALIAS, tokens_reply(device_key=OTHER_KEY))
    assert devices == [None] and result.user.device_secret.key == await stored_key(store) == DEVICE_KEY
    _, devices = await sign_in(store, ALIAS.upper(), tokens_reply(device_key=DEVICE_KEY))
    assert devices == [DEVICE_KEY]


async def test_restored_session_does_not_take_a_device_from_an_alias() -> None:
    store = await with_device("bob")  # an alias of alice, before it became the name of another user
    pool, _ = scripted()
    bob = pool.user_from_tokens(Tokens(jwt(username="bob", exp=4_000_000_000), None, "refresh"))
    await adopt(pool.auth(store=store), bob)
    restored = await pool.auth(store=store).current_user()
    assert restored.username == "bob" and restored.device_secret is None


async def test_device_with_a_refused_proof_is_removed_although_an_alias_found_it() -> None:
    store = await with_device()
    with pytest.raises(errors.UnexpectedChallenge, match="remembered device"):
        await sign_in(store, ALIAS.title(), DEVICE_SRP, GONE)
    assert await stored_key(store) is None


async def test_expired_session_at_a_device_proof_removes_nothing() -> None:
    store = await with_device()
    with pytest.raises(errors.NotAuthorizedException, match="expired"):
        await sign_in(store, ALIAS, DEVICE_SRP, EXPIRED)
    assert await stored_key(store) == DEVICE_KEY


async def test_names_of_an_older_store_get_their_folded_forms() -> None:
    store = await with_device(ALIAS.title())
    await store.delete(record_key("alias", BINDING, ALIAS))  # as earlier versions did not write it
    _, devices = await sign_in(store, ALIAS.title(), tokens_reply(device_key=DEVICE_KEY))
    _, again = await sign_in(store, ALIAS.upper(), tokens_reply(device_key=DEVICE_KEY))
    assert devices == again == [DEVICE_KEY]


async def test_forgotten_device_leaves_no_name_in_any_letter_case() -> None:
    store = MemoryStore()
    for typed in (ALIAS.title(), ALIAS.upper(), "al@example.com"):
        await sign_in(store, typed, offering(username="Alice"), {}, {})
    pool, _ = scripted({})
    user = await pool.auth(store=store).current_user()
    await user.forget_device()
    assert [key for key in store._records if key.startswith(("device/", "alias/"))] == []
