"""AWS credentials: where they come from, and that they do not show."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import traceback
from typing import Any

import pytest

from cognito_async._credentials import Credentials, from_environment, resolve
from cognito_async._ground.errors import CredentialsError

NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_the_secrets_work_as_texts_and_do_not_show() -> None:
    keys = Credentials("AKIDEXAMPLE", "the-secret-key", "the-token")
    assert (keys.access_key_id, keys.secret_access_key, keys.session_token) == (
        "AKIDEXAMPLE",
        "the-secret-key",
        "the-token",
    )
    assert repr(keys) == "Credentials(access_key_id='AKIDEXAMPLE', secret_access_key=***, session_token=***)"
    assert keys == Credentials("AKIDEXAMPLE", "the-secret-key", "the-token")


def test_credentials_are_frozen_and_not_pickled() -> None:
    keys = Credentials("AKIDEXAMPLE", "the-secret-key")
    assert keys.session_token is None
    with pytest.raises(dataclasses.FrozenInstanceError):
        keys.access_key_id = "other"  # type: ignore[misc]
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(keys)
    assert copy.copy(keys) == keys


WRONG: list[tuple[Any, Any, Any]] = [
    ("", "the-secret-key", None),
    (None, "the-secret-key", None),
    ("AKID EXAMPLE", "the-secret-key", None),
    ("AKIDEXAMPLE\r\nx-evil: 1", "the-secret-key", None),
    ("AKIDEXAMPLE", "", None),
    ("AKIDEXAMPLE", None, None),
    ("AKIDEXAMPLE", "the-secret-key\ud800", None),
    ("AKIDEXAMPLE", "the-secret-key\n", None),
    ("AKIDEXAMPLE", "ünicode the-secret-key", None),
    ("AKIDEXAMPLE", "the-secret-key", "the-token\n"),
]


@pytest.mark.parametrize(("access_key_id", "secret_access_key", "session_token"), WRONG)
def test_what_cannot_be_a_key_is_refused_without_being_shown(
    access_key_id: Any, secret_access_key: Any, session_token: Any
) -> None:
    with pytest.raises(CredentialsError) as caught:
        Credentials(access_key_id, secret_access_key, session_token)
    error = caught.value
    assert error.__context__ is None
    assert error.__traceback__ is not None
    frames = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__.tb_next), capture_locals=True)
    shown = "".join(frames.format()) + str(error)
    assert "the-secret-key" not in shown
    assert "the-token" not in shown


@pytest.mark.parametrize("token", [None, "the-token"])
def test_the_environment_gives_credentials(monkeypatch: pytest.MonkeyPatch, token: str | None) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-secret-key")
    if token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    assert from_environment() == Credentials("AKIDEXAMPLE", "the-secret-key", token)


@pytest.mark.parametrize("missing", NAMES[:2])
@pytest.mark.parametrize("empty", [True, False])
def test_the_variable_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, missing: str, empty: bool) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-secret-key")
    if empty:
        monkeypatch.setenv(missing, "")
    else:
        monkeypatch.delenv(missing)
    with pytest.raises(CredentialsError, match=f"set {missing}"):
        from_environment()


@pytest.mark.anyio
async def test_credentials_and_a_callable_are_both_taken() -> None:
    keys = Credentials("AKIDEXAMPLE", "the-secret-key")

    async def provider() -> Credentials:
        return keys

    assert await resolve(keys)() is keys
    assert resolve(provider) is provider


@pytest.mark.anyio
async def test_without_credentials_the_environment_is_read_when_a_call_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = resolve(None)
    with pytest.raises(CredentialsError):
        await provider()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-secret-key")
    assert (await provider()).access_key_id == "AKIDEXAMPLE"


@pytest.mark.parametrize("wrong", [("AK", 5), (5, "secret"), ("AK", "secret", 7), ("AK", None)])
def test_credentials_of_another_type_are_refused(wrong: tuple[Any, ...]) -> None:
    with pytest.raises(CredentialsError, match="is no text"):
        Credentials(*wrong)
