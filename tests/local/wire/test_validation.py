from __future__ import annotations

import httpx
import pytest

from cognito_async.local import LocalTransport, LocalUserPool
from tests.support import make_user

from ..helpers import PASSWORD, Wire

pytestmark = [pytest.mark.anyio, pytest.mark.table]
INVALID = "InvalidParameterException"
WORDS = r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+"
OUTER = r"^[\S]+.*[\S]+$"
MUST = "failed to satisfy constraint: Member must"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"a":' * 100 + b"1" + b"}" * 100, b"null", b"1"]
)
async def test_body_that_is_no_json_object_is_refused_without_a_message(body: bytes) -> None:
    reply = await Wire().post("SignUp", body)
    assert (reply.status_code, reply.json()) == (400, {"__type": "SerializationException"})
    assert reply.headers["x-amzn-errortype"] == "SerializationException:"
    assert "x-amzn-errormessage" not in reply.headers


async def test_unreadable_member_is_named_as_the_framework_of_the_service_does() -> None:
    reply = await Wire().post("SignUp", b"[]")
    assert reply.json() == {"__type": "SerializationException", "Message": "Start of list found where not expected"}


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("Username", 1, "NUMBER_VALUE can not be converted to a String"),
        ("Username", 1.5, "NUMBER_VALUE can not be converted to a String"),
        ("Username", True, "TRUE_VALUE can not be converted to a String"),
        ("Username", False, "FALSE_VALUE can not be converted to a String"),
        ("Username", {}, "Start of structure or map found where not expected."),
        ("UserAttributes", {}, "Start of structure or map found where not expected."),
        ("UserAttributes", "email", "Expected list or null"),
        ("UserAttributes", ["email"], "Expected null"),
        ("UserAttributes", [[]], "Start of list found where not expected"),
        ("ClientMetadata", "key", "Expected map or null"),
        ("ClientMetadata", {"key": []}, "Start of list found where not expected"),
        ("ClientMetadata", {"\ud800": "x"}, "A string is not valid Unicode."),
        ("Password", "Passw0rd!\udfff", "A string is not valid Unicode."),
    ],
)
async def test_member_of_another_type_is_refused(member: str, value: object, message: str) -> None:
    refused = await Wire().refused("SignUp", **{"Username": "alice", "Password": PASSWORD, member: value})
    assert refused == ("SerializationException", message)


@pytest.mark.parametrize(
    ("members", "problems"),
    [
        ({"Username": None}, [f"Value at 'username' {MUST} not be null"]),
        (
            {"Username": ""},
            [
                f"Value at 'username' {MUST} have length greater than or equal to 1",
                f"Value at 'username' {MUST} satisfy regular expression pattern: {WORDS}",
            ],
        ),
        (
            {"Username": "al ice"},
            [f"Value at 'username' {MUST} satisfy regular expression pattern: {WORDS}"],
        ),
        ({"Username": "a" * 129}, [f"Value at 'username' {MUST} have length less than or equal to 128"]),
        ({"Password": "password "}, [rf"Value at 'password' {MUST} satisfy regular expression pattern: {OUTER}"]),
        (
            {"ClientId": None, "Password": "x" * 257},
            [
                f"Value at 'clientId' {MUST} not be null",
                f"Value at 'password' {MUST} have length less than or equal to 256",
            ],
        ),
        (
            {"UserAttributes": [{"Name": "email"}, {"Value": "x"}, {"Name": "n" * 33, "Value": "x" * 2049}]},
            [
                f"Value null at 'userAttributes.2.member.name' {MUST} not be null",
                f"Value '{'n' * 33}' at 'userAttributes.3.member.name' {MUST} have length less than or equal to 32",
                f"Value at 'userAttributes.3.member.value' {MUST} have length less than or equal to 2048",
            ],
        ),
        (
            {"UserAttributes": [{"Name": "\x00"}]},
            [
                (
                    f"Value '\x00' at 'userAttributes.1.member.name' {MUST} satisfy regular expression pattern: "
                    r"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+"
                )
            ],
        ),
    ],
)
async def test_all_violations_of_the_model_are_reported_together(
    members: dict[str, object], problems: list[str]
) -> None:
    count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
    refused = await Wire().refused("SignUp", **{"Username": "alice", "Password": PASSWORD, **members})
    assert refused == (INVALID, count + "; ".join(problems))


async def test_enumerations_sizes_and_numbers_are_checked() -> None:
    wire = Wire()
    code, message = await wire.refused("InitiateAuth", AuthFlow="MAGIC", Session="short")
    assert code == INVALID
    assert f"Value 'MAGIC' at 'authFlow' {MUST} satisfy enum value set: [USER_SRP_AUTH, " in message
    assert message.endswith(f"Value at 'session' {MUST} have length greater than or equal to 20")
    too_many = await wire.admin_refused("ListUsers", Limit=61)
    assert too_many[1].endswith(f"Value '61' at 'limit' {MUST} have value less than or equal to 60")
    too_few = await wire.admin_refused("ListUsers", Limit=-1)
    assert too_few[1].endswith(f"Value '-1' at 'limit' {MUST} have value greater than or equal to 0")
    assert await wire.admin("ListUsers", Limit=0) == {"Users": []}


async def test_length_of_map_keys_and_values_is_checked_without_showing_them() -> None:
    wire, most = Wire(), 131072
    limit = f"satisfy constraint: [Member must have length less than or equal to {most}]"
    for sent, problem in (({"k": "x" * (most + 1)}, "Map value must"), ({"x" * (most + 1): "v"}, "Map keys must")):
        expected = (
            f"1 validation error detected: Value at 'clientMetadata' failed to satisfy constraint: {problem} {limit}"
        )
        members = {"Username": "alice", "Password": PASSWORD, "ClientMetadata": sent}
        assert await wire.refused("SignUp", **members) == (INVALID, expected)
    members = {"Username": "alice", "Password": PASSWORD, "ClientMetadata": {"k": "x" * most}}
    assert await wire.call("SignUp", **members)


async def test_context_of_the_user_is_never_shown() -> None:
    context = {"IpAddress": "192.0.2.1" * 20000}
    code, message = await Wire().refused("SignUp", Username="alice", Password=PASSWORD, UserContextData=context)
    assert code == INVALID and message.startswith("1 validation error detected: Value at 'userContextData.ipAddress' ")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
async def test_numbers_that_json_does_not_have_are_unreadable(number: str) -> None:
    reply = await Wire().post("SignUp", f'{{"Username": "alice", "Future": {number}}}'.encode())
    assert reply.json() == {"__type": "SerializationException"}


async def test_null_and_unknown_members_are_ignored() -> None:
    wire = Wire()
    more = {"Session": None, "SecretHash": None, "UserContextData": {"IpAddress": "192.0.2.1"}, "Future": [1]}
    await wire.call("SignUp", Username="alice", Password=PASSWORD, ValidationData=[], **more)


async def test_null_elements_of_a_list_are_ignored() -> None:
    wire = Wire()
    attributes = [None, {"Name": "email", "Value": "alice@example.com"}, {"Name": "name", "Value": None}]
    await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=attributes)
    assert wire.service.outbox[-1].destination == "alice@example.com"


async def test_number_or_flag_of_another_type_is_refused() -> None:
    wire = Wire()
    assert await wire.admin_refused("ListUsers", Limit="1") == (
        "SerializationException",
        "STRING_VALUE can not be converted to an Integer",
    )
    assert await wire.admin_refused("AdminSetUserPassword", Username="a", Password=PASSWORD, Permanent=1) == (
        "SerializationException",
        "NUMBER_VALUE can not be converted to a Boolean",
    )


async def test_names_may_use_any_script() -> None:
    wire = Wire()
    assert (await wire.signed_up("ælfgifu-日本☂")).username == "ælfgifu-日本☂"


async def test_null_in_a_map_is_treated_as_missing() -> None:
    local = LocalUserPool()
    await make_user(local)
    tokens = (await local.user_pool().sign_in("alice", "Passw0rd!")).tokens
    async with httpx.AsyncClient(transport=LocalTransport(local.service), base_url="http://local") as browser:
        reply = await browser.post(
            "/",
            headers={"X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth"},
            json={
                "ClientId": local.client.id,
                "AuthFlow": "REFRESH_TOKEN_AUTH",
                "AuthParameters": {"REFRESH_TOKEN": tokens.refresh_token, "DEVICE_KEY": None},
            },
        )
    assert reply.status_code == 200 and reply.json()["AuthenticationResult"]["AccessToken"]
