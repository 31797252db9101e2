"""Commands of a session that was ended elsewhere name the next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Program


def test_a_global_sign_out_elsewhere_ends_this_session(user: str, program: Program, tmp_path: Path) -> None:
    other = str(tmp_path / "other.json")
    program("sign-in", user)
    program("sign-in", user, "--store", other)
    assert program("sign-out", "--global", "--store", other).status == 0
    refused = program("whoami", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (1, "NotAuthorizedException")
    assert refused.json["error"]["message"].endswith("; run cognito-async sign-in again")
    assert program("whoami", "--json").json["error"]["code"] == "NoCurrentUser"
    assert program("sign-out").status == 0


def test_password_change_of_an_ended_session_names_the_next_step(
    user: str, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGNITO_NEW_PASSWORD", "Another-Passw0rd!")
    other = str(tmp_path / "other.json")
    program("sign-in", user)
    program("sign-in", user, "--store", other)
    assert program("sign-out", "--global", "--store", other).status == 0
    refused = program("change-password", "--json").json["error"]["message"]
    assert refused.startswith("Access Token ") and refused.endswith("; run cognito-async sign-in again")
