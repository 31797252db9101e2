"""Odd paths of the files of AWS's tools: programs that have no such files must still work."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cognito_async import errors
from cognito_async.credentials import from_profile
from tests.aws.settings.calls import url_of_pool

pytestmark = pytest.mark.anyio

AWS = "https://cognito-idp.eu-central-1.amazonaws.com"


async def test_account_without_a_home_folder_has_no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_entry(uid: int) -> None:
        raise KeyError(uid)

    pwd = pytest.importorskip("pwd")
    monkeypatch.setattr(pwd, "getpwuid", no_entry)
    for name in ("HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name)
    assert await url_of_pool() == AWS
    with pytest.raises(errors.CredentialsError, match="no credentials"):
        await from_profile()()


@pytest.mark.parametrize("kind", ["missing", "folder", "below a file", "pipe"])
async def test_path_that_is_no_file_counts_as_missing(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config"
    if kind == "folder":
        path.mkdir()
    elif kind == "below a file":
        path.touch()
        path /= "config"
    elif kind == "pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("needs named pipes")
        os.mkfifo(path)  # opening it would block until another process writes to it
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    assert await url_of_pool() == AWS


@pytest.mark.parametrize("text", [b"\xff", b"[default\n", b"[default]\n[default]\n", b"a = b\n"])
async def test_damaged_file_is_refused_by_its_path(
    text: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config"
    path.write_bytes(text)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    with pytest.raises(errors.ConfigurationError, match="config' of AWS's tools cannot be read") as caught:
        await url_of_pool()
    assert caught.value.__context__ is None
    with pytest.raises(errors.CredentialsError, match="config' of AWS's tools cannot be read"):
        await from_profile()()
