"""The settings of the commands: options, the environment of this program, and the environment of AWS's tools."""

from __future__ import annotations

import os

import pytest

from tests.cli.conftest import Program


def test_endpoint_of_awss_tools_is_used(user: str, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", os.environ["COGNITO_ENDPOINT"])
    monkeypatch.delenv("COGNITO_ENDPOINT")
    assert program("sign-in", user).status == 0
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "nonsense")
    refused = program("sign-in", user)
    assert (refused.status, refused.err.count("\n")) == (2, 1)
    assert "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER" in refused.err


def test_options_override_the_environment(user: str, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {name: os.environ[f"COGNITO_{name}"] for name in ("ENDPOINT", "USER_POOL_ID", "CLIENT_ID")}
    for name in given:
        monkeypatch.setenv(f"COGNITO_{name}", "nonsense")
    options = [text for name, value in given.items() for text in (f"--{name.lower().replace('_', '-')}", value)]
    assert program("sign-in", user, *options, "--region", "us-east-1").status == 0
