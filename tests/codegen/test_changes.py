"""What a newer model of a service adds, changes and removes, and which of it breaks programs."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from changes import Change, compare
from source import ServiceModel

OPERATIONS: dict[str, Any] = {
    "SignIn": {
        "input": {"shape": "SignInRequest"},
        "output": {"shape": "SignInResponse"},
        "authtype": "none",
        "errors": [{"shape": "Refused"}],
    },
    "SignOut": {"input": {"shape": "SignOutRequest"}},
}
SHAPES: dict[str, Any] = {
    "Text": {"type": "string", "max": 9},
    "Number": {"type": "integer"},
    "Flow": {"type": "string", "enum": ["SRP", "PLAIN"]},
    "Names": {"type": "list", "member": {"shape": "Text"}},
    "SignInRequest": {
        "type": "structure",
        "required": ["Name"],
        "members": {"Name": {"shape": "Text"}, "Flow": {"shape": "Flow"}},
    },
    "SignInResponse": {"type": "structure", "members": {"Groups": {"shape": "Names"}}},
    "SignOutRequest": {"type": "structure", "members": {}},
    "Refused": {"type": "structure", "members": {}, "exception": True},
    "Unused": {"type": "structure", "members": {}},
}


def changed(edit: Callable[[dict[str, Any], dict[str, Any]], object]) -> list[Change]:
    """Return the differences that an edit of the operations and shapes makes."""
    old = ServiceModel("cognito-idp", "", "1", "", OPERATIONS, SHAPES)
    operations, shapes = deepcopy(OPERATIONS), deepcopy(SHAPES)
    edit(operations, shapes)
    return compare(old, ServiceModel("cognito-idp", "", "2", "", operations, shapes))


def members(shapes: dict[str, Any], structure: str) -> dict[str, Any]:
    found: dict[str, Any] = shapes[structure]["members"]
    return found


def test_same_model_has_no_changes_and_unused_structures_do_not_count() -> None:
    assert changed(lambda operations, shapes: shapes.pop("Unused")) == []
    assert changed(lambda operations, shapes: shapes["Text"].update(documentation="New.")) == []


@pytest.mark.parametrize(
    ("edit", "kind", "what"),
    [
        (lambda o, s: o.pop("SignOut"), "went", "operation SignOut"),
        (lambda o, s: members(s, "SignInRequest").pop("Name"), "went", "member SignInRequest.Name"),
        (lambda o, s: members(s, "SignInResponse").pop("Groups"), "went", "member SignInResponse.Groups"),
        (lambda o, s: s["Flow"].update(enum=["SRP"]), "went", "value Flow.PLAIN"),
        (lambda o, s: s["Refused"].pop("exception"), "went", "error Refused"),
        (
            lambda o, s: s["Names"]["member"].update(shape="Number"),
            "changed",
            "member SignInResponse.Groups: type from list[str] to list[int]",
        ),
        (
            lambda o, s: s["SignInRequest"]["required"].append("Flow"),
            "changed",
            "member SignInRequest.Flow: required from no to yes",
        ),
        (
            lambda o, s: s["SignInRequest"].update(
                required=["Name", "Code"], members={**members(s, "SignInRequest"), "Code": {"shape": "Text"}}
            ),
            "came",
            "member SignInRequest.Code, required",
        ),
        (lambda o, s: o["SignIn"].pop("authtype"), "changed", "operation SignIn: signed from no to yes"),
        (
            lambda o, s: o["SignIn"]["input"].update(shape="SignOutRequest"),
            "changed",
            "operation SignIn: request from SignInRequest to SignOutRequest",
        ),
        (
            lambda o, s: o["SignOut"].update(output={"shape": "SignInResponse"}),
            "changed",
            "operation SignOut: reply from SignOutResponse to SignInResponse",
        ),
    ],
)
def test_what_programs_name_pass_or_read_may_not_go_or_change(
    edit: Callable[[Any, Any], object], kind: str, what: str
) -> None:
    assert Change(kind, what, breaks=True) in changed(edit)


def test_structure_that_goes_is_one_change_with_its_members() -> None:
    found = changed(lambda o, s: o["SignIn"].pop("output"))
    assert Change("went", "structure SignInResponse: Groups", breaks=True) in found
    assert not any("member" in change.what for change in found)


@pytest.mark.parametrize(
    ("edit", "kind", "what"),
    [
        (
            lambda o, s: o.update(SignUp={"input": {"shape": "SignOutRequest"}}),
            "came",
            "operation SignUp",
        ),
        (lambda o, s: members(s, "SignInRequest").update(Code={"shape": "Text"}), "came", "member SignInRequest.Code"),
        (lambda o, s: s["Flow"]["enum"].append("PASSKEY"), "came", "value Flow.PASSKEY"),
        (lambda o, s: s.update(Late={"type": "structure", "members": {}, "exception": True}), "came", "error Late"),
        (
            lambda o, s: s["SignInRequest"].pop("required"),
            "changed",
            "member SignInRequest.Name: required from yes to no",
        ),
        (
            lambda o, s: s["Text"].update(max=8),
            "changed",
            "member SignInRequest.Name: limits from up to 9 characters to up to 8 characters",
        ),
        (
            lambda o, s: s["Text"].pop("max"),
            "changed",
            "member SignInRequest.Name: limits from up to 9 characters to nothing",
        ),
        (
            lambda o, s: s["Names"].update(sensitive=True),
            "changed",
            "member SignInResponse.Groups: sensitive from no to yes",
        ),
        (
            lambda o, s: o["SignIn"]["errors"].append({"shape": "Late"}),
            "changed",
            "operation SignIn: errors from Refused to Late, Refused",
        ),
    ],
)
def test_what_programs_survive_is_reported_too(edit: Callable[[Any, Any], object], kind: str, what: str) -> None:
    assert changed(edit) == [Change(kind, what)]


def test_required_members_of_replies_are_not_required_of_programs() -> None:
    assert changed(lambda o, s: s["SignInResponse"].update(required=["Groups"])) == []
