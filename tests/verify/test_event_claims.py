"""`AccessClaims.from_event`: claims in the events of API Gateway, which are text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cognito_async import AccessClaims, errors
from tests.verify.signing import CLIENT_ID, ISSUER

# The claims of a token as an HTTP API passes them: every value is a string.
CLAIMS = {
    "sub": "alice-sub",
    "iss": ISSUER,
    "client_id": CLIENT_ID,
    "token_use": "access",
    "scope": "openid orders/read",
    "auth_time": "1469814773",
    "iat": "1469814773",
    "exp": "1469818373",
    "version": "2",
    "jti": "id",
    "username": "alice",
    "cognito:groups": "[editors admins]",
}


def http_api(claims: Any) -> dict[str, Any]:
    return {"version": "2.0", "requestContext": {"authorizer": {"jwt": {"claims": claims, "scopes": ["openid"]}}}}


def rest_api(claims: Any) -> dict[str, Any]:
    return {"requestContext": {"authorizer": {"claims": claims}}}


def test_http_api_has_claims_as_text() -> None:
    claims = AccessClaims.from_event(http_api(CLAIMS))
    assert (claims.username, claims.exp, claims.iat, claims.version) == ("alice", 1469818373, 1469814773, 2)
    assert claims.groups == ("editors", "admins") and claims.scopes == ("openid", "orders/read")


def test_rest_api_has_dates_as_text() -> None:
    # The form that amazon-archives/amazon-cognito-identity-js#92 shows.
    dates = {"exp": "Fri Jul 29 18:52:53 UTC 2016", "iat": "Fri Jul 29 17:52:53 UTC 2016"}
    claims = AccessClaims.from_event(rest_api({**CLAIMS, **dates, "cognito:groups": "editors,admins"}))
    assert (claims.exp, claims.iat, claims.auth_time) == (1469818373, 1469814773, 1469814773)
    assert claims.groups == ("editors", "admins")


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("[]", ()),
        ("", ()),
        ("[a]", ("a",)),
        ("a", ("a",)),
        ("[a b]", ("a", "b")),
        ("[a, b]", ("a", "b")),
        ('["a","b"]', ("a", "b")),
        ("a,b", ("a", "b")),
        (["a", "b"], ("a", "b")),
    ],
)
def test_groups_have_several_forms(text: Any, groups: tuple[str, ...]) -> None:
    assert AccessClaims.from_event(rest_api({**CLAIMS, "cognito:groups": text})).groups == groups


@pytest.mark.parametrize("name", ['"admin"', "true", "null", "1e2", "1.50", "NaN"])
def test_names_of_groups_are_not_changed(name: str) -> None:
    for event in (http_api, rest_api):
        read = AccessClaims.from_event(event({**CLAIMS, "cognito:groups": f"[{name} editors]"}))
        assert read.groups == (name, "editors")
    assert AccessClaims.from_event(http_api({**CLAIMS, "cognito:groups": f"[{name}]"})).groups == (name,)


def test_claims_that_are_no_text_are_read_too() -> None:
    claims = {**CLAIMS, "exp": 1469818373, "cognito:groups": ["a"]}
    assert AccessClaims.from_event(http_api(claims)).exp == 1469818373
    assert AccessClaims.from_event(json.loads(json.dumps(http_api(claims)))).groups == ("a",)


@pytest.mark.parametrize(
    "event",
    [
        None,
        "text",
        {},
        {"requestContext": None},
        {"requestContext": {"authorizer": "x"}},
        {"requestContext": {"authorizer": {}}},
        {"requestContext": {"authorizer": {"jwt": {"claims": {}}, "lambda": {}}}},
        rest_api({**CLAIMS, "exp": "tomorrow"}),
        rest_api({**CLAIMS, "exp": "Fri Foo 29 18:52:53 UTC 2016"}),
        rest_api({**CLAIMS, "exp": "Fri Feb 30 18:52:53 UTC 2016"}),
        rest_api({**CLAIMS, "exp": "٣"}),
        rest_api({**CLAIMS, "exp": "1" * 16}),
        rest_api({**CLAIMS, "exp": "1" * 5000}),
        rest_api({**CLAIMS, "sub": 5}),
        rest_api({**CLAIMS, "cognito:groups": 5}),
    ],
    ids=lambda event: str(event)[:40],
)
def test_event_without_valid_claims_is_refused(event: Any) -> None:
    with pytest.raises(errors.MalformedToken):
        AccessClaims.from_event(event)


def test_claims_of_other_tokens_are_refused() -> None:
    machine = {name: value for name, value in CLAIMS.items() if name not in ("username", "cognito:groups")}
    with pytest.raises(errors.WrongTokenUse):
        AccessClaims.from_event(http_api(machine))
    identity = {**CLAIMS, "token_use": "id", "aud": CLIENT_ID, "cognito:username": "alice"}
    with pytest.raises(errors.WrongTokenUse):
        AccessClaims.from_event(http_api(identity))
    with pytest.raises(errors.WrongTokenUse):
        AccessClaims.from_event(http_api({**CLAIMS, "token_use": "x"}))
