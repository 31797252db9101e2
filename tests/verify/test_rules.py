"""The rules of `TokenVerifier`: which tokens it accepts, and the error for each reason to refuse one."""

from __future__ import annotations

import base64
import hashlib
import pickle
from itertools import combinations
from typing import Any

import pytest

from cognito_async import AccessClaims, ClientClaims, IdClaims, TokenVerifier, errors
from cognito_async.local import MovableClock
from tests.verify.signing import (
    CLIENT_ID,
    GONE,
    ISSUER,
    NOW,
    POOL_ID,
    UPDATED_ISSUER,
    access_token,
    clock,
    id_token,
    key_set,
    machine_claims,
    sign,
    verifier,
)

pytestmark = pytest.mark.anyio
SCOPES = "orders/read orders/write"

# Each row: the changed claims, the options of the verifier, the arguments of the call, and the error.
BROKEN: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], type[errors.InvalidToken]]] = {
    "a foreign issuer": ({"iss": "https://example.com"}, {}, {}, errors.WrongIssuer),
    "the issuer of another pool": ({"iss": f"{ISSUER}X"}, {}, {}, errors.WrongIssuer),
    "the issuer in another region": ({"iss": ISSUER.replace("central", "west")}, {}, {}, errors.WrongIssuer),
    "the issuer with a slash": ({"iss": f"{ISSUER}/"}, {}, {}, errors.WrongIssuer),
    "an unknown use": ({"token_use": "refresh"}, {}, {}, errors.WrongTokenUse),
    "an unknown use, any wanted": ({"token_use": "refresh"}, {"token_use": None}, {}, errors.WrongTokenUse),
    "no use": ({"token_use": GONE}, {}, {}, errors.WrongTokenUse),
    "another use": ({}, {"token_use": "id"}, {}, errors.WrongTokenUse),
    "another client": ({"client_id": "another"}, {}, {}, errors.WrongClient),
    "none of the clients": ({}, {"client_id": ["one", "two"]}, {}, errors.WrongClient),
    "the end of its life": ({"exp": NOW}, {}, {}, errors.TokenExpired),
    "the end of the leeway": ({"exp": NOW - 60}, {"leeway": 60}, {}, errors.TokenExpired),
    "a later beginning": ({"nbf": NOW + 1}, {}, {}, errors.TokenNotYetValid),
    "a beginning after the leeway": ({"nbf": NOW + 61}, {"leeway": 60}, {}, errors.TokenNotYetValid),
    "no resource": ({}, {}, {"resource": "https://api.example.com"}, errors.WrongAudience),
    "another resource": ({"aud": ["https://b"]}, {"resource": "https://a"}, {}, errors.WrongAudience),
    "one scope of two": ({"scope": "orders/read"}, {}, {"scopes": SCOPES}, errors.MissingScope),
    "no scope": ({"scope": GONE}, {"scopes": ["orders/read"]}, {}, errors.MissingScope),
    "a scope in other letters": ({"scope": "Orders/read"}, {"scopes": "orders/read"}, {}, errors.MissingScope),
    "no group": ({}, {}, {"groups": "editors"}, errors.MissingGroup),
    "another group": ({"cognito__groups": ["a", "b"]}, {"groups": {"c", "d"}}, {}, errors.MissingGroup),
    "no level": ({}, {}, {"acr": "urn:high"}, errors.InsufficientAuthentication),
    "a lower level": ({"acr": "urn:low"}, {"acr": ["urn:high"]}, {}, errors.InsufficientAuthentication),
    "an access token with a nonce": ({}, {}, {"nonce": "n"}, errors.WrongNonce),
    "an access token with a hash": ({}, {}, {"access_token": "t"}, errors.WrongAccessToken),
    "a check": ({}, {"check": lambda claims: claims.username == "bob"}, {}, errors.RefusedByCheck),
    "a check that returns nothing": ({}, {"check": lambda _: None}, {}, errors.RefusedByCheck),
}
# Ways to break a token, in the order in which the rules are checked.
ORDER: list[tuple[dict[str, Any], dict[str, Any], type[errors.InvalidToken]]] = [
    ({"iss": "https://example.com"}, {}, errors.WrongIssuer),
    ({}, {"token_use": "id"}, errors.WrongTokenUse),
    ({"client_id": "another"}, {}, errors.WrongClient),
    ({"exp": NOW - 1}, {}, errors.TokenExpired),
    ({"nbf": NOW + 1}, {}, errors.TokenNotYetValid),
    ({}, {"resource": "https://api.example.com"}, errors.WrongAudience),
    ({"scope": "x"}, {"scopes": "y"}, errors.MissingScope),
    ({"cognito__groups": ["x"]}, {"groups": "y"}, errors.MissingGroup),
    ({"acr": "x"}, {"acr": "y"}, errors.InsufficientAuthentication),
    ({}, {"check": lambda _: False}, errors.RefusedByCheck),
]


@pytest.mark.table
@pytest.mark.parametrize("name", BROKEN)
async def test_broken_rule_has_its_own_error(name: str) -> None:
    changes, options, call, error = BROKEN[name]
    checker = verifier(**options)
    with pytest.raises(error) as refused:
        await checker.verify(access_token(**changes), **call)
    assert type(refused.value) is error and refused.value.reason
    with pytest.raises(error):
        checker.verify_nowait(access_token(**changes), **call)


def test_error_has_the_requirements_that_the_token_does_not_meet() -> None:
    cases: list[tuple[dict[str, Any], type[errors.InvalidToken]]] = [
        ({"scopes": "b a"}, errors.MissingScope),
        ({"groups": ["b", "a"]}, errors.MissingGroup),
        ({"acr": ("a", "b")}, errors.InsufficientAuthentication),
    ]
    for options, error in cases:
        for checker, call in ((verifier(**options), {}), (verifier(), options)):
            with pytest.raises(error) as refused:
                checker.verify_nowait(access_token(), **call)
            assert refused.value.required == ("a", "b")


def test_every_reason_is_different() -> None:
    kinds = {error for *_, error in BROKEN.values()} | {errors.UnknownKey, errors.WrongSignature}
    assert len({kind.reason for kind in kinds}) == len(kinds)


@pytest.mark.parametrize(("first", "second"), list(combinations(range(len(ORDER)), 2)))
def test_rules_are_checked_in_order(first: int, second: int) -> None:
    changes, options, error = ORDER[first]
    more_changes, more_options, _ = ORDER[second]
    call = {name: more_options[name] for name in more_options.keys() & {"resource", "scopes", "groups", "acr"}}
    rules = {name: value for name, value in more_options.items() if name not in call}
    with pytest.raises(error):
        verifier(**rules, **options).verify_nowait(access_token(**more_changes, **changes), **call)


@pytest.mark.parametrize("index", range(1, len(ORDER)))
def test_wrong_signature_comes_before_all_other_reasons(index: int) -> None:
    changes, options, _ = ORDER[index]
    token = access_token(**changes)
    head, claims, signature = token.split(".")
    forged = f"{head}.{claims}.{signature[:9]}{'A' if signature[9] != 'A' else 'B'}{signature[10:]}"
    with pytest.raises(errors.WrongSignature):
        verifier(**options).verify_nowait(forged)


@pytest.mark.table
@pytest.mark.parametrize(
    ("changes", "options", "call"),
    [
        ({}, {}, {}),
        ({}, {"client_id": None}, {}),
        ({}, {"client_id": ["another", CLIENT_ID]}, {}),
        ({}, {"token_use": None}, {}),
        ({"iss": UPDATED_ISSUER}, {}, {}),
        ({"iss": ISSUER.replace("eu-central-1.", "us-east-1.")}, {"regions": ["us-east-1"]}, {}),
        ({"iss": "http://localhost:9229/x"}, {"issuer": "http://localhost:9229/x"}, {}),
        ({"iss": "b:c"}, {"issuer": ["a", "b:c"], "jwks_url": "http://localhost:1/keys"}, {}),
        ({"exp": NOW + 1}, {}, {}),
        ({"exp": NOW - 59}, {"leeway": 60}, {}),
        ({"nbf": NOW}, {}, {}),
        ({"nbf": NOW + 60}, {"leeway": 60}, {}),
        ({"iat": NOW + 3600, "auth_time": NOW + 3600}, {}, {}),
        ({"iat": GONE, "auth_time": GONE, "jti": GONE, "scope": GONE}, {}, {}),
        ({"aud": "https://a"}, {"resource": "https://a"}, {"resource": "https://a"}),
        ({"aud": ["https://b", "https://a"]}, {}, {"resource": "https://a"}),
        ({"scope": SCOPES}, {"scopes": ["orders/read"]}, {"scopes": "orders/write orders/read"}),
        ({"cognito__groups": ["a", "b"]}, {"groups": "a"}, {"groups": ("c", "b")}),
        ({"acr": "urn:high"}, {"acr": ["urn:high", "urn:higher"]}, {"acr": "urn:high"}),
        ({}, {"check": lambda claims: claims.username == "alice"}, {}),
    ],
)
async def test_token_that_keeps_all_rules_is_accepted(
    changes: dict[str, Any], options: dict[str, Any], call: dict[str, Any]
) -> None:
    checker = verifier(**options)
    claims = await checker.verify(access_token(**changes), **call)
    assert isinstance(claims, AccessClaims) and claims.username == "alice"
    assert checker.verify_nowait(access_token(**changes), **call) == claims


async def test_token_expires_when_its_time_has_come() -> None:
    moved = MovableClock(clock.now())
    checker, token = verifier(clock=moved), access_token(exp=NOW + 10)
    await checker.verify(token)
    moved.advance(10)
    with pytest.raises(errors.TokenExpired):
        await checker.verify(token)


async def test_machine_token_has_claims_of_a_client() -> None:
    claims = await verifier().verify(sign(machine_claims()))
    assert isinstance(claims, ClientClaims)
    assert (claims.client_id, claims.scopes) == (CLIENT_ID, ("orders/read",))
    assert claims.username is None and claims.groups == ()
    with pytest.raises(errors.MissingGroup):
        await verifier().verify(sign(machine_claims()), groups="editors")


async def test_id_token_is_verified_with_its_own_rules() -> None:
    claims = await verifier("id").verify(id_token())
    assert isinstance(claims, IdClaims) and claims.client_id == CLIENT_ID
    with pytest.raises(errors.WrongTokenUse):
        await verifier().verify(id_token())
    with pytest.raises(errors.WrongClient):
        await verifier("id").verify(id_token(aud="another"))
    with pytest.raises(errors.MissingScope):
        await verifier(None).verify(id_token(scope="a"), scopes="a")
    with pytest.raises(errors.WrongAudience):
        await verifier(None).verify(id_token(), resource=CLIENT_ID)


async def test_id_token_is_bound_to_its_access_token_and_sign_in() -> None:
    # The pair of the reference page, recomputed here by the rule of OpenID Connect Core 1.0, section 3.1.3.6.
    access = "eyJhbGciOiJSUzI1NiJ9.eyJ0b2tlbl91c2UiOiJhY2Nlc3MifQ.c2ln"
    digest = hashlib.sha256(access.encode()).digest()
    assert base64.urlsafe_b64encode(digest[:16]) == b"ajfpiCZB71Fc-TCUgrEW0A=="
    token = id_token(at_hash="ajfpiCZB71Fc-TCUgrEW0A", nonce="n-é")
    checker = verifier("id")
    assert (await checker.verify(token, access_token=access, nonce="n-é")).nonce == "n-é"
    for call in ({"access_token": access + "x"}, {"nonce": "n"}):
        with pytest.raises((errors.WrongAccessToken, errors.WrongNonce)):
            await checker.verify(token, **call)
    for call in ({"access_token": access}, {"nonce": "n"}):
        with pytest.raises((errors.WrongAccessToken, errors.WrongNonce)):
            await checker.verify(id_token(), **call)


async def test_own_check_may_be_async_or_raise() -> None:
    class Suspended(Exception):
        pass

    async def check(claims: AccessClaims) -> bool:
        if claims.username == "bob":
            raise Suspended
        return claims.username == "alice"

    checker = verifier(check=check)
    await checker.verify(access_token())
    with pytest.raises(errors.RefusedByCheck):
        await checker.verify(access_token(username="carol"))
    with pytest.raises(Suspended):
        await checker.verify(access_token(username="bob"))
    with pytest.raises(errors.ConfigurationError, match="async check: use verify"):
        checker.verify_nowait(access_token())


@pytest.mark.parametrize("answer", [1, "false", NotImplemented, [True]], ids=repr)
async def test_check_must_return_true_or_false(answer: object) -> None:
    checker = verifier(check=lambda _: answer)
    with pytest.raises(errors.ConfigurationError, match="True or False"):
        checker.verify_nowait(access_token())
    with pytest.raises(errors.ConfigurationError, match="True or False"):
        await checker.verify(access_token())


class _Future:
    def __await__(self) -> Any:
        yield


def test_check_that_returns_an_awaitable_needs_verify() -> None:
    with pytest.raises(errors.ConfigurationError, match="async check: use verify"):
        verifier(check=lambda _: _Future()).verify_nowait(access_token())


@pytest.mark.parametrize(
    "options",
    [
        {"client_id": []},
        {"client_id": ""},
        {"client_id": [5]},
        {"client_id": 5},
        {"token_use": "refresh"},
        {"token_use": True},
        {"regions": ["nowhere"]},
        {"regions": 5},
        {"regions": None},
        {"issuer": []},
        {"issuer": "no-url"},
        {"issuer": "http://u:p@host/x"},
        {"jwks_url": "file:///etc/keys"},
        {"jwks_url": "https://host/#x"},
        {"jwks_url": 5},
        {"resource": ""},
        {"scopes": ["two scopes"]},
        {"scopes": [""]},
        {"scopes": " "},
        {"scopes": ""},
        {"scopes": None},
        {"scopes": {}},
        {"scopes": 5},
        {"groups": []},
        {"groups": ""},
        {"acr": set()},
        {"token_use": "id", "scopes": "a"},
        {"token_use": "id", "resource": "a"},
        {"leeway": -1},
        {"leeway": 3601},
        {"leeway": True},
        {"leeway": "5"},
        {"check": "alice"},
        {"jwks_timeout": 0},
        {"jwks_ttl": float("nan")},
        {"http_client": 5},
        {"clock": 5},
    ],
    ids=repr,
)
def test_invalid_option_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(errors.ConfigurationError):
        verifier(**options)


@pytest.mark.parametrize(
    "call",
    [{"scopes": 5}, {"scopes": None}, {"scopes": ""}, {"groups": []}, {"acr": 5}, {"resource": 5}, {"nonce": ""}],
)
@pytest.mark.table
async def test_invalid_argument_of_a_call_is_refused(call: dict[str, Any]) -> None:
    with pytest.raises(errors.ConfigurationError):
        await verifier().verify(access_token(), **call)


def test_required_and_unknown_options_are_type_errors() -> None:
    with pytest.raises(TypeError, match="client_id"):
        TokenVerifier(POOL_ID, token_use="access")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="token_use"):
        TokenVerifier(POOL_ID, client_id=None)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="audience"):
        verifier(audience="x")
    with pytest.raises(errors.ConfigurationError, match="user_pool_id"):
        TokenVerifier("eu-central-1", client_id=None, token_use=None)


async def test_any_of_chooses_the_verifier_by_the_issuer() -> None:
    other = TokenVerifier("us-east-1_Other", client_id="other", token_use="access", clock=clock)
    other.add_keys(key_set())
    both = TokenVerifier.any_of(verifier(), other)
    issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other"
    assert (await both.verify(access_token())).client_id == CLIENT_ID
    assert (await both.verify(access_token(iss=issuer, client_id="other"))).client_id == "other"
    with pytest.raises(errors.WrongClient):
        await both.verify(access_token(iss=issuer))
    with pytest.raises(errors.WrongIssuer):
        await both.verify(access_token(iss=issuer + "2"))
    with pytest.raises(errors.ConfigurationError, match="the verifiers that were given"):
        both.add_keys(key_set())
    assert issuer in repr(both) and ISSUER in repr(both)


def test_verifier_cannot_be_pickled() -> None:
    with pytest.raises(TypeError, match="TokenVerifier cannot be pickled"):
        pickle.dumps(verifier())


def test_any_of_refuses_verifiers_of_one_pool() -> None:
    with pytest.raises(errors.ConfigurationError, match="different user pools"):
        TokenVerifier.any_of(verifier(), verifier("id"))
    with pytest.raises(errors.ConfigurationError, match="different user pools"):
        TokenVerifier.any_of()
    wrong: list[Any] = [None, [verifier()], POOL_ID]
    for argument in wrong:
        with pytest.raises(errors.ConfigurationError, match="any_of needs verifiers"):
            TokenVerifier.any_of(argument)
