"""The changes of the pre token generation trigger to claims and scopes, in all versions of its event."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async import AccessClaims, errors
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers
from cognito_async.local import AppClientSettings, LocalUserPool

from ..helpers import PASSWORD, Wire, claims, keys
from ..triggers.test_calls import RecordingTrigger

pytestmark = [pytest.mark.anyio, pytest.mark.table]
UNRECOGNIZABLE = ("InvalidLambdaResponseException", "Unrecognizable lambda output")
SCOPE = "aws.cognito.signin.user.admin"
RESERVED = [
    *("acr", "amr", "at_hash", "aud", "auth_time", "azp", "client_id", "cognito:username", "device_key", "event_id"),
    *("exp", "iat", "identities", "iss", "jti", "nbf", "nonce", "origin_jti", "scope", "sub", "token_use"),
    *("username", "version", "cognito:groups", "cognito:roles", "cognito:preferred_role", "cognito:other", "dev:x"),
]


def settings(details: Any, version: Any = "V2_0") -> PoolSettings:
    member = "claimsOverrideDetails" if version == "V1_0" else "claimsAndScopeOverrideDetails"
    trigger = RecordingTrigger(**{member: details})
    return PoolSettings(triggers=Triggers(pre_token_generation=trigger), pre_token_generation_version=version)


async def issued(details: Any, version: Any = "V2_0") -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the claims of an access token and an ID token."""
    wire = Wire(settings(details, version))
    await wire.signed_up()
    tokens = await wire.tokens()
    return claims(tokens["AccessToken"])[1], claims(tokens["IdToken"])[1]


async def refused(details: Any, version: Any = "V2_0") -> tuple[str, str]:
    wire = Wire(settings(details, version))
    await wire.signed_up()
    return await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD)


@pytest.mark.parametrize("version", ["V1_0", "V2_0", "V3_0"])
async def test_no_trigger_can_add_or_change_reserved_claims(version: Any) -> None:
    added = dict.fromkeys([*RESERVED, "tenant"], "x")
    if version == "V1_0":
        access, identity = await issued({"claimsToAddOrOverride": added}, version)
    else:
        # Another test covers the audience of access tokens.
        of_access = {name: value for name, value in added.items() if name != "aud"}
        access, identity = await issued(
            {
                "idTokenGeneration": {"claimsToAddOrOverride": added},
                "accessTokenGeneration": {"claimsToAddOrOverride": of_access},
            },
            version,
        )
    assert [name for name, value in identity.items() if value == "x"] == ["tenant"]
    assert [name for name, value in access.items() if value == "x"] == ([] if version == "V1_0" else ["tenant"])


async def test_no_trigger_can_suppress_reserved_claims() -> None:
    plain_access, plain_identity = await issued(None)
    names = [name for name in RESERVED if name != "cognito:groups"]
    suppress = {"claimsToSuppress": names}
    access, identity = await issued({"idTokenGeneration": suppress, "accessTokenGeneration": suppress})
    assert (access.keys(), identity.keys()) == (plain_access.keys(), plain_identity.keys())


@pytest.mark.parametrize("value", ["text", 7, 1.5, True, ["a", 1, False], {"a": {"b": [1]}}, [], {}], ids=str)
async def test_claims_have_any_type_of_json_from_version_2_on(value: Any) -> None:
    changes = {"claimsToAddOrOverride": {"tenant": value}}
    access, identity = await issued({"idTokenGeneration": changes, "accessTokenGeneration": changes})
    assert access["tenant"] == identity["tenant"] == value
    if not isinstance(value, str):
        assert await refused(changes, "V1_0") == UNRECOGNIZABLE


async def test_each_token_has_its_own_changes() -> None:
    access, identity = await issued(
        {
            "idTokenGeneration": {"claimsToAddOrOverride": {"a": 1, "email": "g@example.com"}},
            "accessTokenGeneration": {"claimsToAddOrOverride": {"b": 2}},
        }
    )
    assert (identity["a"], identity["email"], identity.get("b")) == (1, "g@example.com", None)
    assert (access.get("a"), access["b"]) == (None, 2)


async def test_suppressed_claims_win_over_added_ones() -> None:
    changes = {"claimsToAddOrOverride": {"tenant": "a"}, "claimsToSuppress": ["tenant", "email", "absent"]}
    access, identity = await issued({"idTokenGeneration": changes, "accessTokenGeneration": changes})
    assert "tenant" not in access and not {"tenant", "email"} & identity.keys()


@pytest.mark.parametrize("name", ["phone_number_verified", "email_verified", "updated_at", "address"])
@pytest.mark.parametrize("value", [["x"], {"x": 1}])
async def test_some_claims_of_id_tokens_cannot_be_objects(name: str, value: Any) -> None:
    assert await refused({"idTokenGeneration": {"claimsToAddOrOverride": {name: value}}}) == UNRECOGNIZABLE
    access, _ = await issued({"accessTokenGeneration": {"claimsToAddOrOverride": {name: value}}})
    assert access[name] == value


@pytest.mark.parametrize(
    ("changes", "scopes"),
    [
        ({"scopesToAdd": ["orders/read", "orders/write"]}, f"{SCOPE} orders/read orders/write"),
        ({"scopesToAdd": ["a", "a", SCOPE]}, f"{SCOPE} a"),
        ({"scopesToAdd": ["a", "b"], "scopesToSuppress": ["b", SCOPE, "c"]}, "a"),
        ({"scopesToSuppress": [SCOPE]}, None),
        ({"scopesToAdd": None, "scopesToSuppress": None}, SCOPE),
    ],
)
async def test_scopes_are_added_and_suppressed(changes: dict[str, Any], scopes: str | None) -> None:
    access, identity = await issued({"accessTokenGeneration": changes})
    assert access.get("scope") == scopes and "scope" not in identity


async def test_audience_of_an_access_token_is_the_app_client_only() -> None:
    wire = Wire()
    added = {"claimsToAddOrOverride": {"aud": wire.client.id}}
    access, _ = await issued({"accessTokenGeneration": added})
    assert access["aud"] == wire.client.id
    access, _ = await issued({"accessTokenGeneration": {**added, "claimsToSuppress": ["aud"]}})
    assert "aud" not in access
    other = {"accessTokenGeneration": {"claimsToAddOrOverride": {"aud": "other"}}}
    assert await refused(other) == UNRECOGNIZABLE


@pytest.mark.parametrize(
    "details",
    [
        "text",
        {"claimsToAddOrOverride": {"tenant": "a"}},  # the shape of version 1
        {"idTokenGeneration": {"scopesToAdd": ["a"]}},
        {"idTokenGeneration": []},
        {"idTokenGeneration": {"claimsToAddOrOverride": {"tenant": None}}},
        {"idTokenGeneration": {"claimsToSuppress": "email"}},
        {"accessTokenGeneration": {"claimsToAddOrOverride": ["tenant"]}},
        {"accessTokenGeneration": {"groupOverrideDetails": {}}},
        {"accessTokenGeneration": {"scopesToAdd": "a"}},
        {"accessTokenGeneration": {"scopesToAdd": ["a b"]}},
        {"accessTokenGeneration": {"scopesToAdd": [" a"]}},
        {"accessTokenGeneration": {"scopesToAdd": [""]}},
        {"accessTokenGeneration": {"scopesToSuppress": [1]}},
        {"groupOverrideDetails": {"preferredRole": ["x"]}},
    ],
)
async def test_answers_of_another_shape_refuse_the_sign_in(details: Any) -> None:
    assert await refused(details) == UNRECOGNIZABLE


@pytest.mark.parametrize(
    ("version", "member"), [("V1_0", "claimsAndScopeOverrideDetails"), ("V2_0", "claimsOverrideDetails")]
)
async def test_answer_of_another_version_refuses_the_sign_in(version: Any, member: str) -> None:
    response: dict[str, Any] = {member: None}
    trigger = RecordingTrigger(**response)
    wire = Wire(PoolSettings(triggers=Triggers(pre_token_generation=trigger), pre_token_generation_version=version))
    await wire.signed_up()
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == UNRECOGNIZABLE


async def test_verifier_accepts_changed_tokens_and_the_pool_wants_its_scope() -> None:
    claims_ = {"tenant": {"id": 7}, "aud": AppClientSettings().id}
    added = {"claimsToAddOrOverride": claims_, "scopesToAdd": ["orders/read"]}
    settings_ = settings({"accessTokenGeneration": {**added, "scopesToSuppress": [SCOPE]}})
    async with LocalUserPool(settings_, keys=keys()) as local:
        pool = local.user_pool()
        await pool.sign_up("alice", PASSWORD, attributes={"email": "f@example.com"})
        await pool.confirm_sign_up("alice", local.outbox[-1].code)
        user = (await pool.sign_in("alice", PASSWORD)).user
        verified = await pool.verifier(token_use="access").verify(user.tokens.access_token)
        assert isinstance(verified, AccessClaims)
        assert verified.scopes == ("orders/read",) and verified.extra["tenant"] == {"id": 7}
        with pytest.raises(errors.NotAuthorizedException, match="Access Token does not have required scopes"):
            await user.attributes()
