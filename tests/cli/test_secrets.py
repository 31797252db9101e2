"""Commands never print or log a password, a code, a client secret or a token, except `token` (test_tokens.py)."""

from __future__ import annotations

import base64
import json
import logging
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.cli.program import CODE, PATIENCE, serve

PASSWORD = "MarkerPassw0rd!"
WRONG_PASSWORD = "MarkerWr0ng!pass"
CLIENT_SECRET = "markerclientsecret0123456789"
WRONG_CODE = CODE[::-1]


def test_no_command_shows_a_secret(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    store = tmp_path / "sessions.json"
    printed: list[str] = []
    tokens: set[str] = set()

    def do(*arguments: str, password: str = PASSWORD, status: int = 0) -> None:
        monkeypatch.setenv("COGNITO_PASSWORD", password)
        outcome = program(*arguments)
        printed.extend((outcome.out, outcome.err))
        assert outcome.status == status, outcome.err
        tokens.update(_tokens_in(store))

    monkeypatch.setenv("COGNITO_CLIENT_SECRET", CLIENT_SECRET)
    monkeypatch.setenv("COGNITO_STORE", str(store))
    with serve("--code", CODE) as served:
        for name, value in served.variables.items():
            monkeypatch.setenv(name, value)
        do("sign-up", "alice", "--attribute", "email=alice@example.com")
        do("sign-up", "alice", "--attribute", "email=alice@example.com", status=1)
        do("resend", "alice", "--json")
        do("confirm", "alice", WRONG_CODE, status=1)
        do("confirm", "alice", CODE)
        do("sign-in", "alice", password=WRONG_PASSWORD, status=1)
        do("sign-in", "alice", WRONG_PASSWORD, status=2)
        do("sign-in", "alice", "--json")
        do("whoami")
        do("sign-out", "--global", "--json")
        served.process.terminate()
        out, err = served.process.communicate(timeout=PATIENCE)
        printed.extend((served.first_line, out, err))

    everything = "".join(printed) + caplog.text
    assert "GetUser, attempt 1: 200" in everything, "the logs were on"
    assert len(tokens) == 3
    secrets = {PASSWORD, WRONG_PASSWORD, CLIENT_SECRET, CODE, WRONG_CODE, *tokens}
    assert [secret for secret in secrets if secret in everything] == []


def _tokens_in(store: Path) -> set[str]:
    if not store.exists():
        return set()
    records = json.loads(store.read_text())["plain"]["records"]
    states = [state for key, (state, _) in records.items() if key.startswith("session/")]
    sessions = [json.loads(base64.urlsafe_b64decode(state.split(".")[2]))["tokens"] for state in states]
    return {tokens[name] for tokens in sessions for name in ("access_token", "id_token", "refresh_token")}
