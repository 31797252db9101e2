"""aws-lambda-powertools as a reader of events: how its models and its data classes differ from ours.

A difference is a text, such as "refuses triggerSource: literal_error". `differences.toml` has the expected ones.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from cognito_async import triggers

from ..running import module
from .events import Event

# For the name of each of our classes, the names of its model and of its data class. It has none for the others.
_THEIRS: Final = {
    "PreSignUp": ("CognitoPreSignupTriggerModel", "PreSignUpTriggerEvent"),
    "PostConfirmation": ("CognitoPostConfirmationTriggerModel", "PostConfirmationTriggerEvent"),
    "PreAuthentication": ("CognitoPreAuthenticationTriggerModel", "PreAuthenticationTriggerEvent"),
    "PostAuthentication": ("CognitoPostAuthenticationTriggerModel", "PostAuthenticationTriggerEvent"),
    "PreTokenGeneration": ("CognitoPreTokenGenerationTriggerModelV1", "PreTokenGenerationTriggerEvent"),
    "PreTokenGenerationV2": ("CognitoPreTokenGenerationTriggerModelV2AndV3", "PreTokenGenerationV2TriggerEvent"),
    "PreTokenGenerationV3": ("CognitoPreTokenGenerationTriggerModelV2AndV3", "PreTokenGenerationV2TriggerEvent"),
    "UserMigration": ("CognitoMigrateUserTriggerModel", "UserMigrationTriggerEvent"),
    "CustomMessage": ("CognitoCustomMessageTriggerModel", "CustomMessageTriggerEvent"),
    "CustomEmailSender": ("CognitoCustomEmailSenderTriggerModel", "CustomEmailSenderTriggerEvent"),
    "CustomSMSSender": ("CognitoCustomSMSSenderTriggerModel", "CustomSMSSenderTriggerEvent"),
    "DefineAuthChallenge": ("CognitoDefineAuthChallengeTriggerModel", "DefineAuthChallengeTriggerEvent"),
    "CreateAuthChallenge": ("CognitoCreateAuthChallengeTriggerModel", "CreateAuthChallengeTriggerEvent"),
    "VerifyAuthChallengeResponse": (
        "CognitoVerifyAuthChallengeTriggerModel",
        "VerifyAuthChallengeResponseTriggerEvent",
    ),
}
# Our names for those members of its data classes that it calls otherwise.
_OURS: Final = {
    "claims_scope_override_details": "claims_and_scope_override_details",
    "claims_override_details.group_configuration": "group_override_details",
    "claims_scope_override_details.group_configuration": "group_override_details",
}
_UTILITIES: Final = "aws_lambda_powertools.utilities"
# We read a null as empty. powertools reads some nulls so, and others as `None`.
_EMPTY: Final[tuple[Any, ...]] = (None, {}, [])


def expected(reader: str) -> dict[str, set[str]]:
    """Return the differences of a reader by the names of events."""
    rows = tomllib.loads(Path(__file__).with_name("differences.toml").read_text("utf-8"))[reader]
    found: dict[str, set[str]] = {}
    for row in rows:
        assert row["because"]
        for event in row["events"]:
            found.setdefault(event, set()).update(row["differences"])
    return found


def model_differences(event: Event) -> set[str]:
    """Return how powertools' model reads an event otherwise than ours."""
    ours = triggers.parse(event)
    models, utility = module(f"{_UTILITIES}.parser.models"), module(f"{_UTILITIES}.parser")
    name = _THEIRS.get(type(ours).__name__, (None, None))[0]
    if name is None:
        return {"has no model"}
    try:
        theirs = utility.parse(event=copy.deepcopy(event), model=getattr(models, name))
    except utility.ValidationError as error:
        return {f"refuses {_path(each['loc'])}: {each['type']}" for each in error.errors()}
    return set(_compare(theirs, ours, ""))


def data_class_differences(event: Event) -> set[str]:
    """Return how powertools' data class reads an event otherwise than our model."""
    ours = triggers.parse(event)
    classes = module(f"{_UTILITIES}.data_classes.cognito_user_pool_event")
    name = _THEIRS.get(type(ours).__name__, (None, None))[1]
    if name is None:
        return {"has no data class"}
    # A copy, because the getters of some data classes add members.
    return set(_compare(getattr(classes, name)(copy.deepcopy(event)), ours, ""))


READERS: Final[dict[str, Callable[[Event], set[str]]]] = {
    "model": model_differences,
    "data_class": data_class_differences,
}


def _path(location: tuple[int | str, ...]) -> str:
    """Return the path of a member, without the numbers of list items."""
    return ".".join(each for each in location if isinstance(each, str))


def _compare(theirs: Any, ours: Any, path: str) -> Iterator[str]:
    if isinstance(theirs, BaseModel) and isinstance(ours, BaseModel):
        yield from _compare_models(theirs, ours, path)
    elif hasattr(theirs, "raw_event") and isinstance(ours, BaseModel):
        yield from _compare_properties(theirs, ours, path)
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for each, our_each in zip(theirs, ours, strict=True):
            yield from _compare(each, our_each, path)
    else:
        plain, our_plain = getattr(theirs, "raw_event", theirs), _plain(ours)
        if plain != our_plain and not (plain in _EMPTY and our_plain in _EMPTY):
            yield f"{path} is {plain!r} instead of {our_plain!r}"


def _compare_models(theirs: BaseModel, ours: BaseModel, path: str) -> Iterator[str]:
    """Compare the members that were in the event."""
    names = {field.alias: name for name, field in type(ours).model_fields.items()}
    for member in ours.model_dump(by_alias=True):
        inner = f"{path}.{member}".lstrip(".")
        if member in type(theirs).model_fields:
            yield from _compare(getattr(theirs, member), getattr(ours, names[member]), inner)
        else:
            yield f"drops {inner}"


def _compare_properties(theirs: Any, ours: BaseModel, path: str) -> Iterator[str]:
    kind = type(theirs)
    for name in dir(kind):
        if name == "raw_event" or not isinstance(getattr(kind, name), property):
            continue
        inner = f"{path}.{name}".lstrip(".")
        our_name = _OURS.get(inner.removeprefix("response."), name)
        if our_name not in type(ours).model_fields:
            yield f"adds {inner}"
            continue
        try:
            value = getattr(theirs, name)
        except KeyError:
            yield f"{inner} raises KeyError"
        else:
            yield from _compare(value, getattr(ours, our_name), inner)


def _plain(ours: Any) -> Any:
    return ours.model_dump(by_alias=True) if isinstance(ours, BaseModel) else ours
