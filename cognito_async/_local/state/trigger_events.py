"""The events for which a pool calls its triggers: one class for each trigger, named as in Cognito.

An event is a plain value. An operation creates it and passes it to `fire`, which calls the trigger.

Others have published events of the service, which show the members of each event and which of them are null:
localstack/localstack#2893, #2964, #9349, #10739 and #11687, aws-powertools/powertools-lambda-typescript#3729, and
DefinitelyTyped/DefinitelyTyped#62357 for messages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from typing import Any, ClassVar, Final, Generic, Literal, TypeVar

from .trigger_responses import (
    CreateAuthChallengeResponse,
    CustomMessageResponse,
    DefineAuthChallengeResponse,
    NoResponse,
    PreSignUpResponse,
    PreTokenGenerationResponse,
    PreTokenGenerationV2Response,
    UserMigrationResponse,
    VerifyAuthChallengeResponseResponse,
    camel_case,
)

SignUpSource = Literal["PreSignUp_SignUp", "PreSignUp_AdminCreateUser"]
ConfirmationSource = Literal["PostConfirmation_ConfirmSignUp", "PostConfirmation_ConfirmForgotPassword"]
TokenSource = Literal[
    "TokenGeneration_Authentication",
    "TokenGeneration_NewPasswordChallenge",
    "TokenGeneration_AuthenticateDevice",
    "TokenGeneration_RefreshTokens",
]
MessageSource = Literal[
    "CustomMessage_SignUp",
    "CustomMessage_AdminCreateUser",
    "CustomMessage_ResendCode",
    "CustomMessage_ForgotPassword",
    "CustomMessage_UpdateUserAttribute",
    "CustomMessage_VerifyUserAttribute",
    "CustomMessage_Authentication",
]
# The placeholders in the texts of messages.
CODE: Final = "{####}"
USERNAME: Final = "{username}"

_ENVELOPE: Final = frozenset({"origin", "username", "source", "version"})
_NULL_IF_EMPTY: Final = frozenset({"validation_data", "username_parameter"})
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Origin:
    """The user pool of an event, and the app client that made the call."""

    user_pool_id: str
    client_id: str


@dataclass(frozen=True, slots=True)
class TriggerEvent(Generic[R]):
    """The base of all events: something that happens to a user, and that a function may answer with an `R`.

    The fields that a subclass declares are the members of the event's `request`: their names are written in camel
    case, and a member that is `None` is left out, as are empty `client_metadata`. `function` names the field of
    `Triggers` with the function; `response` is the class `R`.
    """

    function: ClassVar[str]
    response: ClassVar[type[Any]] = NoResponse

    origin: Origin
    username: str
    _: KW_ONLY
    source: str
    version: Literal["1", "2", "3"] = "1"

    @property
    def request(self) -> dict[str, Any]:
        """The members of the event's `request`."""
        members: dict[str, Any] = {}
        for name in [each.name for each in fields(self) if each.name not in _ENVELOPE]:
            value = getattr(self, name)
            if name in _NULL_IF_EMPTY:
                members[camel_case(name)] = value or None
            elif value is not None and (value or name != "client_metadata"):
                members[camel_case(name)] = value
        return members


@dataclass(frozen=True, slots=True, kw_only=True)
class PreSignUp(TriggerEvent[PreSignUpResponse]):
    """The event before a user is added.

    The function may confirm the user and verify contacts. To refuse the user, it raises an exception. The attributes
    are those of the call: the user has no `sub` and no status yet.
    """

    function = "pre_sign_up"
    response = PreSignUpResponse

    source: SignUpSource
    user_attributes: Mapping[str, str]
    validation_data: Mapping[str, str]
    client_metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostConfirmation(TriggerEvent[NoResponse]):
    """The event after a user has been confirmed, or has set a new password with a code."""

    function = "post_confirmation"

    source: ConfirmationSource
    user_attributes: Mapping[str, str]
    client_metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreAuthentication(TriggerEvent[NoResponse]):
    """The event when a sign-in begins, before any proof. To refuse it, the function raises an exception.

    `user_not_found` is `None` unless the app client hides which users exist.
    """

    function = "pre_authentication"

    source: Literal["PreAuthentication_Authentication"] = "PreAuthentication_Authentication"
    user_attributes: Mapping[str, str]
    validation_data: Mapping[str, str]
    user_not_found: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostAuthentication(TriggerEvent[NoResponse]):
    """The event after a user has passed all challenges of a sign-in."""

    function = "post_authentication"

    source: Literal["PostAuthentication_Authentication"] = "PostAuthentication_Authentication"
    user_attributes: Mapping[str, str]
    new_device_used: bool
    client_metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreTokenGeneration(TriggerEvent[PreTokenGenerationResponse]):
    """The event before tokens are issued, in version 1: the function can change the ID token, and the groups of both.

    `group_configuration` always has `preferredRole`, which may be null. A few published events lack it.
    """

    function = "pre_token_generation"
    response = PreTokenGenerationResponse

    source: TokenSource
    user_attributes: Mapping[str, str]
    group_configuration: Mapping[str, Any]
    client_metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreTokenGenerationV2(TriggerEvent[PreTokenGenerationV2Response]):
    """The event before tokens are issued, in version 2 or 3: the function can change both tokens.

    The versions differ in their number, and in that only a function for version 3 gets events of machines.
    """

    function = "pre_token_generation"
    response = PreTokenGenerationV2Response

    version: Literal["2", "3"] = "2"
    source: TokenSource
    user_attributes: Mapping[str, str]
    scopes: Sequence[str]
    group_configuration: Mapping[str, Any]
    client_metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomMessage(TriggerEvent[CustomMessageResponse]):
    """The event before a message is sent. The function may write the texts, with placeholders for the code and name.

    `username_parameter` is null except in invitations.
    """

    function = "custom_message"
    response = CustomMessageResponse

    source: MessageSource
    user_attributes: Mapping[str, str]
    code_parameter: str = CODE
    link_parameter: str = "{##Click Here##}"
    username_parameter: str | None = None
    client_metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMigration(TriggerEvent[UserMigrationResponse]):
    """The event when a name is unknown to the pool. The function may find the user in another directory.

    `password` is `None` if the user has forgotten it. The metadata of a sign-in are its `validation_data`.
    """

    function = "user_migration"
    response = UserMigrationResponse

    source: Literal["UserMigration_Authentication", "UserMigration_ForgotPassword"]
    password: str | None = field(default=None, repr=False)
    validation_data: Mapping[str, str]
    client_metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DefineAuthChallenge(TriggerEvent[DefineAuthChallengeResponse]):
    """The event in which the function decides the next step: to issue tokens, to refuse, or to ask a question."""

    function = "define_auth_challenge"
    response = DefineAuthChallengeResponse

    source: Literal["DefineAuthChallenge_Authentication"] = "DefineAuthChallenge_Authentication"
    user_attributes: Mapping[str, str]
    session: Sequence[Mapping[str, Any]] = field(repr=False)
    client_metadata: Mapping[str, str]
    user_not_found: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAuthChallenge(TriggerEvent[CreateAuthChallengeResponse]):
    """The event in which the function makes the challenge that DefineAuthChallenge has chosen."""

    function = "create_auth_challenge"
    response = CreateAuthChallengeResponse

    source: Literal["CreateAuthChallenge_Authentication"] = "CreateAuthChallenge_Authentication"
    user_attributes: Mapping[str, str]
    challenge_name: Literal["CUSTOM_CHALLENGE"] = "CUSTOM_CHALLENGE"
    session: Sequence[Mapping[str, Any]] = field(repr=False)
    client_metadata: Mapping[str, str]
    user_not_found: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyAuthChallengeResponse(TriggerEvent[VerifyAuthChallengeResponseResponse]):
    """The event in which the function says whether the user's answer is right."""

    function = "verify_auth_challenge_response"
    response = VerifyAuthChallengeResponseResponse

    source: Literal["VerifyAuthChallengeResponse_Authentication"] = "VerifyAuthChallengeResponse_Authentication"
    user_attributes: Mapping[str, str]
    private_challenge_parameters: Mapping[str, str] = field(repr=False)
    challenge_answer: str = field(repr=False)
    client_metadata: Mapping[str, str]
    user_not_found: bool | None = None
