"""Requests to a local pool whose members have wrong types, odd values, or values that the pool has issued itself."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import httpx

from cognito_async._local.operations import USER_POOLS
from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers
from cognito_async._local.wire.validation import Flag, Listing, Shape, Structure, Table, Text, TextMap, Whole
from tests.local.helpers import PASSWORD, SECRET, Wire, listed, secret_hash, sign, totp

PER_WORLD = 100
# Values of a wrong type or form. The last three are not JSON, but Python writes them.
CONFUSED: list[Any] = [
    *(None, True, False, 0, -1, 7, 10**30, 1.5, 1e300, float("nan"), float("inf"), float("-inf")),
    *("", " ", "x", "\ud800", "\x00", "é" * 40, "9" * 5000, "x" * 40000),
    *([], {}, [None], [[]], [{}], {"a": None}, {"": ""}, {"Name": 1}, {"Name": "email", "Value": []}),
]
# This string is replaced by a list that is nested too deeply for Python's own encoder.
DEEP = "a deeply nested list"
PARAMETERS = [
    *("USERNAME", "PASSWORD", "SRP_A", "SECRET_HASH", "DEVICE_KEY", "REFRESH_TOKEN", "ANSWER", "NEW_PASSWORD"),
    *("SMS_MFA_CODE", "EMAIL_OTP_CODE", "SMS_OTP_CODE", "SOFTWARE_TOKEN_MFA_CODE", "TIMESTAMP", "EMAIL"),
    *("PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK", "PREFERRED_CHALLENGE", "CHALLENGE_NAME"),
    *("TARGET_ACR_VALUES", "ACCESS_TOKEN", "MAX_AGE", "userAttributes.name", "userAttributes.email"),
]
# Operations that end sessions are rare, so that most tokens stay valid for a while, and sign-ins are frequent.
_ENDING = ("DeleteUser", "GlobalSignOut", "DisableUser", "ResetUserPassword", "DeleteGroup", "RevokeToken")
_SIGN_IN = ("InitiateAuth", "RespondToAuthChallenge", "SoftwareToken", "ConfirmSignUp", "VerifyUserAttribute")
OPERATIONS = [
    name
    for name in USER_POOLS.operations
    if name not in ("DeleteUserPool", "DeleteUserPoolClient")  # the pool would refuse all later requests at once
    for _ in range(1 if name.endswith(_ENDING) else 30 if name.endswith(_SIGN_IN) else 10)
]
ATTRIBUTES = ["email", "phone_number", "email_verified", "name", "sub", "custom:x", "identities", "preferred_username"]


async def _define(event: dict[str, Any]) -> None:
    is_last = len(event["request"]["session"]) > 1
    event["response"] |= {"issueTokens": True} if is_last else {"challengeName": "CUSTOM_CHALLENGE"}


async def _create(event: dict[str, Any]) -> None:
    event["response"] |= {"publicChallengeParameters": {"a": "1"}, "privateChallengeParameters": {"b": "2"}}


async def _verify(event: dict[str, Any]) -> None:
    event["response"]["answerCorrect"] = True


_TRIGGERS = Triggers(
    define_auth_challenge=_define, create_auth_challenge=_create, verify_auth_challenge_response=_verify
)
SETTINGS = [
    PoolSettings(triggers=_TRIGGERS),
    PoolSettings(mfa="ON", auto_verified=("email", "phone_number"), verify_before_update=("email",)),
    PoolSettings(mfa="OPTIONAL", device_tracking="ALWAYS", alias_attributes=("email",), triggers=_TRIGGERS),
    PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP", "SMS_OTP"), device_tracking="OPT_IN"),
    PoolSettings(username_attributes=("email", "phone_number"), mfa="OPTIONAL"),
]


class World:
    """A local pool with some users, and every string that it has issued: the next requests send them back."""

    def __init__(self, random: Random) -> None:
        self.random = random
        prevent: Any = random.choice(["LEGACY", "ENABLED"])
        client = AppClientSettings(
            secret=random.choice([None, None, SECRET]),
            prevent_user_existence_errors=prevent,
            refresh_token_rotation=random.random() < 0.3,
        )
        self.wire = Wire(random.choice(SETTINGS), client)
        self.issued: dict[str, list[str]] = {}
        self.asked: list[Any] = []
        # The names of the first two users come more often than the others.
        users = ["a@example.com", "+15550100"] if self.wire.pool.username_attributes else ["alice", "bob"]
        self.names = [*(users * 4), "carol", "nobody", "new", users[0].upper()]

    async def fill(self) -> None:
        """Sign two users up and in, and create a third with a temporary password."""
        for number, name in enumerate(self.names[:2]):
            contacts = {} if self.wire.pool.username_attributes else {"email": f"{name}@example.com"}
            if number and contacts:
                contacts["phone_number"] = "+15550101"
            user = await self.wire.admin("AdminCreateUser", Username=name, UserAttributes=listed(contacts))
            await self.wire.admin("AdminSetUserPassword", Username=name, Password=PASSWORD, Permanent=True)
            flags = dict.fromkeys((f"{each}_verified" for each in contacts), "true")
            await self.wire.admin("AdminUpdateUserAttributes", Username=name, UserAttributes=listed(flags))
            self.note(user["User"])
            reply = await self.wire.initiate(**self.proof(name))
            self.note(reply)
            await self.confirm_device(reply.get("AuthenticationResult", {}))
        if not self.wire.pool.username_attributes:
            await self.wire.admin("AdminCreateUser", Username="carol", TemporaryPassword=PASSWORD)
        await self.wire.admin("CreateGroup", GroupName="g", Precedence=0)

    async def confirm_device(self, tokens: dict[str, Any]) -> None:
        if "NewDeviceMetadata" in tokens:
            secret = {"Salt": "AAEC", "PasswordVerifier": "AAEC"}
            device = {"DeviceKey": tokens["NewDeviceMetadata"]["DeviceKey"], "DeviceSecretVerifierConfig": secret}
            await self.wire.call("ConfirmDevice", AccessToken=tokens["AccessToken"], **device)

    def note(self, reply: Any) -> None:
        """Keep the strings of a reply by their names, so that later requests can send them back."""
        if isinstance(reply, dict):
            for name, value in reply.items():
                if isinstance(value, str):
                    self.issued.setdefault(name, []).append(value)
                self.note(value)
        elif isinstance(reply, list):
            for each in reply:
                self.note(each)

    async def send(self) -> tuple[str, Any, httpx.Response]:
        """Send the next request. Return the operation, the request and the response."""
        name = self.random.choice(OPERATIONS)
        operation = USER_POOLS.operations[name]
        request = self.value(name, operation.shape)
        if self.random.random() < 0.7:
            request |= self.step(name)
        for _ in range(self.random.choice([0, 0, 0, 0, 1, 1, 1, 2, 5])):
            request = self.confused(request)
        content = json.dumps(request).replace(f'"{DEEP}"', "[" * 3000 + "]" * 3000).encode()
        headers = sign(name, content, at=self.wire.clock.now()) if operation.signed else {}
        response = await self.wire.post(name, content, headers)
        if "ChallengeName" in response.json():
            self.asked.append(response.json())
        self.note(response.json())
        self.issued["Code"] = [message.code for message in self.wire.service.outbox]
        if self.random.random() < 0.05:
            self.wire.clock.advance(self.random.choice([1, 30, 60, 200]))
        return name, request, response

    def step(self, name: str) -> dict[str, Any]:
        """Return the members with which a sign-in begins or goes on."""
        if name.endswith("InitiateAuth"):
            user = self.random.choice(self.names)
            flows = ["USER_PASSWORD_AUTH", "USER_SRP_AUTH", "USER_AUTH", "CUSTOM_AUTH", "ADMIN_USER_PASSWORD_AUTH"]
            return {"AuthFlow": self.random.choice(flows), "AuthParameters": self.proof(user, SRP_A="2")}
        if name.endswith("RespondToAuthChallenge") and self.asked:
            asked = self.random.choice(self.asked[-4:])
            parameters = asked["ChallengeParameters"]
            answers = {each: self.known(each) for each in PARAMETERS if each.isupper() and each != "DEVICE_KEY"}
            user = parameters.get("USERNAME") or parameters.get("USER_ID_FOR_SRP") or "alice"
            session = {"Session": asked["Session"]} if "Session" in asked else {}
            responses = {**answers, **self.proof(user), "NEW_PASSWORD": "N3w-" + PASSWORD}
            return {"ChallengeName": asked["ChallengeName"], "ChallengeResponses": responses, **session}
        return {}

    def proof(self, name: str, **more: str) -> dict[str, str]:
        hashed = {"SECRET_HASH": secret_hash(name, self.wire.client)} if self.wire.client.secret else {}
        return {"USERNAME": name, "PASSWORD": PASSWORD, **more, **hashed}

    def value(self, name: str, shape: Shape) -> Any:
        """Return a value that fits a shape, often one that the pool knows."""
        random = self.random
        match shape:
            case Structure(members, required):
                chosen = [each for each in members if each in required or random.random() < 0.5]
                if "SecretHash" in members and "Username" in members:
                    return self.with_hash({each: self.value(each, members[each]) for each in chosen})
                return {each: self.value(each, members[each]) for each in chosen}
            case Listing(of):
                single = name[:-1] if name.endswith("s") else name
                return [self.value(single, of) for _ in range(random.choice([0, 1, 1, 2]))]
            case TextMap():
                return {each: self.known(each) for each in self.parameters(name)}
            case Table(of=of):
                return {each: self.value(each, of) for each in random.sample(("Level1", "Level2", "x"), 1)}
            case Flag():
                return random.random() < 0.5
            case Whole(minimum, maximum):
                return random.choice([minimum, minimum + 1, maximum])
            case Text():
                return random.choice(shape.values) if shape.values else self.known(name)
            case _:
                raise AssertionError(shape)

    def with_hash(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the request with the hash that its client needs, if any."""
        request.pop("SecretHash", None)
        if self.wire.client.secret:
            request["SecretHash"] = secret_hash(request["Username"], self.wire.client)
        return request

    def parameters(self, name: str) -> list[str]:
        if name == "ClientMetadata":
            return ["a", "b"]
        return ["USERNAME", *self.random.sample(PARAMETERS, self.random.choice([1, 3, 6, len(PARAMETERS)]))]

    def known(self, name: str) -> str:
        """Return a string for a member or parameter with this name."""
        issued = {
            "DEVICE_KEY": "DeviceKey",
            "REFRESH_TOKEN": "RefreshToken",
            "Token": "RefreshToken",
            "ACCESS_TOKEN": "AccessToken",
            "PASSWORD_CLAIM_SECRET_BLOCK": "SECRET_BLOCK",
            "ConfirmationCode": "Code",
            "NextToken": "PaginationToken",
        }
        fixed: dict[str, list[str]] = {
            "DeviceKey": ["us-east-1_0a1b"],
            "UserCode": [totp(each, self.wire.clock.now()) for each in self.issued.get("SecretCode", [])[-1:]],
            "UserPoolId": [self.wire.pool.id],
            "ClientId": [self.wire.client.id],
            "ClientSecret": [SECRET],
            "Username": self.names,
            "USERNAME": self.names,
            "ProviderAttributeValue": self.names,
            "ProviderName": ["Cognito", "Google", "Okta"],
            "ProviderAttributeName": ["Cognito_Subject"],
            "GroupName": ["g", "h"],
            "RoleArn": ["arn:aws:iam::123456789012:role/r"],
            "Name": ATTRIBUTES,
            "AttributeName": ATTRIBUTES,
            "UserAttributeName": ATTRIBUTES,
            "AttributesToGet": ATTRIBUTES,
            "Value": ["true", "new@example.com", "+15550102", "x", ""],
            "SRP_A": ["2", "0", "f" * 768, "xyz"],
            "ANSWER": ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "SMS_MFA", "SOFTWARE_TOKEN_MFA", "1"],
            "PREFERRED_CHALLENGE": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"],
            "CHALLENGE_NAME": ["SRP_A"],
            "TIMESTAMP": ["Sat Sep 5 12:00:00 UTC 2026", "x"],
            "MAX_AGE": ["1", "9" * 5000],
            "PASSWORD_CLAIM_SIGNATURE": ["AAAA", "!"],
            "Filter": ['email ^= "a"', 'username = "alice"', '"'],
            "PasswordVerifier": ["AAEC"],
            "Salt": ["AAEC"],
        }
        choices = [*self.issued.get(issued.get(name, name), [])[-6:], *fixed.get(name, [])]
        if "assword" in name or "PASSWORD" in name:
            choices.append(PASSWORD)
        if name.endswith("_CODE"):
            choices += self.issued.get("Code", [])[-2:]
        return self.random.choice(choices) if choices else "x" * 24

    def confused(self, value: Any) -> Any:
        """Return a copy with one value at any depth replaced, or one unknown member added."""
        if isinstance(value, dict) and value and self.random.random() < 0.9:
            name = self.random.choice(list(value))
            return {**value, name: self.confused(value[name])}
        if isinstance(value, list) and value and self.random.random() < 0.7:
            place = self.random.randrange(len(value))
            return [*value[:place], self.confused(value[place]), *value[place + 1 :]]
        if isinstance(value, dict):
            return {**value, self.random.choice(["Future", "", "\ud800", *PARAMETERS]): self.odd()}
        if isinstance(value, str) and self.random.random() < 0.6:
            return self.random.choice([each for each in CONFUSED if isinstance(each, str)])
        return self.odd()

    def odd(self) -> Any:
        return DEEP if self.random.random() < 0.05 else self.random.choice(CONFUSED)


async def send_all(world: int, number: int = PER_WORLD) -> None:
    """Send the requests of one world. Each response must be a reply or an error that its operation declares."""
    this = World(Random(f"local pool {world}"))
    await this.fill()
    for case in range(number):
        try:
            operation, request, response = await this.send()
            assert response.status_code in (200, 400, 413), (operation, request, response.text)
        except Exception as error:
            error.add_note(f"in request {case} of world {world}")
            raise
