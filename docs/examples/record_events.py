"""A Lambda function that records its events as fixtures for tests."""

import os
from typing import Any

from cognito_async.triggers import EventRecorder, PreSignUp

recorder = EventRecorder(os.environ.get("EVENTS_FOLDER", "events"))


@recorder
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return PreSignUp.parse(event).confirm()


async def main() -> None:
    answer = handler({"triggerSource": "PreSignUp_SignUp", "request": {}}, None)
    assert answer["response"]["autoConfirmUser"]
