"""The events for which a pool calls its triggers: one class for each trigger, named as in Cognito.

An event is a plain value. An operation creates it and passes it to `fire`, which calls the trigger.
To add a trigger, write its class, add a field for its function to `Triggers`, and fire the event where it happens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal

SignUpSource = Literal["PreSignUp_SignUp", "PreSignUp_AdminCreateUser"]
ConfirmationSource = Literal["PostConfirmation_ConfirmSignUp", "PostConfirmation_ConfirmForgotPassword"]
TokenSource = Literal[
    "TokenGeneration_Authentication",
    "TokenGeneration_NewPasswordChallenge",
    "TokenGeneration_AuthenticateDevice",
    "TokenGeneration_RefreshTokens",
]
_ENVELOPE: Final = frozenset({"origin", "username", "source"})
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Origin:
    """The user pool of an event, and the app client that made the call."""

    user_pool_id: str
    client_id: str


@dataclass(frozen=True, slots=True)
class TriggerEvent:
    """The base of all events: something that happens to a user.

    The fields that a subclass declares are the members of the event's `request`: their names are written in camel
    case, and a member that is `None` is left out. `function` names the field of `Triggers` with the function;
    `response` has the members that the function can fill in.
    """

    function: ClassVar[str]
    response: ClassVar[Mapping[str, Any]] = _NOTHING

    origin: Origin
    username: str
    _: KW_ONLY
    source: str

    @property
    def request(self) -> dict[str, Any]:
        """The members of the event's `request`."""
        names = [each.name for each in fields(self) if each.name not in _ENVELOPE]
        return {_camel_case(name): value for name in names if (value := getattr(self, name)) is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class PreSignUp(TriggerEvent):
    """The event before a user is added.

    The function may confirm the user and verify contacts. To refuse the user, it raises an exception.
    """

    function = "pre_sign_up"
    response = MappingProxyType({"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False})

    source: SignUpSource
    user_attributes: Mapping[str, str]
    validation_data: Mapping[str, str]
    client_metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostConfirmation(TriggerEvent):
    """The event after a user has been confirmed, or has set a new password with a code."""

    function = "post_confirmation"

    source: ConfirmationSource
    user_attributes: Mapping[str, str]
    client_metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreAuthentication(TriggerEvent):
    """The event when a sign-in begins, before any proof. To refuse it, the function raises an exception."""

    function = "pre_authentication"

    source: Literal["PreAuthentication_Authentication"] = "PreAuthentication_Authentication"
    user_attributes: Mapping[str, str]
    validation_data: Mapping[str, str]
    user_not_found: Literal[True] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostAuthentication(TriggerEvent):
    """The event after a user has passed all challenges of a sign-in."""

    function = "post_authentication"

    source: Literal["PostAuthentication_Authentication"] = "PostAuthentication_Authentication"
    user_attributes: Mapping[str, str]
    new_device_used: bool
    client_metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreTokenGeneration(TriggerEvent):
    """The event before tokens are issued, in version 1: the function can change claims of the ID token only."""

    function = "pre_token_generation"
    response = MappingProxyType({"claimsOverrideDetails": None})

    source: TokenSource
    user_attributes: Mapping[str, str]
    group_configuration: Mapping[str, Any]
    client_metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMigration(TriggerEvent):
    """The event when a name is unknown to the pool. The function may find the user in another directory.

    `password` is `None` if the user has forgotten it.
    """

    function = "user_migration"
    response = MappingProxyType({"userAttributes": None})

    source: Literal["UserMigration_Authentication", "UserMigration_ForgotPassword"]
    validation_data: Mapping[str, str]
    client_metadata: Mapping[str, str]
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _CustomAuthEvent(TriggerEvent):
    """The base of the three events in a round of CUSTOM_AUTH."""

    user_attributes: Mapping[str, str]
    client_metadata: Mapping[str, str]
    user_not_found: Literal[True] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DefineAuthChallenge(_CustomAuthEvent):
    """The event in which the function decides the next step: to issue tokens, to refuse, or to go on."""

    function = "define_auth_challenge"
    response = MappingProxyType({"challengeName": None, "issueTokens": None, "failAuthentication": None})

    source: Literal["DefineAuthChallenge_Authentication"] = "DefineAuthChallenge_Authentication"
    session: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAuthChallenge(_CustomAuthEvent):
    """The event in which the function makes the challenge that DefineAuthChallenge has chosen."""

    function = "create_auth_challenge"
    response = MappingProxyType(
        {"publicChallengeParameters": None, "privateChallengeParameters": None, "challengeMetadata": None}
    )

    source: Literal["CreateAuthChallenge_Authentication"] = "CreateAuthChallenge_Authentication"
    session: Sequence[Mapping[str, Any]]
    challenge_name: Literal["CUSTOM_CHALLENGE"] = "CUSTOM_CHALLENGE"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyAuthChallengeResponse(_CustomAuthEvent):
    """The event in which the function says whether the user's answer is right."""

    function = "verify_auth_challenge_response"
    response = MappingProxyType({"answerCorrect": None})

    source: Literal["VerifyAuthChallengeResponse_Authentication"] = "VerifyAuthChallengeResponse_Authentication"
    private_challenge_parameters: Mapping[str, str] = field(repr=False)
    challenge_answer: str = field(repr=False)


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
