"""The generated methods: for the same values, each sends the same request as botocore."""

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
from .services import CASES, MODELS, Case, each_family, each_operation, noting

FILLED_IN = ("UserPoolId", "ClientId")


class Recorder(Caller):
    """Returns the request instead of sending it."""

    async def _call(
        self, family: ModuleType, row: Callable[[], Operation[Any, Any]], arguments: Mapping[str, Any]
    ) -> Any:
        members = {name: value for name, value in arguments.items() if name not in ("self", "call")}
        operation = row()
        assert operation is getattr(family, constant(operation.name))
        request = operation.input(**{name: value for name, value in members.items() if value is not None})
        return operation.name, request.to_wire()


class RecordingOperations(Recorder, Operations):
    pass


class RecordingIdentityOperations(Recorder, IdentityOperations):
    pass


def _sent(case: Case, values: dict[str, Any]) -> Any:
    recorder = RecordingOperations() if case.operations is Operations else RecordingIdentityOperations()
    call = getattr(recorder, snake(case.name))(**{attribute(key): value for key, value in values.items()})
    with pytest.raises(StopIteration) as done:
        call.send(None)
    return done.value.value


@each_operation
@given(data=st.data())
@settings(max_examples=examples(2), deadline=None, suppress_health_check=list(HealthCheck))
def test_method_sends_the_same_body_as_botocore(case: Case, data: st.DataObject) -> None:
    values = data.draw(python_values(case.botocore_model.input_shape))
    theirs = create_serializer("json", include_validation=False).serialize_to_request(values, case.botocore_model)
    assert _sent(case, values) == (case.name, json.loads(theirs["body"]))


@each_family
def test_required_members_have_no_default_except_ids_of_the_client(cases: list[Case]) -> None:
    for case in cases:
        with noting(case):
            parameters = dict(inspect.signature(case.method).parameters)
            del parameters["self"], parameters["call"]
            without_default = {each.name for each in parameters.values() if each.default is each.empty}
            owned = any(word in case.name for word in ("UserPool", "PointInTimeRecovery", "CIMDPolicy"))
            manages = owned and not case.name.startswith(("Describe", "Get", "List"))
            filled_in = () if manages else FILLED_IN
            assert without_default == {attribute(key) for key in case.input.get("required", []) if key not in filled_in}
            assert parameters.keys() == {attribute(key) for key in case.input["members"]}


@each_family
def test_annotations_of_methods_can_be_evaluated(cases: list[Case]) -> None:
    for case in cases:
        with noting(case):
            hints = get_type_hints(case.method)
            output = case.description.get("output", {}).get("shape", f"{case.name}Response")
            assert hints["return"].__name__ == output and hints["call"] == Unpack[ApiArguments]


@each_family
def test_docstring_names_authorization_and_errors(cases: list[Case]) -> None:
    for case in cases:
        with noting(case):
            text = case.method.__doc__ or ""
            unsigned = case.row.authorization is Authorization.NONE
            assert text.startswith(
                f"Call {case.name}, {'authorised by its arguments' if unsigned else 'signed with AWS credentials'}."
            )
            named = set(re.findall(r"\w+", text.partition("Raises:")[2].partition("Source:")[0]))
            assert named == {each["shape"] for each in case.description.get("errors", [])}


@pytest.mark.parametrize(
    ("name", "paging", "items"),
    [
        ("ListUsers", ("pagination_token", "pagination_token"), "users"),
        ("ListGroups", ("next_token", "next_token"), "groups"),
        ("ListDevices", ("pagination_token", "pagination_token"), "devices"),
    ],
)
def test_listings_define_their_pages(name: str, paging: tuple[str, str], items: str) -> None:
    reply = get_type_hints(getattr(Operations, snake(name)))["return"]
    assert reply.paging == paging
    assert reply.model_validate({}).page_items() == []
    assert reply.model_fields[items]


def test_operations_with_a_page_token_have_pages() -> None:
    listing = {case for case in CASES if {"NextToken", "PaginationToken"} & case.input["members"].keys()}
    assert {case for case in CASES if hasattr(case.row.output, "paging")} == listing
    assert len(listing) >= 16


def test_member_named_like_a_family_is_refused() -> None:
    families = {**USER_POOLS, "group_name": USER_POOLS["groups"]}
    del families["groups"]
    model = MODELS["cognito-idp"]
    with pytest.raises(SystemExit, match="hides the family"):
        methods(model, lay_out(model, families), families, "…")
