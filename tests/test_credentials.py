"""`Credentials`: valid and invalid values, and the masking of secrets. `tests/aws` tests the sources of credentials."""

from __future__ import annotations

import copy
import pickle
import traceback
from datetime import datetime
from typing import Any

import pytest

from cognito_async._aws.identity import Credentials
from cognito_async._core.errors import CredentialsError


def test_secrets_are_masked_in_repr() -> None:
    keys = Credentials("AKIDEXAMPLE", "the-secret-key", "the-token")
    assert (keys.access_key_id, keys.secret_access_key, keys.session_token) == (
        "AKIDEXAMPLE",
        "the-secret-key",
        "the-token",
    )
    assert (
        repr(keys)
        == "Credentials(access_key_id='AKIDEXAMPLE', secret_access_key=***, session_token=***, expires_at=None)"
    )
    same = Credentials("AKIDEXAMPLE", "the-secret-key", "the-token")
    assert keys == same and hash(keys) == hash(same) and keys != Credentials("AKIDEXAMPLE", "another") and keys != "x"


def test_credentials_are_frozen_and_cannot_be_pickled() -> None:
    keys = Credentials("AKIDEXAMPLE", "the-secret-key")
    assert keys.session_token is None
    with pytest.raises(AttributeError):
        keys.access_key_id = "other"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del keys.access_key_id
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(keys)
    assert copy.copy(keys) == keys == copy.deepcopy(keys)


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
def test_invalid_keys_are_refused_and_not_shown(access_key_id: Any, secret_access_key: Any, session_token: Any) -> None:
    with pytest.raises(CredentialsError) as caught:
        Credentials(access_key_id, secret_access_key, session_token)
    error = caught.value
    assert error.__context__ is None
    assert error.__traceback__ is not None
    frames = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__.tb_next), capture_locals=True)
    shown = "".join(frames.format()) + str(error)
    assert "the-secret-key" not in shown
    assert "the-token" not in shown


@pytest.mark.parametrize("time", ["2026-01-02", datetime(2026, 1, 2), 5])  # noqa: DTZ001
def test_naive_or_invalid_expiry_is_refused(time: Any) -> None:
    with pytest.raises(CredentialsError, match="expires_at"):
        Credentials("AKIDEXAMPLE", "the-secret-key", expires_at=time)


@pytest.mark.parametrize("wrong", [("AK", 5), (5, "secret"), ("AK", "secret", 7), ("AK", None)])
def test_credentials_of_another_type_are_refused(wrong: tuple[Any, ...]) -> None:
    with pytest.raises(CredentialsError, match="must be non-empty printable ASCII"):
        Credentials(*wrong)
