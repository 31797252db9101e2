"""For every operation, the models send the same requests and read the same replies as botocore."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from families import FAMILIES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cognito_async._core.model import Model
from cognito_async._core.operation import Authorization
from tests.sizes import examples

from .service_values import python_values, wire_values
from .services import CASES, MODELS, Case, each_family, each_operation, noting


def _sends_the_same(case: Case, values: dict[str, Any]) -> None:
    theirs = create_serializer("json", include_validation=False).serialize_to_request(values, case.botocore_model)
    assert case.row.input.model_validate(values).to_wire() == json.loads(theirs["body"])


def _reads_the_same(case: Case, wire: dict[str, Any]) -> None:
    body = json.dumps(wire).encode()
    reply = {"body": body, "headers": {}, "status_code": 200}
    theirs = create_parser("json").parse(reply, case.botocore_model.output_shape)
    del theirs["ResponseMetadata"]
    assert _plain(case.row.output.model_validate(json.loads(body))) == _rounded(theirs)


def _plain(value: Any) -> Any:
    """Convert a model to the dictionary that botocore would return."""
    if isinstance(value, Model):
        members = {field.serialization_alias: getattr(value, name) for name, field in type(value).model_fields.items()}
        return {alias: _plain(member) for alias, member in members.items() if member is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return _rounded(value)


def _rounded(value: Any) -> Any:
    # Compare milliseconds, because both sides compute fractions of a second with floats, in different ways.
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value


def test_each_operation_is_in_exactly_one_family() -> None:
    for service, families in FAMILIES.items():
        assert sorted(name for names in families.values() for name in names) == sorted(MODELS[service].operations)
    assert sum(len(model.operations) for model in MODELS.values()) == len(CASES) == 153 + 23


@each_operation
@given(data=st.data())
@settings(max_examples=examples(4), deadline=None, suppress_health_check=list(HealthCheck))
def test_requests_and_replies_match_botocore(case: Case, data: st.DataObject) -> None:
    assert case.row.input.__pydantic_complete__ and case.row.output.__pydantic_complete__
    _sends_the_same(case, data.draw(python_values(case.botocore_model.input_shape)))
    shape = case.botocore_model.output_shape
    _reads_the_same(case, data.draw(wire_values(shape)) if shape else {})


@each_family
def test_members_flagged_as_sensitive_are_hidden(cases: list[Case]) -> None:
    for case in cases:
        with noting(case):
            shapes, row = case.model.shapes, case.row
            for shape, model in ((row.input.__name__, row.input), (row.output.__name__, row.output)):
                members = shapes.get(shape, {"members": {}})["members"]
                flagged = {key for key, member in members.items() if shapes[member["shape"]].get("sensitive")}
                assert flagged <= {model.model_fields[field].serialization_alias for field in model.sensitive}


def test_unsigned_operations_match_the_model_except_get_client_token() -> None:
    unsigned = {case for case in CASES if case.description.get("authtype") == "none"}
    assert {case for case in CASES if case.row.authorization is Authorization.NONE} == {
        *unsigned,
        Case("cognito-idp", "GetClientToken"),
    }


def test_rows_name_their_service() -> None:
    assert {case.row.service.name == case.service for case in CASES} == {True}


def test_credentials_and_logins_of_an_identity_are_hidden() -> None:
    wire = {"Credentials": {"AccessKeyId": "AKIA", "SecretKey": "secret-key", "SessionToken": "session-token"}}
    reply = Case("cognito-identity", "GetCredentialsForIdentity").row.output.model_validate(wire)
    assert "secret-key" not in repr(reply) and "session-token" not in repr(reply) and "AKIA" in repr(reply)
    request = Case("cognito-identity", "GetId").row.input.model_validate(
        {"IdentityPoolId": "eu:1", "Logins": {"accounts.example": "an-id-token"}}
    )
    assert "an-id-token" not in repr(request) and "an-id-token" in request.secrets()
