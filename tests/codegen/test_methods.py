"""One method for each operation: what it sends is what botocore would send for the same values, by the same names."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Unpack, get_type_hints

import pytest
from botocore.model import ServiceModel as BotocoreModel
from botocore.serialize import create_serializer
from families import FAMILIES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layout import lay_out
from methods import methods
from names import attribute, constant, snake
from source import read

from cognito_async._generated.methods import Operations
from cognito_async._ground.operation import ApiArguments, Operation

from .service_values import python_values

MODEL = read()
JUDGE = BotocoreModel({"metadata": {"protocol": "json", "jsonVersion": "1.1", "targetPrefix": "T"}, **vars(MODEL)})
each_operation = pytest.mark.parametrize("name", sorted(MODEL.operations))
OWN = ("UserPoolId", "ClientId")


class Told(Operations):
    """Tells what would be sent."""

    async def _call(
        self, family: ModuleType, row: Callable[[], Operation[Any, Any]], arguments: Mapping[str, Any]
    ) -> Any:
        members = {name: value for name, value in arguments.items() if name not in ("self", "call")}
        operation = row()
        assert operation is getattr(family, constant(operation.name))
        request = operation.input(**{name: value for name, value in members.items() if value is not None})
        return operation.name, request.to_wire()


def _sent(name: str, values: dict[str, Any]) -> Any:
    call = getattr(Told(), snake(name))(**{attribute(key): value for key, value in values.items()})
    with pytest.raises(StopIteration) as done:
        call.send(None)
    return done.value.value


@each_operation
@given(data=st.data())
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_method_sends_what_botocore_sends(name: str, data: st.DataObject) -> None:
    judge = JUDGE.operation_model(name)
    values = data.draw(python_values(judge.input_shape))
    theirs = create_serializer("json", include_validation=False).serialize_to_request(values, judge)
    assert _sent(name, values) == (name, json.loads(theirs["body"]))


@each_operation
def test_what_is_required_has_no_default_but_the_ids_of_the_client(name: str) -> None:
    shape = MODEL.shapes[MODEL.operations[name]["input"]["shape"]]
    parameters = inspect.signature(getattr(Operations, snake(name))).parameters
    without = {each.name for each in parameters.values() if each.default is each.empty} - {"self", "call"}
    own = () if "UserPool" in name else OWN
    assert without == {attribute(key) for key in shape.get("required", []) if key not in own}
    assert parameters.keys() - {"self", "call"} == {attribute(key) for key in shape["members"]}


@each_operation
def test_the_types_of_a_method_can_be_asked_for(name: str) -> None:
    hints = get_type_hints(getattr(Operations, snake(name)))
    output = MODEL.operations[name].get("output", {}).get("shape", f"{name}Response")
    assert hints["return"].__name__ == output and hints["call"] == Unpack[ApiArguments]


@pytest.mark.parametrize(
    ("name", "paging", "items"),
    [
        ("ListUsers", ("pagination_token", "pagination_token"), "users"),
        ("ListGroups", ("next_token", "next_token"), "groups"),
        ("ListDevices", ("pagination_token", "pagination_token"), "devices"),
    ],
)
def test_a_listing_knows_its_pages(name: str, paging: tuple[str, str], items: str) -> None:
    reply = get_type_hints(getattr(Operations, snake(name)))["return"]
    assert reply.paging == paging
    assert reply.model_validate({}).page_items() == []
    assert reply.model_fields[items]


def test_every_operation_that_takes_the_token_of_a_page_answers_in_pages() -> None:
    listing = {
        name
        for name, row in MODEL.operations.items()
        if {"NextToken", "PaginationToken"} & MODEL.shapes[row["input"]["shape"]]["members"].keys()
    }
    replies = {name: get_type_hints(getattr(Operations, snake(name)))["return"] for name in MODEL.operations}
    assert {name for name, reply in replies.items() if hasattr(reply, "paging")} == listing
    assert len(listing) >= 16


def test_a_member_that_would_hide_a_family_is_refused() -> None:
    families = {**FAMILIES, "group_name": FAMILIES["groups"]}
    del families["groups"]
    with pytest.raises(SystemExit, match="hides the family"):
        methods(MODEL, lay_out(MODEL, families), families, "…")
