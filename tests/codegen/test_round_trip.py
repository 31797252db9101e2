"""botocore as the judge: for every operation of the service the models send and read what botocore does."""

from __future__ import annotations

import importlib
import json
import types
from datetime import datetime
from typing import Any

import pytest
from botocore.model import ServiceModel as BotocoreModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from families import FAMILIES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from names import constant
from source import read

from cognito_async._ground.model import Model, build
from cognito_async._ground.operation import Authorization, Operation

from .service_values import python_values, wire_values

MODEL = read()
JUDGE = BotocoreModel({"metadata": {"protocol": "json", "jsonVersion": "1.1", "targetPrefix": "T"}, **vars(MODEL)})
each_operation = pytest.mark.parametrize("name", sorted(MODEL.operations))
_FAMILY_OF = {name: family for family, names in FAMILIES.items() for name in names}


def _row(name: str) -> Operation[Any, Any]:
    family = importlib.import_module(f"cognito_async._generated.{_FAMILY_OF[name]}")
    if family not in _built:
        build(family)
        _built.add(family)
    row: Operation[Any, Any] = getattr(family, constant(name))
    return row


_built: set[types.ModuleType] = set()


def _sends_the_same(operation: Operation[Any, Any], values: dict[str, Any]) -> None:
    theirs = create_serializer("json", include_validation=False).serialize_to_request(
        values, JUDGE.operation_model(operation.name)
    )
    assert operation.input.model_validate(values).to_wire() == json.loads(theirs["body"])


def _reads_the_same(operation: Operation[Any, Any], wire: dict[str, Any]) -> None:
    body = json.dumps(wire).encode()
    reply = {"body": body, "headers": {}, "status_code": 200}
    theirs = create_parser("json").parse(reply, JUDGE.operation_model(operation.name).output_shape)
    del theirs["ResponseMetadata"]
    assert _plain(operation.output.model_validate(json.loads(body))) == _rounded(theirs)


def _plain(value: Any) -> Any:
    """A model as botocore would return it."""
    if isinstance(value, Model):
        members = {field.serialization_alias: getattr(value, name) for name, field in type(value).model_fields.items()}
        return {alias: _plain(member) for alias, member in members.items() if member is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return _rounded(value)


def _rounded(value: Any) -> Any:
    # Fractions of a second go through a float on both sides, not always by the same way.
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value


def test_every_operation_is_in_one_family() -> None:
    assert sorted(name for names in FAMILIES.values() for name in names) == sorted(MODEL.operations)


@each_operation
@given(data=st.data())
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_request_is_sent_as_botocore_sends_it(name: str, data: st.DataObject) -> None:
    operation = _row(name)
    assert operation.input.__pydantic_complete__
    _sends_the_same(operation, data.draw(python_values(JUDGE.operation_model(name).input_shape)))


@each_operation
@given(data=st.data())
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_reply_is_read_as_botocore_reads_it(name: str, data: st.DataObject) -> None:
    operation, shape = _row(name), JUDGE.operation_model(name).output_shape
    assert operation.output.__pydantic_complete__
    _reads_the_same(operation, data.draw(wire_values(shape)) if shape else {})


@each_operation
def test_what_the_model_flags_as_sensitive_never_shows(name: str) -> None:
    operation = _row(name)
    shape = MODEL.shapes[operation.input.__name__]
    flagged = {key for key, member in shape["members"].items() if MODEL.shapes[member["shape"]].get("sensitive")}
    hidden = {operation.input.model_fields[field].serialization_alias for field in operation.input.sensitive}
    assert flagged <= hidden


def test_the_unsigned_operations_are_those_of_the_model_and_one_it_forgets() -> None:
    unsigned = {name for name, row in MODEL.operations.items() if row.get("authtype") == "none"}
    rows = {name: _row(name) for name in MODEL.operations}
    assert {name for name, row in rows.items() if row.authorization is Authorization.NONE} == {
        *unsigned,
        "GetClientToken",
    }
