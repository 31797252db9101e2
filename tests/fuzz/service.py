"""A server whose replies are changed at random."""

from __future__ import annotations

from datetime import datetime, timezone
from random import Random
from typing import Any

import httpx

from cognito_async import UserPool
from cognito_async.local import MovableClock
from cognito_async.lowlevel import Credentials
from tests.support import CLIENT_ID, DEVICE_KEY, POOL_ID, tokens_reply

from . import mutations

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
SESSION = "session-one-of-twenty"
CLAIMS: dict[str, Any] = {
    "username": "alice",
    "sub": "s",
    "exp": 1_767_330_000,
    "iat": 1_767_323_000,
    "device_key": DEVICE_KEY,
    "auth_time": 1,
}
DELIVERY = {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
DEVICE = {
    "DeviceKey": DEVICE_KEY,
    "DeviceAttributes": [{"Name": "device_name", "Value": "phone"}],
    "DeviceCreateDate": 1.7e9,
    "DeviceLastModifiedDate": 1.7e9,
    "DeviceLastAuthenticatedDate": 1.7e9,
}
ATTRIBUTES = [{"Name": "sub", "Value": "s"}, {"Name": "email", "Value": "a@example.com"}]
USER = {
    "Username": "alice",
    "Attributes": ATTRIBUTES,
    "UserCreateDate": 1.7e9,
    "UserStatus": "CONFIRMED",
    "Enabled": True,
}
GROUP = {"GroupName": "g", "Precedence": 1, "CreationDate": 1.7e9, "LastModifiedDate": 1.7e9}


def challenge(name: str, **parameters: str) -> dict[str, Any]:
    parameters = {"USERNAME": "alice", **parameters}
    return {"ChallengeName": name, "Session": SESSION, "ChallengeParameters": parameters, "AvailableChallenges": [name]}


def issued() -> dict[str, Any]:
    """Return a reply with tokens, and with the device that the pool offers."""
    reply = tokens_reply(**CLAIMS)
    reply["AuthenticationResult"]["NewDeviceMetadata"] = {"DeviceKey": DEVICE_KEY, "DeviceGroupKey": "-grpKey"}
    return reply


VERIFIER = {"USER_ID_FOR_SRP": "alice", "SRP_B": "2", "SALT": "0a", "SECRET_BLOCK": "AA=="}
# Replies of the service, by operation.
REPLIES: dict[str, list[dict[str, Any]]] = {
    "InitiateAuth": [
        issued(),
        challenge("SMS_MFA", CODE_DELIVERY_DESTINATION="+***", CODE_DELIVERY_DELIVERY_MEDIUM="SMS"),
        challenge("SELECT_MFA_TYPE", MFAS_CAN_CHOOSE='["SMS_MFA", "SOFTWARE_TOKEN_MFA"]'),
        challenge("MFA_SETUP", MFAS_CAN_SETUP='["SOFTWARE_TOKEN_MFA"]'),
        challenge(
            "NEW_PASSWORD_REQUIRED", requiredAttributes='["userAttributes.email"]', userAttributes='{"email": "a"}'
        ),
        challenge("SELECT_CHALLENGE"),
        challenge("CUSTOM_CHALLENGE", question="?"),
        challenge("DEVICE_SRP_AUTH"),
        *[challenge("PASSWORD_VERIFIER", **VERIFIER)] * 3,
    ],
    "RespondToAuthChallenge": [
        issued(),
        challenge("DEVICE_PASSWORD_VERIFIER", **VERIFIER),
        challenge("SOFTWARE_TOKEN_MFA", FRIENDLY_DEVICE_NAME="phone"),
    ],
    "GetTokensFromRefreshToken": [issued()],
    "SignUp": [{"UserConfirmed": False, "UserSub": "s", "CodeDeliveryDetails": DELIVERY, "Session": SESSION}],
    "ConfirmSignUp": [{"Session": SESSION}],
    "ResendConfirmationCode": [{"CodeDeliveryDetails": DELIVERY}],
    "ForgotPassword": [{"CodeDeliveryDetails": DELIVERY}],
    "GetUser": [{"Username": "alice", "UserAttributes": ATTRIBUTES, "UserMFASettingList": ["SMS_MFA"]}],
    "GetUserAuthFactors": [{"Username": "alice", "ConfiguredUserAuthFactors": ["PASSWORD"]}],
    "UpdateUserAttributes": [{"CodeDeliveryDetailsList": [DELIVERY]}],
    "GetUserAttributeVerificationCode": [{"CodeDeliveryDetails": DELIVERY}],
    "AssociateSoftwareToken": [{"SecretCode": "ABCD" * 13, "Session": SESSION}],
    "VerifySoftwareToken": [{"Status": "SUCCESS", "Session": SESSION}],
    "ConfirmDevice": [{"UserConfirmationNecessary": True}],
    "ListDevices": [{"Devices": [DEVICE]}],
    "GetDevice": [{"Device": DEVICE}],
    "AdminGetUser": [{**USER, "UserAttributes": ATTRIBUTES}],
    "ListUsers": [{"Users": [USER], "PaginationToken": "1"}],
    "GetGroup": [{"Group": GROUP}],
    "ListGroups": [{"Groups": [GROUP], "NextToken": "1"}],
    "AdminListDevices": [{"Devices": [DEVICE]}],
}
ERROR = {"__type": "NotAuthorizedException", "message": "no", "code": "X", "reasonCode": "R"}


class Server(httpx.AsyncBaseTransport):
    """A server whose replies are changed with a probability. It accepts at most 30 calls, to end endless listings."""

    def __init__(self, random: Random, share: float) -> None:
        self._random = random
        self._share = share
        self._calls = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self._calls += 1
        if self._calls > 30:
            raise httpx.ReadError("too many calls")
        random, operation = self._random, request.headers["x-amz-target"].partition(".")[2]
        reply = random.choice(REPLIES.get(operation, [{}]))
        if random.random() > self._share:
            return httpx.Response(200, json=reply)
        status = random.choice(mutations.STATUSES)
        body = mutations.encoded(random, reply if status == 200 else ERROR)
        return httpx.Response(status, headers=mutations.headers(random), content=body)


def pool_of(random: Random, share: float = 0.0, **options: Any) -> UserPool:
    client = httpx.AsyncClient(transport=Server(random, share), trust_env=False)
    endpoint = random.choice([None, "http://127.0.0.1:1"])
    options.setdefault("credentials", Credentials("AKIDEXAMPLE", "secret"))
    return UserPool(POOL_ID, CLIENT_ID, http_client=client, endpoint=endpoint, clock=MovableClock(NOW), **options)
