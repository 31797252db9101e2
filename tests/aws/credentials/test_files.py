"""Unusual files of AWS's tools. They may belong to any user, because AWS's tools accept that too."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cognito_async._aws.settings import files as settings_files
from cognito_async.credentials import default_chain, from_container, from_profile, from_web_identity
from tests.aws.credentials.conftest import Refusal

pytestmark = pytest.mark.anyio

CREDENTIALS = "[a]\naws_access_key_id = A\naws_secret_access_key = Mark3r\n"
ROLE = "arn:aws:iam::123456789012:role/r"


async def test_file_that_others_own_and_may_change_is_read(tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text(CREDENTIALS)
    path.chmod(0o666)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
    keys = await from_profile("a", config_file=str(tmp_path / "none"), credentials_file=str(path))()
    assert keys.access_key_id == "A"


@pytest.mark.parametrize("path", ["a\0Mark", "a\ud800"])
async def test_path_that_no_file_can_have_is_refused(
    path: str, refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = from_web_identity(role_arn=ROLE, token_file=path)
    assert "cannot be read (" in (await refusal(source())).message
    for profile in (from_profile("a", config_file=path), from_profile("a", config_file="no", credentials_file=path)):
        assert "'a' is neither in" in (await refusal(profile())).message


async def test_home_of_an_unknown_user_counts_as_a_missing_file(
    refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, "~no-such-user/file")
    assert "'default'" in (await refusal(default_chain()())).message


async def test_file_without_end_is_refused(refusal: Refusal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings_files, "_LONGEST", 1000)
    (tmp_path / "large").write_text("Mark3r" * 1000)
    path = str(tmp_path / "large")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path)
    for source in (
        from_profile("a", config_file=path),
        from_web_identity(role_arn=ROLE, token_file=path),
        from_container(),
    ):
        assert "cannot be read (ValueError)" in (await refusal(source())).message
