from __future__ import annotations

import base64
import json
from datetime import datetime, timezone
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async import Tokens, errors
from cognito_async._core.secret import Secret
from cognito_async._tokens import states
from cognito_async._tokens.states import ChallengeState, State, UserState

BINDING = ("eu-central-1_Here", "client")
KEY = "k" * 32
StateT = TypeVar("StateT", bound=State)
CONTENT = ChallengeState(
    name="SMS_MFA", username="alice", session=Secret("opaque"), parameters={"A": "b"}, available=("X",)
)
USER = UserState(username="alice", sub=None, tokens=Tokens("a", "i", "r", datetime(2026, 1, 1, tzinfo=timezone.utc)))


def pack(state: State, binding: tuple[str, str], key: str | bytes | None) -> str:
    return states.pack(state, binding, Secret.maybe(key)).reveal()


def unpack(state: str, shape: type[StateT], binding: tuple[str, str], key: str | bytes | None) -> StateT:
    return states.unpack(Secret(state), shape, binding, Secret.maybe(key))


def read(state: str, key: str | bytes | None = None, binding: tuple[str, str] = BINDING) -> ChallengeState:
    return unpack(state, ChallengeState, binding, key)


@pytest.mark.parametrize("key", [None, KEY, b"\x00" * 32])
def test_state_is_read_unchanged(key: str | bytes | None) -> None:
    assert read(pack(CONTENT, BINDING, key), key) == CONTENT
    assert unpack(pack(USER, BINDING, key), UserState, BINDING, key) == USER


def test_encrypted_states_are_unreadable_and_unique() -> None:
    first, second = pack(CONTENT, BINDING, KEY), pack(CONTENT, BINDING, KEY)
    assert first != second
    assert b"opaque" not in base64.urlsafe_b64decode(first.split(".")[2])


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("binding", [("eu-central-1_Other", "client"), ("eu-central-1_Here", "other")])
def test_state_of_another_pool_or_client_is_refused(key: str | None, binding: tuple[str, str]) -> None:
    with pytest.raises(errors.ConfigurationError, match="another user pool or app client"):
        read(pack(CONTENT, BINDING, key), key, binding)


def test_state_of_another_kind_is_refused() -> None:
    with pytest.raises(errors.ConfigurationError, match="does not hold a challenge"):
        read(pack(USER, BINDING, KEY), KEY)


def test_wrong_key_and_altered_state_are_refused() -> None:
    state = pack(CONTENT, BINDING, KEY)
    with pytest.raises(errors.ConfigurationError, match="another key"):
        read(state, "j" * 32)
    altered = state[:-6] + ("A" if state[-6] != "A" else "B") + state[-5:]
    with pytest.raises(errors.ConfigurationError, match="altered"):
        read(altered, KEY)


def test_key_must_match_the_encryption_of_the_state() -> None:
    with pytest.raises(errors.ConfigurationError, match="not encrypted"):
        read(pack(CONTENT, BINDING, None), KEY)
    with pytest.raises(errors.ConfigurationError, match="pass the key"):
        read(pack(CONTENT, BINDING, KEY))


@pytest.mark.parametrize("key", ["short", b"", "k" * 31, 5])
def test_weak_key_is_refused(key: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="at least 32"):
        pack(CONTENT, BINDING, key)


@pytest.mark.parametrize(
    "state",
    [
        "",
        "ca9.p.e30=",
        "ca1.p.",
        "ca1.p.###",
        "ca1.p.ü",
        "ca1.p.W10=",
        "ca1.p." + "A" * 300_000,
        None,
        7,
        "ca1.p.bnVsbA==",
    ],
)
def test_damaged_state_is_refused(state: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="this state cannot be used"):
        read(state)


@pytest.mark.parametrize("state", ["ca1.e.", "ca1.e.AAAA", "ca1.e.AAAAAAAAAAAAAAAAAAAA"])
def test_truncated_encrypted_state_is_refused(state: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="this state cannot be used"):
        read(state, KEY)


def test_plain_state_without_its_members_is_refused() -> None:
    forged = base64.urlsafe_b64encode(
        json.dumps({"kind": "challenge", "pool": BINDING[0], "client": BINDING[1]}).encode()
    )
    with pytest.raises(errors.ConfigurationError, match="damaged"):
        read("ca1.p." + forged.decode())


@given(st.text())
def test_any_string_is_refused_clearly(text: str) -> None:
    for prefix in ("", "ca1.p.", "ca1.e."):
        with pytest.raises(errors.ConfigurationError):
            read(prefix + text, KEY if prefix.endswith("e.") else None)


@pytest.mark.parametrize(
    "tokens", [{}, {"access_token": ""}, None, "text", {"access_token": "a", "expires_at": "soon"}]
)
def test_plain_state_with_invalid_tokens_is_refused(tokens: object) -> None:
    content = {"kind": "user", "pool": BINDING[0], "client": BINDING[1], "username": "a", "sub": None, "tokens": tokens}
    forged = "ca1.p." + base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
    with pytest.raises(errors.ConfigurationError, match="damaged"):
        unpack(forged, UserState, BINDING, None)


def test_members_of_a_later_version_are_ignored() -> None:
    tokens = {"access_token": "a", "scope": "new"}
    content = {
        "kind": "user",
        "pool": BINDING[0],
        "client": BINDING[1],
        "username": "a",
        "sub": None,
        "tokens": tokens,
        "x": 1,
    }
    later = "ca1.p." + base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
    assert unpack(later, UserState, BINDING, None).tokens.access_token == "a"


def test_key_that_cannot_be_encoded_is_refused_without_showing_it() -> None:
    with pytest.raises(errors.ConfigurationError, match="cannot express") as caught:
        pack(USER, BINDING, "s3cret\udc80" * 8)
    assert caught.value.__context__ is None and "s3cret" not in str(caught.value)
