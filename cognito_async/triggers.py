"""Typed events for the Lambda triggers of a user pool: read what Cognito sends, and answer it.

    from cognito_async.triggers import PreSignUp

    def handler(event, context):
        sign_up = PreSignUp.parse(event)
        if not sign_up.request.user_attributes["email"].endswith("@example.com"):
            raise ValueError("only for colleagues")
        return sign_up.confirm(verify_email=True)

Each class has the name of its trigger, and is a pydantic model. Its `request` has the data for the function. A method
such as `confirm` fills in its `response`, and returns the dictionary for Cognito; `to_dict` returns it without a
change. To refuse a call, raise an exception.

The models accept members and sources that this version does not know, and `parse` even unknown events, as
`UnknownTrigger`. A dump has the values of the event, in the same order.
"""

from __future__ import annotations

from ._triggers.authentication import PostAuthentication, PreAuthentication
from ._triggers.custom_challenges import (
    ChallengeResult,
    CreateAuthChallenge,
    DefineAuthChallenge,
    VerifyAuthChallengeResponse,
)
from ._triggers.event import CallerContext, TriggerEvent
from ._triggers.federation import InboundFederation
from ._triggers.messages import CustomEmailSender, CustomMessage, CustomSMSSender
from ._triggers.migration import UserMigration
from ._triggers.parsing import AnyTriggerEvent, UnknownTrigger, parse
from ._triggers.recorder import EventRecorder
from ._triggers.sign_up import PostConfirmation, PreSignUp
from ._triggers.token_generation import (
    GroupConfiguration,
    PreTokenGeneration,
    PreTokenGenerationV2,
    PreTokenGenerationV3,
)

__all__ = [
    "AnyTriggerEvent",
    "CallerContext",
    "ChallengeResult",
    "CreateAuthChallenge",
    "CustomEmailSender",
    "CustomMessage",
    "CustomSMSSender",
    "DefineAuthChallenge",
    "EventRecorder",
    "GroupConfiguration",
    "InboundFederation",
    "PostAuthentication",
    "PostConfirmation",
    "PreAuthentication",
    "PreSignUp",
    "PreTokenGeneration",
    "PreTokenGenerationV2",
    "PreTokenGenerationV3",
    "TriggerEvent",
    "UnknownTrigger",
    "UserMigration",
    "VerifyAuthChallengeResponse",
    "parse",
]


def __dir__() -> list[str]:
    return sorted(__all__)
