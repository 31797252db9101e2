"""The forms of genuine tokens: as Cognito writes them, and as others may."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from cognito_async import TokenVerifier, errors
from cognito_async._local.state.signing_keys import SigningKey
from cognito_async.local import SigningKeys
from tests.verify.signing import CLIENT_ID, NOW, POOL_ID, access_claims, access_token, clock, sign_bytes, verifier


def signed_by(kid: str) -> tuple[TokenVerifier[Any], str]:
    """Return a token with this key id, and a verifier that has the key."""
    key = SigningKey(kid, SigningKeys.generate().access.private)
    made: TokenVerifier[Any] = TokenVerifier(POOL_ID, client_id=CLIENT_ID, token_use="access", clock=clock)
    made.add_keys({"keys": [key.jwk()]})
    return made, key.sign(access_claims())


@pytest.mark.parametrize("kid", ["a+b/c=", "x" * 100, "é", "0"])
def test_key_id_may_have_any_characters(kid: str) -> None:
    checker, token = signed_by(kid)
    assert checker.verify_nowait(token).username == "alice"


def test_slashes_may_be_escaped() -> None:
    """Cognito writes them so: amazon-archives/amazon-cognito-identity-js#68."""
    text = json.dumps(access_claims()).replace("/", "\\/")
    assert "https:\\/\\/cognito-idp" in text
    assert verifier().verify_nowait(sign_bytes(text.encode())).username == "alice"
    checker, token = signed_by("a/b")
    head = base64.urlsafe_b64encode(b'{"kid":"a\\/b","alg":"RS256"}').decode().rstrip("=")
    with pytest.raises(errors.WrongSignature):  # the key is found, but another header was signed
        checker.verify_nowait(f"{head}.{token.partition('.')[2]}")


@pytest.mark.parametrize("space", ["\n", " ", "\r\n\t"])
def test_json_may_have_space_around_it(space: str) -> None:
    text = space + json.dumps(access_claims(), indent=1) + space
    assert verifier().verify_nowait(sign_bytes(text.encode())).username == "alice"


@pytest.mark.parametrize("data", [b"", b" ", b"{}x", b"[]", b"null", b"\xff", b"\xef\xbb\xbf{}", b"{}{}", b"1"])
def test_claims_must_be_one_json_object(data: bytes) -> None:
    with pytest.raises(errors.InvalidToken):
        verifier().verify_nowait(sign_bytes(data))


@pytest.mark.parametrize("text", ["é", "\\u00e9", "\\ud83d\\ude00", "😀"])
def test_names_may_have_any_letters(text: str) -> None:
    claims = json.dumps(access_claims(username="NAME")).replace("NAME", text)
    assert verifier().verify_nowait(sign_bytes(claims.encode())).username in ("é", "😀")


def test_token_of_a_hundred_groups_is_accepted() -> None:
    groups = [f"{number:0128}" for number in range(100)]
    token = access_token(cognito__groups=groups)
    assert 17_000 < len(token) < 20_000
    assert verifier().verify_nowait(token).groups == tuple(groups)


def test_size_of_a_token_is_limited() -> None:
    room = (65_536 - len(access_token(pad=""))) * 3 // 4
    tokens = [access_token(pad="x" * (room + change)) for change in range(-3, 4)]
    accepted = [token for token in tokens if len(token) <= 65_536]
    assert 0 < len(accepted) < len(tokens)
    for token in accepted:
        assert verifier().verify_nowait(token).username == "alice"
    for token in tokens[len(accepted) :]:
        with pytest.raises(errors.MalformedToken) as refused:
            verifier().verify_nowait(token)
        assert refused.value.reason == "size"


def test_headers_of_others_do_not_fill_the_memory() -> None:
    checker, token = verifier(), access_token()
    for number in range(200):
        head = base64.urlsafe_b64encode(json.dumps({"kid": str(number), "alg": "RS256"}).encode()).decode()
        with pytest.raises(errors.KeysUnavailable):
            checker.verify_nowait(f"{head.rstrip('=')}.{token.partition('.')[2]}")
    assert checker._examiner._headers == {}
    checker.verify_nowait(token)
    assert len(checker._examiner._headers) == 1


def test_number_of_remembered_headers_is_limited() -> None:
    key = SigningKeys.generate().access.private
    keys = [SigningKey(str(number), key) for number in range(100)]
    made: TokenVerifier[Any] = TokenVerifier(POOL_ID, client_id=None, token_use=None, clock=clock)
    made.add_keys({"keys": [each.jwk() for each in keys]})
    for each in keys:
        assert made.verify_nowait(each.sign(access_claims())).exp == NOW + 3600
    assert 0 < len(made._examiner._headers) <= 64
