"""The class for each event, found by its `triggerSource` and `version`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final, cast

from pydantic import Field

from .._core.errors import ConfigurationError
from .authentication import PostAuthentication, PreAuthentication
from .custom_challenges import CreateAuthChallenge, DefineAuthChallenge, VerifyAuthChallengeResponse
from .event import TriggerEvent
from .federation import InboundFederation
from .members import Members
from .messages import CustomEmailSender, CustomMessage, CustomSMSSender
from .migration import UserMigration
from .sign_up import PostConfirmation, PreSignUp
from .token_generation import PreTokenGeneration, PreTokenGenerationV2, PreTokenGenerationV3

EVENTS: Final = (
    PreSignUp,
    PostConfirmation,
    PreAuthentication,
    PostAuthentication,
    DefineAuthChallenge,
    CreateAuthChallenge,
    VerifyAuthChallengeResponse,
    PreTokenGeneration,
    PreTokenGenerationV2,
    PreTokenGenerationV3,
    UserMigration,
    CustomMessage,
    CustomEmailSender,
    CustomSMSSender,
    InboundFederation,
)


class UnknownTrigger(TriggerEvent):
    """An event of a trigger that this version of the package does not know."""

    trigger: ClassVar[str] = ""

    request: Members = Field(default_factory=Members)
    response: Members = Field(default_factory=Members)

    @classmethod
    def describes(cls, source: str, version: str) -> bool:
        return not any(kind.describes(source, version) for kind in EVENTS)


AnyTriggerEvent = (
    PreSignUp
    | PostConfirmation
    | PreAuthentication
    | PostAuthentication
    | DefineAuthChallenge
    | CreateAuthChallenge
    | VerifyAuthChallengeResponse
    | PreTokenGeneration
    | PreTokenGenerationV2
    | PreTokenGenerationV3
    | UserMigration
    | CustomMessage
    | CustomEmailSender
    | CustomSMSSender
    | InboundFederation
    | UnknownTrigger
)


def parse(event: Mapping[str, Any]) -> AnyTriggerEvent:
    """Read the event of any trigger, for a Lambda function that serves several. Distinguish the classes by `match`.

    An event of a trigger that this version does not know is an `UnknownTrigger`.

    Raises:
        ConfigurationError: if it is not the event of a trigger. The text names the member that is wrong, and shows no
            value.
    """
    given: Any = event if isinstance(cast("Any", event), Mapping) else {}
    source, version = given.get("triggerSource"), given.get("version", "1")
    if not isinstance(source, str):
        raise ConfigurationError("the event of a trigger must be a dictionary with a triggerSource")
    for kind in EVENTS:
        if kind.describes(source, version):
            return kind.parse(event)
    return UnknownTrigger.parse(event)
