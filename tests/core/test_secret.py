"""Secrets, which cannot be printed, sliced or joined. They are read with `reveal`."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from cognito_async import DeviceSecret, errors
from cognito_async._aws._generated.sign_in import InitiateAuthRequest
from cognito_async._core import checks
from cognito_async._core.redact import mask
from cognito_async._core.secret import MASK, OPENED, Secret, as_member, as_members, opened
from cognito_async.credentials import Credentials

TEXT, DATA = Secret("s3cret"), Secret(b"s3cret")


@pytest.mark.parametrize("secret", [TEXT, DATA])
def test_secret_is_printed_as_a_mask(secret: Secret[Any]) -> None:
    assert repr(secret) == str(secret) == f"{secret}" == f"{secret:>9}" == MASK
    assert repr({"password": [secret]}) == "{'password': [***]}"
    assert not hasattr(secret, "__dict__")


@pytest.mark.parametrize("secret", [TEXT, DATA])
@pytest.mark.parametrize(
    "use",
    [
        lambda secret: secret[:3],
        list,
        len,
        "".join,
        lambda secret: secret + secret,
        lambda secret: "s3" in secret,
        json.dumps,
        bytes,
    ],
)
def test_secret_is_not_a_sequence(secret: Any, use: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError):
        use([secret] if use == "".join else secret)


@pytest.mark.parametrize("secret", [TEXT, DATA])
def test_copy_of_a_secret_is_the_same_object_and_pickling_is_refused(secret: Secret[Any]) -> None:
    assert copy.copy(secret) is secret and copy.deepcopy([secret])[0] is secret
    with pytest.raises(TypeError, match="a secret cannot be pickled"):
        pickle.dumps(secret)


def test_secrets_are_equal_by_type_and_value() -> None:
    assert Secret("a\udc80") == Secret("a\udc80") and hash(TEXT) == hash(Secret("s3cret"))
    assert Secret("a") != Secret("b") and Secret("a") != Secret(b"a")
    assert Secret("a") != "a" and Secret(5) == Secret(5) != Secret(6) and Secret("5") != Secret(5)
    assert TEXT and not Secret("")


def test_of_and_maybe_return_a_secret_unchanged() -> None:
    assert Secret.of("s3cret") == TEXT and Secret.of(TEXT) is TEXT and Secret.of(None).reveal() is None
    assert Secret.maybe("s3cret") == TEXT and Secret.maybe(TEXT) is TEXT and Secret.maybe(None) is None


def test_reveal_returns_the_value() -> None:
    assert TEXT.reveal() == "s3cret" and DATA.reveal() == b"s3cret"


def test_mask_wraps_any_value_also_in_mappings() -> None:
    given = {"a": "s3cret", "b": 5, "c": {"d": b"s3cret"}, "e": [{"f": "s3cret"}], "g": None}
    masked: Any = mask(given)
    assert repr(masked) == "{'a': ***, 'b': ***, 'c': {'d': ***}, 'e': ***, 'g': None}"
    assert opened(masked) == given
    assert mask(None) is None and mask(TEXT) is TEXT


class Login(BaseModel):
    password: Secret[Annotated[str, Field(min_length=3)]]


@pytest.mark.parametrize("given", [TEXT, "s3cret"])
def test_model_reads_a_secret_and_dumps_a_mask(given: Any) -> None:
    held = Login(password=given)
    assert held.password == TEXT == Login.model_validate_json('{"password": "s3cret"}').password
    assert held.model_dump() == {"password": MASK} and held.model_dump_json() == '{"password":"***"}'
    assert held.model_dump(mode="json", context=OPENED) == {"password": "s3cret"}


def test_model_validates_secret_values() -> None:
    for given in ('{"password": "no"}', '{"password": ""}'):
        with pytest.raises(ValidationError, match="at least 3"):
            Login.model_validate_json(given)
    with pytest.raises(ValidationError, match="at least 3"):
        Login.model_validate({"password": "no"})


def test_request_reveals_secrets_only_to_send_them() -> None:
    request = InitiateAuthRequest(
        auth_flow="X", client_id="c", session=as_member(Secret("s" * 20)), auth_parameters=as_members({"A": TEXT})
    )
    assert request.to_wire() == {
        "AuthFlow": "X",
        "AuthParameters": {"A": "s3cret"},
        "ClientId": "c",
        "Session": "s" * 20,
    }
    assert "s3cret" not in repr(request) + request.model_dump_json()
    with pytest.raises(ValidationError, match="at least 20") as caught:
        InitiateAuthRequest(auth_flow="X", client_id="c", session=as_member(TEXT))
    assert "s3cret" not in str(caught.value)


def test_checks_accept_masked_strings() -> None:
    password: Any = mask("s3cret")
    assert checks.secret(password, "password") is password
    assert checks.secret_texts(mask({"A": "s3cret"}), "responses") == {"A": TEXT}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("", "password must not be empty"),
        (b"s3cret", "password must be a str, not bytes"),
        (5, "password must be a str, not int"),
        ("s3cret\udc80", "password contains a character that UTF-8 cannot express"),
    ],
)
def test_unusable_secret_is_refused(given: Any, problem: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=problem) as caught:
        checks.secret(mask(given), "password")
    assert caught.value.__context__ is None


def test_public_secrets_are_strings_with_a_masked_repr() -> None:
    keys = Credentials("AKIDEXAMPLE", "the-secret-key", "the-token")
    device = DeviceSecret(("pool", "client"), "alice", "key", "group", "the-password")
    for value in (keys.secret_access_key, keys.session_token, device.password):
        assert isinstance(value, str) and value.startswith("the-") and repr(value) == MASK
        assert copy.copy(value) is value is copy.deepcopy(value)
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(value)
