"""Key sets: which of their keys verify tokens."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from cognito_async import TokenVerifier, errors
from tests.verify.signing import POOL_ID, access_token, clock, jwk


def encoded(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8)).decode().rstrip("=")


def verifier_with(*jwks: Any) -> TokenVerifier[Any]:
    made: TokenVerifier[Any] = TokenVerifier(POOL_ID, client_id=None, token_use="access", clock=clock)
    made.add_keys({"keys": list(jwks)})
    return made


@pytest.mark.parametrize(
    "changes",
    [
        {"kty": "EC"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": None},
        {"use": "enc"},
        {"use": None},
        {"alg": "RS512"},
        {"alg": "HS256"},
        {"kid": None},
        {"kid": ""},
        {"kid": 5},
        {"n": None},
        {"n": 5},
        {"n": ""},
        {"n": "A"},
        {"n": "é"},
        {"n": encoded(2**2047 + 2)},
        {"n": encoded(2**1023 + 1)},
        {"n": encoded(2**4096 + 1)},
        {"e": None},
        {"e": "AA"},
        {"e": "AQ"},
        {"e": "Ag"},
        {"e": encoded(2**32 + 1)},
    ],
    ids=lambda changes: str(changes)[:30],
)
def test_unusable_key_is_ignored(changes: dict[str, Any]) -> None:
    with pytest.raises(errors.ConfigurationError):
        verifier_with({**jwk(), **changes})
    assert verifier_with({**jwk(), **changes}, jwk(), None).verify_nowait(access_token()).username == "alice"


@pytest.mark.parametrize("missing", ["use", "alg"])
def test_use_and_algorithm_may_be_missing(missing: str) -> None:
    key = {name: value for name, value in jwk().items() if name != missing}
    assert verifier_with(key).verify_nowait(access_token()).username == "alice"


def test_first_key_with_an_id_counts() -> None:
    other = rsa.generate_private_key(65537, 2048).public_key().public_numbers()
    foreign = {**jwk(), "n": encoded(other.n)}
    assert verifier_with(jwk(), foreign).verify_nowait(access_token()).username == "alice"
    with pytest.raises(errors.WrongSignature):
        verifier_with(foreign, jwk()).verify_nowait(access_token())


def test_number_of_keys_is_limited() -> None:
    many = [{**jwk(), "kid": str(number)} for number in range(100)]
    with pytest.raises(errors.KeysUnavailable):
        verifier_with(*many, jwk()).verify_nowait(access_token())
