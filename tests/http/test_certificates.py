"""The files with trusted certificates: which one is read, and the errors that name it."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cognito_async import UserPool, errors
from cognito_async._core.clock import Deadline
from cognito_async._http import certificates
from cognito_async._http.message import HttpRequest
from cognito_async._http.origin import Url
from cognito_async._local.clock import MovableClock

pytestmark = [pytest.mark.anyio, pytest.mark.table]


@pytest.fixture(autouse=True)
def forget_certificates() -> Iterator[None]:
    certificates.ca_context.cache_clear()
    yield
    certificates.ca_context.cache_clear()


async def reply_to(connection: Any) -> None:
    await connection.request()
    await connection.reply()


async def call(url: str) -> None:
    async with UserPool("eu-central-1_Pool", "client", endpoint=url) as pool:
        await pool.api.global_sign_out(access_token="a")


@pytest.mark.parametrize("place", ["AWS_CA_BUNDLE", "profile", "SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_certificates_of_each_setting_are_trusted(
    place: str, serve: Any, certificate: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = os.environ["SSL_CERT_FILE"]
    monkeypatch.setenv("SSL_CERT_FILE", "/absent")  # the settings of AWS's tools take precedence
    if place == "profile":
        (tmp_path / "config").write_text(f"[default]\nca_bundle = {trusted}\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    elif place == "SSL_CERT_DIR":
        monkeypatch.delenv("SSL_CERT_FILE")
        (tmp_path / "folder").mkdir()
        link_by_hash(Path(trusted), tmp_path / "folder")
        monkeypatch.setenv("SSL_CERT_DIR", f"/absent{os.pathsep}{tmp_path / 'folder'}")
    else:
        monkeypatch.setenv(place, trusted)
    async with serve(reply_to, tls=certificate) as url:
        await call(url)


def link_by_hash(certificate: Path, folder: Path) -> None:
    """Copy a certificate to the name under which OpenSSL looks for it in a folder."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    subject = x509.load_pem_x509_certificate(certificate.read_bytes()).subject
    # OpenSSL hashes the canonical name: lower case, as UTF8String, without the outer sequence.
    value = subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    assert isinstance(value, str)
    text = value.lower().encode()
    attribute = b"\x06\x03\x55\x04\x03" + b"\x0c" + bytes([len(text)]) + text
    sequence = b"\x30" + bytes([len(attribute)]) + attribute
    digest = hashes.Hash(hashes.SHA1())
    digest.update(b"\x31" + bytes([len(sequence)]) + sequence)
    number = int.from_bytes(digest.finalize()[:4], "little")
    (folder / f"{number:08x}.0").write_bytes(certificate.read_bytes())


async def test_ca_bundle_wins_over_the_certificates_of_other_programs(
    serve: Any, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    import certifi

    monkeypatch.setenv("AWS_CA_BUNDLE", certifi.where())  # does not contain the server's certificate
    async with serve(reply_to, tls=certificate) as url:
        with pytest.raises(errors.ConnectFailed):
            await call(url)


@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "SSL_CERT_FILE"])
@pytest.mark.parametrize("content", [None, b"no certificate", b"", "folder", "pipe"])
async def test_bad_certificate_file_is_refused_by_variable_and_path(
    name: str, content: bytes | str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bundle.pem"
    if content == "folder":
        path.mkdir()
    elif content == "pipe":
        os.mkfifo(path)
    elif isinstance(content, bytes):
        path.write_bytes(content)
    monkeypatch.setenv(name, str(path))
    with pytest.raises(errors.ConfigurationError, match=f"^{name}: '{path}' (is not a file|cannot be read)") as caught:
        await call("https://127.0.0.1:1")
    assert caught.value.__context__ is None


async def test_bad_ca_bundle_of_the_profile_is_refused_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text("[default]\nca_bundle = /absent/x.pem\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with pytest.raises(errors.ConfigurationError, match=r"^ca_bundle of the profile 'default': '/absent/x\.pem'"):
        await call("https://127.0.0.1:1")


async def test_missing_certificate_folder_is_refused(
    connections: Any, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", "/absent/folder")
    request = HttpRequest("POST", Url.parse("https://127.0.0.1:1"), {}, b"{}")
    async with connections(clock) as http:
        with pytest.raises(errors.ConfigurationError, match=r"^SSL_CERT_DIR: '/absent/folder' is not a folder"):
            await http.send(request, Deadline(clock, 30))
