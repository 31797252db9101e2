"""The claims of verified tokens: every documented one is typed, and the others are preserved."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter

from cognito_async import AccessClaims, ClientClaims, IdClaims, errors
from tests.verify.signing import (
    CLIENT_ID,
    GONE,
    ISSUER,
    NOW,
    POOL_ID,
    access_token,
    id_token,
    machine_claims,
    sign,
    verifier,
)

COMMON = {
    "sub": "alice-sub",
    "iss": ISSUER,
    "exp": NOW + 3600,
    "nbf": None,
    "iat": NOW,
    "auth_time": NOW,
    "jti": "id",
    "origin_jti": "origin",
    "event_id": "event",
    "acr": None,
    "amr": (),
    "extra": {},
}
IDENTITY = {"userId": "1157", "providerName": "Google", "primary": "true", "dateCreated": "1642699117273"}


def test_access_token_has_typed_claims() -> None:
    token = access_token(
        scope="openid orders/read",
        cognito__groups=["editors", "admins"],
        aud="https://api.example.com",
        device_key="eu-central-1_1",
        version=2,
        acr="urn:high",
        amr=["pwd", "otp"],
        tenant={"id": 5},
        email=["not", "a", "claim", "of", "access", "tokens"],
    )
    assert dataclasses.asdict(verifier().verify_nowait(token)) == {
        **COMMON,
        "username": "alice",
        "client_id": CLIENT_ID,
        "scopes": ("openid", "orders/read"),
        "groups": ("editors", "admins"),
        "aud": ("https://api.example.com",),
        "device_key": "eu-central-1_1",
        "version": 2,
        "acr": "urn:high",
        "amr": ("pwd", "otp"),
        "extra": {"tenant": {"id": 5}, "email": ["not", "a", "claim", "of", "access", "tokens"]},
    }


def test_id_token_has_typed_claims() -> None:
    attributes = {
        **{name: name for name in ("name", "given_name", "family_name", "middle_name", "nickname", "gender")},
        **{name: name for name in ("preferred_username", "profile", "picture", "website", "birthdate", "zoneinfo")},
        "locale": "de",
        "email": "a@example.com",
        "email_verified": True,
        "phone_number": "+491",
        "phone_number_verified": False,
        "address": {"formatted": "here"},
        "updated_at": 1600000000,
        "nonce": "n",
        "at_hash": "h",
    }
    token = id_token(
        cognito__groups=["a"],
        cognito__roles=["arn:1", "arn:2"],
        cognito__preferred_role="arn:1",
        identities=[IDENTITY],
        custom__tenant="5",
        amr="pwd",
        **attributes,
    )
    found = verifier("id").verify_nowait(token)
    assert dataclasses.asdict(found) == {
        **COMMON,
        **attributes,
        "username": "alice",
        "aud": CLIENT_ID,
        "groups": ("a",),
        "roles": ("arn:1", "arn:2"),
        "preferred_role": "arn:1",
        "identities": (IDENTITY,),
        "amr": ("pwd",),
        "extra": {"custom:tenant": "5"},
    }
    assert (found.client_id, found.scopes) == (CLIENT_ID, ())


def test_only_spaces_separate_scopes() -> None:
    found = verifier().verify_nowait(access_token(scope="  a  b\u00a0c\td "))
    assert found.scopes == ("a", "b\u00a0c\td")


def test_verified_flags_may_be_text() -> None:
    found = verifier("id").verify_nowait(id_token(email_verified="false", phone_number_verified="true"))
    assert (found.email_verified, found.phone_number_verified) == (False, True)
    with pytest.raises(errors.MalformedToken):
        verifier("id").verify_nowait(id_token(email_verified="yes"))


def test_claims_that_are_absent_have_a_plain_default() -> None:
    found = verifier().verify_nowait(access_token(scope=GONE, jti=GONE, origin_jti=GONE))
    assert (found.scopes, found.groups, found.aud, found.jti, found.origin_jti) == ((), (), (), None, None)
    machine = verifier().verify_nowait(sign(machine_claims(iat=GONE, auth_time=GONE)))
    assert isinstance(machine, ClientClaims) and (machine.iat, machine.version) == (None, 2)


# A value of each wrong type for every typed claim. JSON's `null` is never right.
WRONG: dict[str, list[Any]] = {
    **{name: [5, [], {}, True] for name in ("sub", "iss", "jti", "origin_jti", "event_id", "acr", "scope", "username")},
    **{name: [5, [], True] for name in ("client_id", "device_key")},
    **{name: [5.5, "5", True, [5], -1, 2**53, 32503680001] for name in ("exp", "nbf", "iat", "auth_time")},
    "exp": [float(NOW + 3600), str(NOW + 3600), True, [NOW + 3600], -1, 2**63, 10**400, GONE],
    "version": [2.0, "2", True],
    "cognito__groups": ["editors", [5], ["a", None], {}, True],
    "aud": [5, [5], {}, True],
    "amr": [5, [[]], {}],
    **{name: [GONE] for name in ("sub ", "iss ", "client_id ")},
}
WRONG_IN_ID_TOKENS: dict[str, list[Any]] = {
    "aud": [[CLIENT_ID], 5, GONE],
    "cognito__username": [5, [], GONE],
    "cognito__roles": ["arn", [5]],
    "cognito__preferred_role": [["arn"]],
    "identities": [{}, "[]", ["x"]],
    "email": [5, True, ["a@example.com"]],
    "email_verified": [1, "True"],
    "phone_number_verified": [0, [True]],
    "address": [5, []],
    "updated_at": [5.5, True],
    "nonce": [5],
    "at_hash": [5],
}


@pytest.mark.parametrize("name", WRONG)
def test_claim_of_the_wrong_type_is_malformed(name: str) -> None:
    for value in (*WRONG[name], None):
        with pytest.raises(errors.MalformedToken) as refused:
            verifier().verify_nowait(access_token(**{name.strip(): value}))
        assert (value, refused.value.reason) == (value, "claim")


@pytest.mark.parametrize("name", WRONG_IN_ID_TOKENS)
def test_claim_of_the_wrong_type_in_an_id_token_is_malformed(name: str) -> None:
    for value in (*WRONG_IN_ID_TOKENS[name], None):
        with pytest.raises(errors.MalformedToken) as refused:
            verifier("id").verify_nowait(id_token(**{name: value}))
        assert (value, refused.value.reason) == (value, "claim")


def test_repr_of_claims_shows_names_and_permissions_only() -> None:
    claims = verifier("id").verify_nowait(id_token(email="a@example.com", nonce="n0nce", custom__tenant="ten4nt"))
    assert repr(claims) == f"IdClaims(sub='alice-sub', username='alice', aud='{CLIENT_ID}', groups=())"
    claims = verifier().verify_nowait(access_token(cognito__groups=["a"], device_key="k3y"))
    assert "groups=('a',)" in repr(claims) and "k3y" not in repr(claims)


def test_claims_are_values() -> None:
    token = access_token(cognito__groups=["a"], extra={"x": 1})
    claims, again = verifier().verify_nowait(token), verifier().verify_nowait(token)
    assert claims == again and hash(claims) == hash(again) and claims is not again
    assert copy.deepcopy(claims) == pickle.loads(pickle.dumps(claims)) == claims
    assert claims != dataclasses.replace(claims, sub="other")
    with pytest.raises(dataclasses.FrozenInstanceError):
        claims.sub = "other"
    assert claims.expires_at == datetime.fromtimestamp(NOW + 3600, UTC)
    assert hash(verifier("id").verify_nowait(id_token(identities=[IDENTITY], address={"a": "b"})))


@pytest.mark.parametrize("kind", [AccessClaims, IdClaims, ClientClaims])
def test_claims_can_be_the_response_of_a_route(kind: type) -> None:
    claims = {
        AccessClaims: verifier().verify_nowait(access_token()),
        IdClaims: verifier("id").verify_nowait(id_token()),
        ClientClaims: verifier().verify_nowait(sign(machine_claims())),
    }[kind]
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    assert adapter.validate_json(adapter.dump_json(claims)) == claims
    assert "client_id" in adapter.json_schema()["properties"] or kind is IdClaims


def test_last_second_of_the_accepted_time_has_a_date() -> None:
    claims = verifier().verify_nowait(access_token(exp=32503680000))
    assert claims.expires_at == datetime(3000, 1, 1, tzinfo=UTC)
    assert POOL_ID in claims.iss
