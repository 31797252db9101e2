"""The responses of triggers: one class for each trigger, with the members that its function may fill in.

`read` checks a response as strictly as the fields' types say: an unknown member, and a value of another type, are
refused. The defaults are the values that the function finds in its event.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, is_dataclass
from typing import Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

R = TypeVar("R")
_LONGEST_SHOWN: Final = 40  # longer than each member's name
_TYPES: Final[dict[Any, str]] = {str: "a string", bool: "true or false"}


class UnreadableResponse(Exception):
    """A response has an unknown member, or a value of the wrong type. The text says which, and shows no value."""


@dataclass(frozen=True, slots=True)
class NoResponse:
    """The response of a trigger whose function can only accept a call, or refuse it with an exception."""


@dataclass(frozen=True, slots=True)
class PreSignUpResponse:
    auto_confirm_user: bool = False
    auto_verify_email: bool = False
    auto_verify_phone: bool = False


@dataclass(frozen=True, slots=True)
class GroupOverride:
    """The groups and roles for the tokens, instead of the user's. An empty one removes them."""

    groups_to_override: tuple[str, ...] | None = None
    iam_roles_to_override: tuple[str, ...] | None = None
    preferred_role: str | None = None


# The default of `group_override_details`. Compare it by identity: another empty override removes the groups.
KEEP_GROUPS: Final = GroupOverride()


@dataclass(frozen=True, slots=True)
class ClaimsOverride:
    claims_to_add_or_override: Mapping[str, str] | None = None
    claims_to_suppress: tuple[str, ...] | None = None
    group_override_details: GroupOverride | None = KEEP_GROUPS


@dataclass(frozen=True, slots=True)
class PreTokenGenerationResponse:
    claims_override_details: ClaimsOverride | None = None


@dataclass(frozen=True, slots=True)
class IdTokenGeneration:
    claims_to_add_or_override: Mapping[str, Any] | None = None
    claims_to_suppress: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class AccessTokenGeneration:
    claims_to_add_or_override: Mapping[str, Any] | None = None
    claims_to_suppress: tuple[str, ...] | None = None
    scopes_to_add: tuple[str, ...] | None = None
    scopes_to_suppress: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ClaimsAndScopeOverride:
    id_token_generation: IdTokenGeneration | None = None
    access_token_generation: AccessTokenGeneration | None = None
    group_override_details: GroupOverride | None = KEEP_GROUPS


@dataclass(frozen=True, slots=True)
class PreTokenGenerationV2Response:
    claims_and_scope_override_details: ClaimsAndScopeOverride | None = None


@dataclass(frozen=True, slots=True)
class CustomMessageResponse:
    sms_message: str | None = None
    email_message: str | None = None
    email_subject: str | None = None


@dataclass(frozen=True, slots=True)
class UserMigrationResponse:
    user_attributes: Mapping[str, str] | None = None
    final_user_status: str | None = None
    message_action: str | None = None
    desired_delivery_mediums: tuple[str, ...] | None = None
    force_alias_creation: bool | None = None
    # A name that is not in camel case.
    enable_sms_mfa: bool | None = field(default=None, metadata={"name": "enableSMSMFA"})


@dataclass(frozen=True, slots=True)
class DefineAuthChallengeResponse:
    challenge_name: str | None = None
    issue_tokens: bool | None = None
    fail_authentication: bool | None = None


@dataclass(frozen=True, slots=True)
class CreateAuthChallengeResponse:
    public_challenge_parameters: Mapping[str, str] | None = None
    private_challenge_parameters: Mapping[str, str] | None = field(default=None, repr=False)
    challenge_metadata: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class VerifyAuthChallengeResponseResponse:
    answer_correct: bool | None = None


def read(kind: type[R], value: object, path: str = "response") -> R:
    """Make a response from JSON.

    Raises:
        UnreadableResponse: if the value is not an object, or a member is unknown or has the wrong type.
    """
    members = _object(value, path)
    hints = _hints(cast("Any", kind))
    names = {_name(each): each.name for each in fields(cast("Any", kind))}
    for member in members:
        if member not in names:
            raise UnreadableResponse(f"{path} must not have the member {member[:_LONGEST_SHOWN]!r}")
    return kind(
        **{names[member]: _value(hints[names[member]], given, f"{path}.{member}") for member, given in members.items()}
    )


def as_sent(kind: type[Any]) -> dict[str, Any]:
    """Return the members of a response as the function finds them in its event."""
    return {_name(each): each.default for each in fields(kind)}


def camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _name(each: Field[Any]) -> str:
    name: str = each.metadata.get("name") or camel_case(each.name)
    return name


@functools.cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(hint: Any, value: object, path: str) -> Any:
    """Check a value of JSON against a field's type. Types are compared exactly, because a bool is an int in Python."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return None if value is None else _value(arguments[0], value, path)
    if is_dataclass(hint):
        return read(cast("type[Any]", hint), value, path)
    if origin is tuple:
        if not isinstance(value, list):
            raise UnreadableResponse(f"{path} must be a list")
        return tuple(_value(arguments[0], each, f"an item of {path}") for each in cast("list[object]", value))
    if origin is Mapping:
        members = _object(value, path)
        return {name: _value(arguments[1], each, f"a member of {path}") for name, each in members.items()}
    if hint is not Any and type(value) is not hint:
        raise UnreadableResponse(f"{path} must be {_TYPES[hint]}")
    return value


def _object(value: object, path: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise UnreadableResponse(f"{path} must be an object")
    return cast("dict[str, object]", value)
