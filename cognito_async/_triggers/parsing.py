"""The class for each event, found by its `triggerSource` and `version`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from .._core.errors import ConfigurationError
from .authentication import PostAuthentication, PreAuthentication
from .custom_challenges import CreateAuthChallenge, DefineAuthChallenge, VerifyAuthChallengeResponse
from .event import UnknownTrigger
from .federation import InboundFederation
from .messages import CustomEmailSender, CustomMessage, CustomSMSSender
from .migration import UserMigration
from .sign_up import PostConfirmation, PreSignUp
from .token_generation import PreTokenGeneration, PreTokenGenerationV2, PreTokenGenerationV3

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
