"""Recorded events: fixtures without secrets, in private files."""

from __future__ import annotations

import inspect
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from cognito_async import errors
from cognito_async.local import LocalUserPool, PoolSettings, Triggers
from cognito_async.triggers import DefineAuthChallenge, EventRecorder, PreSignUp, parse

from .test_answers import event_of


def test_each_event_becomes_a_private_file(tmp_path: Path) -> None:
    folder = tmp_path / "tests" / "events"
    recorder = EventRecorder(folder)

    @recorder
    def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
        return PreSignUp.parse(event).confirm()

    event = event_of("PreSignUp_SignUp", userAttributes={"email": "f@example.com"})
    assert handler(event, None)["response"]["autoConfirmUser"] is True
    handler(event, None)
    files = sorted(folder.iterdir())
    assert [each.name for each in files] == ["0001-PreSignUp_SignUp.json", "0002-PreSignUp_SignUp.json"]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    assert json.loads(files[0].read_text("utf-8")) == event


def test_files_of_an_earlier_run_stay(tmp_path: Path) -> None:
    for _ in range(2):
        EventRecorder(tmp_path).record(event_of("PostFax_../../Sent"))
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "0001-PostFax_------Sent.json",
        "0002-PostFax_------Sent.json",
    ]


def test_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "events").touch()
    with pytest.raises(FileExistsError):
        EventRecorder(tmp_path / "events").record(event_of("PreSignUp_SignUp"))


def test_error_of_the_function_that_writes_is_raised() -> None:
    def write(name: str, text: str) -> None:
        raise FileExistsError(name)

    with pytest.raises(FileExistsError, match="0001-PreSignUp_SignUp"):
        EventRecorder(write=write).record(event_of("PreSignUp_SignUp"))


def test_handler_can_be_called_with_names() -> None:
    names: list[str] = []

    @EventRecorder(write=lambda name, text: names.append(name))
    def handler(event: dict[str, Any], context: object) -> object:
        return context

    assert handler(event=event_of("PreSignUp_SignUp"), context="context") == "context"
    assert len(names) == 1


def recorded(event: dict[str, Any]) -> Any:
    texts: dict[str, str] = {}
    EventRecorder(write=texts.__setitem__).record(event)
    [text] = texts.values()
    read = json.loads(text)
    assert json.dumps(parse(read).to_dict()) == json.dumps(read), "a fixture is an event again"
    return read


def test_secrets_are_hidden_and_the_shape_stays() -> None:
    event = event_of(
        "VerifyAuthChallengeResponse_Authentication",
        later={"token": "secret", "count": 3, "all": ["secret"], "is": True},
        userAttributes={"email": "f@example.com"},
        privateChallengeParameters={"answer": "secret"},
        challengeAnswer="secret",
        clientMetadata=None,
    )
    hidden = recorded(event)
    assert hidden["request"] == {
        "later": {"token": "***", "count": 0, "all": ["***"], "is": True},
        "userAttributes": {"email": "f@example.com"},
        "privateChallengeParameters": {"answer": "***"},
        "challengeAnswer": "***",
        "clientMetadata": None,
    }
    assert {**hidden, "request": event["request"]} == event


@pytest.mark.parametrize("session", [None, [], [{"challengeName": "SRP_A", "challengeMetadata": "secret"}]])
def test_metadata_of_challenges_are_hidden(session: Any) -> None:
    hidden = recorded(event_of("DefineAuthChallenge_Authentication", session=session))
    expected = [{"challengeName": "SRP_A", "challengeMetadata": "***"}] if session else session
    assert hidden["request"]["session"] == expected
    assert len(DefineAuthChallenge.parse(hidden).request.session) == len(session or [])


def test_groups_and_null_objects_are_kept() -> None:
    groups = {"groupsToOverride": ["staff"], "iamRolesToOverride": None, "preferredRole": None}
    event = event_of("TokenGeneration_Authentication", groupConfiguration=groups)
    assert recorded(event) == event
    machine = event_of("TokenGeneration_ClientCredentials", "3", groupConfiguration=None)
    assert recorded(machine) == machine


def test_a_recorder_needs_one_place_to_write_to(tmp_path: Path) -> None:
    with pytest.raises(errors.ConfigurationError, match="either a folder or a function"):
        EventRecorder()
    with pytest.raises(errors.ConfigurationError, match="either a folder or a function"):
        EventRecorder(tmp_path, write=print)


@pytest.mark.anyio
@pytest.mark.parametrize("is_async", [True, False])
async def test_events_of_a_local_pool_are_recorded(is_async: bool) -> None:
    names: list[str] = []
    recorder = EventRecorder(write=lambda name, text: names.append(name))

    async def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
        return event

    def sync_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
        return event

    recorded = recorder(handler) if is_async else recorder(sync_handler)
    assert inspect.iscoroutinefunction(recorded) is is_async
    triggers = Triggers.from_lambda(recorded)
    async with LocalUserPool(PoolSettings(triggers=triggers)) as local:
        await local.user_pool().sign_up("alice", "Passw0rd!", attributes={"email": "f@example.com"})
    assert names == ["0001-PreSignUp_SignUp.json", "0002-CustomMessage_SignUp.json"]
