"""One method for each operation: what it sends is what botocore would send for the same values, by the same names."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Unpack, get_type_hints

import pytest
from botocore.serialize import create_serializer
from families import USER_POOLS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layout import lay_out
from methods import methods
from names import attribute, constant, snake

from cognito_async._aws._generated.identity_methods import IdentityOperations
from cognito_async._aws._generated.methods import Operations
from cognito_async._core.operation import ApiArguments, Authorization, Caller, Operation
from tests.sizes import examples

from .service_values import python_values
from .services import CASES, MODELS, Case, each_operation

OWN = ("UserPoolId", "ClientId")


class Teller(Caller):
    """Tells what would be sent."""

    async def _call(
        self, family: ModuleType, row: Callable[[], Operation[Any, Any]], arguments: Mapping[str, Any]
    ) -> Any:
        members = {name: value for name, value in arguments.items() if name not in ("self", "call")}
        operation = row()
        assert operation is getattr(family, constant(operation.name))
        request = operation.input(**{name: value for name, value in members.items() if value is not None})
        return operation.name, request.to_wire()


class Told(Teller, Operations):
    pass


class ToldOfIdentities(Teller, IdentityOperations):
    pass


def _sent(case: Case, values: dict[str, Any]) -> Any:
    told = Told() if case.operations is Operations else ToldOfIdentities()
    call = getattr(told, snake(case.name))(**{attribute(key): value for key, value in values.items()})
    with pytest.raises(StopIteration) as done:
        call.send(None)
    return done.value.value


@each_operation
@given(data=st.data())
@settings(max_examples=examples(2), deadline=None, suppress_health_check=list(HealthCheck))
def test_a_method_sends_what_botocore_sends(case: Case, data: st.DataObject) -> None:
    values = data.draw(python_values(case.judge.input_shape))
    theirs = create_serializer("json", include_validation=False).serialize_to_request(values, case.judge)
    assert _sent(case, values) == (case.name, json.loads(theirs["body"]))


@each_operation
def test_what_is_required_has_no_default_but_the_ids_of_the_client(case: Case) -> None:
    parameters = inspect.signature(case.method).parameters
    without = {each.name for each in parameters.values() if each.default is each.empty} - {"self", "call"}
    own = () if "UserPool" in case.name else OWN
    assert without == {attribute(key) for key in case.input.get("required", []) if key not in own}
    assert parameters.keys() - {"self", "call"} == {attribute(key) for key in case.input["members"]}


@each_operation
def test_the_types_of_a_method_can_be_asked_for(case: Case) -> None:
    hints = get_type_hints(case.method)
    output = case.described.get("output", {}).get("shape", f"{case.name}Response")
    assert hints["return"].__name__ == output and hints["call"] == Unpack[ApiArguments]


@each_operation
def test_the_docstring_says_how_it_is_authorised_and_what_is_raised(case: Case) -> None:
    text = case.method.__doc__ or ""
    unsigned = case.row.authorization is Authorization.NONE
    assert text.startswith(
        f"{case.name}, {'authorised by what it says' if unsigned else 'signed with AWS credentials'}."
    )
    told = set(re.findall(r"\w+", text.partition("Raises:")[2]))
    assert told == {each["shape"] for each in case.described.get("errors", [])}


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
    listing = {case for case in CASES if {"NextToken", "PaginationToken"} & case.input["members"].keys()}
    assert {case for case in CASES if hasattr(case.row.output, "paging")} == listing
    assert len(listing) >= 16


def test_a_member_that_would_hide_a_family_is_refused() -> None:
    families = {**USER_POOLS, "group_name": USER_POOLS["groups"]}
    del families["groups"]
    model = MODELS["cognito-idp"]
    with pytest.raises(SystemExit, match="hides the family"):
        methods(model, lay_out(model, families), families, "…")
