"""A driver for flows that gives them prepared replies. It needs no event loop, server or clock."""

from __future__ import annotations

import base64
from datetime import datetime, timezone
from typing import Any

from cognito_async import DeviceSecret
from cognito_async._core.errors import CognitoError
from cognito_async._core.secret import Secret
from cognito_async._crypto.srp import SrpClient
from cognito_async._flows.context import AppClient, CallerContext, SignIn
from cognito_async._flows.protocol import Call, FindDevice, Flow, Outcome, Pause
from cognito_async._flows.sign_in import with_srp

NOON = datetime(2026, 3, 3, 4, 5, 6, tzinfo=timezone.utc)
VERIFIER = {
    "ChallengeName": "PASSWORD_VERIFIER",
    "ChallengeParameters": {
        "USERNAME": "internal",
        "USER_ID_FOR_SRP": "for-srp",
        "SRP_B": "2",
        "SALT": "0a",
        "SECRET_BLOCK": base64.b64encode(b"block").decode(),
    },
}
SMS = {
    "ChallengeName": "SMS_MFA",
    "Session": "first-session-of-twenty",
    "ChallengeParameters": {"USER_ID_FOR_SRP": "for-srp", "CODE_DELIVERY_DESTINATION": "+*******9934"},
}


def sign_in(secret: str | None = None) -> SignIn:
    client = AppClient("eu-central-1_Pool", "client", Secret(secret) if secret else None)
    return SignIn(client, "typed", lambda: NOON, CallerContext())


def walk(
    flow: Flow[Outcome], *replies: dict[str, Any] | CognitoError, device: DeviceSecret | None = None
) -> tuple[Outcome, list[dict[str, Any]]]:
    """Run a flow, give it these replies or errors, and return its outcome and its requests.

    device: the device that the flow finds if it looks for one under the device's username.
    """
    waiting, requests, message = list(replies), [], None
    error: CognitoError | None = None
    try:
        while True:
            step = flow.send(message) if error is None else flow.throw(error)
            message = error = None
            if isinstance(step, Call):
                requests.append({"operation": step.operation.name, **step.request.to_wire()})
                reply = waiting.pop(0)
                if isinstance(reply, CognitoError):
                    error = reply
                else:
                    message = step.operation.output.model_validate(reply)
            elif isinstance(step, FindDevice):
                message = device if device is not None and step.username == device.username else None
            else:
                assert isinstance(step, Pause)
    except StopIteration as done:
        assert not waiting
        return done.value, requests


def srp(state: SignIn, **options: Any) -> Flow[Outcome]:
    return with_srp(state, Secret("Passw0rd!"), lambda context: SrpClient(context, a=7))
