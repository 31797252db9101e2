from __future__ import annotations

import base64
import copy
import json
import pickle
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from cognito_async import Tokens, errors


def jwt(claims: Any) -> str:
    return "h." + base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=") + ".s"


def test_fields_are_plain_strings_in_the_documented_order() -> None:
    time = datetime(2026, 1, 1, tzinfo=timezone.utc)
    tokens = Tokens("access", "id", "refresh", time, "Bearer")
    assert tokens.reveal() == {
        "access_token": "access",
        "id_token": "id",
        "refresh_token": "refresh",
        "expires_at": time,
        "token_type": "Bearer",
    }
    assert {type(text) for name, text in tokens.reveal().items() if name != "expires_at"} == {str}
    assert "Bearer " + tokens.access_token == "Bearer access"


def test_expiry_defaults_to_the_access_token_claim() -> None:
    time = datetime(2030, 1, 1, tzinfo=timezone.utc)
    assert Tokens(jwt({"exp": int(time.timestamp())})).expires_at == time
    given_end = datetime(2031, 1, 1, tzinfo=timezone.utc)
    assert Tokens(jwt({"exp": 5}), expires_at=given_end).expires_at == given_end


@pytest.mark.parametrize("exp", [None, "soon", 1e40, [], float("inf")])
def test_invalid_exp_claim_is_ignored(exp: Any) -> None:
    assert Tokens(jwt({"exp": exp})).expires_at is None


def test_claims_are_decoded_as_unverified() -> None:
    tokens = Tokens(jwt({"username": "alice"}), jwt({"email": "a@example.com"}))
    assert tokens.unverified_access_claims == {"username": "alice"}
    assert tokens.unverified_id_claims == {"email": "a@example.com"}


@given(st.text(max_size=60) | st.binary(max_size=40).map(lambda b: "a." + base64.urlsafe_b64encode(b).decode() + ".c"))
def test_any_string_gives_claims_or_a_clear_error(text: str) -> None:
    try:
        tokens = Tokens("x" + text)
    except errors.ConfigurationError:
        return
    try:
        claims: object = tokens.unverified_access_claims
    except errors.ConfigurationError as error:
        claims = {"error": error.message}
    assert isinstance(claims, dict)


@pytest.mark.parametrize("token", ["a.b", "a." + "[" * 50_000 + ".c", "a.W10.c", "a." + "A" * 70_000 + ".c", jwt([1])])
def test_malformed_jwt_has_no_claims(token: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="not a JWT"):
        _ = Tokens(token).unverified_access_claims
    with pytest.raises(errors.ConfigurationError, match="no ID token"):
        _ = Tokens(token).unverified_id_claims


@pytest.mark.parametrize(
    "wrong",
    [
        {"access_token": ""},
        {"access_token": None},
        {"access_token": b"x"},
        {"access_token": "x", "id_token": ""},
        {"access_token": "x", "refresh_token": 5},
        {"access_token": "x", "expires_at": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"access_token": "s3cret\udc80"},
    ],
)
def test_invalid_tokens_are_refused_without_showing_them(wrong: dict[str, Any]) -> None:
    with pytest.raises(errors.ConfigurationError, match=r"^Tokens: [a-z_]+: ") as caught:
        Tokens(**wrong)
    assert "s3cret" not in str(caught.value) and caught.value.__context__ is None


def test_repr_and_dumps_hide_tokens() -> None:
    tokens = Tokens("s3cret-access", "s3cret-id", "s3cret-refresh")
    shown = [repr(tokens), str(tokens), repr(tokens.model_dump()), tokens.model_dump_json(), f"{tokens}"]
    assert not any("s3cret" in text for text in shown)
    assert tokens.model_dump()["refresh_token"] == "***"
    assert Tokens("a").model_dump()["refresh_token"] is None


def test_tokens_can_be_copied_but_not_pickled() -> None:
    tokens = Tokens("a")
    assert copy.copy(tokens) == tokens and copy.deepcopy({"t": tokens})["t"] == tokens
    changed = tokens.model_copy(update={"access_token": "b"})
    assert (tokens.access_token, changed.access_token) == ("a", "b")
    with pytest.raises(TypeError, match="to_state"):
        pickle.dumps(tokens)


class _Named(Tokens):
    name: str = "x"


def test_tokens_can_be_extended_and_compared() -> None:
    tokens = Tokens("a", None, "r")
    named = _Named.model_validate({"access_token": "a"})
    assert (named.access_token, named.id_token, named.name, named.model_dump()["name"]) == ("a", None, "x", "x")
    assert tokens == Tokens("a", None, "r") != Tokens("a") and hash(tokens) == hash(Tokens("a", None, "r"))
    assert Tokens.model_construct(access_token="a", refresh_token="r").refresh_token == "r"
    assert not hasattr(Tokens, "access_token"), "as with the fields of every pydantic model"
    for member in ("access_token", "token_type"):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(tokens, member, "b")
    with pytest.raises(AttributeError):
        object.__setattr__(tokens, "access_token", "b")


def test_model_with_tokens_has_a_schema_and_dumps_masks() -> None:
    adapter = TypeAdapter(dict[str, Tokens])
    held = adapter.validate_python({"of": {"access_token": "s3cret", "refresh_token": "s3cret"}})
    assert (
        held["of"].access_token
        == "s3cret"
        == adapter.validate_json('{"of": {"access_token": "s3cret"}}')["of"].access_token
    )
    for mode in ("validation", "serialization"):
        schema = adapter.json_schema(mode=mode)["$defs"]["Tokens"]["properties"]
        assert schema["access_token"] == {"minLength": 1, "title": "Access Token", "type": "string"}
    assert adapter.dump_python(held)["of"]["id_token"] is None
    assert b"s3cret" not in adapter.dump_json(held) and "s3cret" not in repr(held)


def test_tokens_are_parsed_from_a_mapping() -> None:
    assert Tokens.model_validate({"access_token": "x", "token_type": "Bearer"}).access_token == "x"


def test_unknown_field_is_refused() -> None:
    with pytest.raises(errors.ConfigurationError, match="no field refreshtoken"):
        Tokens("a", refreshtoken="s3cret")
