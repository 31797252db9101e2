"""The functions, called with recorded events. `record.py` has recorded them."""

import json
import re
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest
from shop_triggers.sign_up import post_confirmation, pre_sign_up

EVENTS = Path(__file__).with_name("events")
TEMPLATE = Path(__file__).parents[1] / "template.yaml"


def recorded(source: str) -> dict[str, Any]:
    (path,) = EVENTS.glob(f"*-{source}.json")
    event: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return event


def test_allowed_sign_up_is_not_changed() -> None:
    event = recorded("PreSignUp_SignUp")
    assert pre_sign_up(event, None) == event


def test_other_domain_is_named() -> None:
    event = recorded("PreSignUp_SignUp")
    event["request"]["userAttributes"]["email"] = "eve@evil.example"
    with pytest.raises(PermissionError, match=r"evil\.example"):
        pre_sign_up(event, None)


def test_confirmed_user_becomes_a_member(members: list[dict[str, Any]]) -> None:
    event = recorded("PostConfirmation_ConfirmSignUp")
    assert post_confirmation(event, None) == event
    assert [row["email"] for row in members] == ["alice@example.com"]


def test_template_names_functions_that_exist() -> None:
    names = re.findall(r"Handler: ([\w.]+)", TEMPLATE.read_text("utf-8"))
    assert len(names) == 8
    assert all(callable(resolve_name(name)) for name in names)
