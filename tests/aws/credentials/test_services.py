"""An instance, a container and STS: their requests, and replies that are late, wrong or hostile."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from cognito_async import errors
from cognito_async._aws.credentials import container as container_source
from cognito_async._aws.credentials.chain import resolve
from cognito_async.credentials import (
    CredentialsProvider,
    from_container,
    from_instance,
    from_web_identity,
)
from cognito_async.local import MovableClock
from tests.aws.credentials.conftest import Refusal
from tests.aws.credentials.services import (
    KEYS,
    Answer,
    Request,
    Service,
    as_json,
    container,
    instance,
    sts,
    sts_error,
    sts_reply,
)

pytestmark = [pytest.mark.anyio, pytest.mark.table]
TOKEN = "Mark3r.web.identity+/="
ROLE = "arn:aws:iam::123456789012:role/my-role"


@pytest.fixture
def token_file(tmp_path: Path) -> str:
    (tmp_path / "token").write_text(TOKEN)
    return str(tmp_path / "token")


class SourceFactory:
    """A factory of sources (instance, container, web identity) that send their requests to a URL."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, token_file: str) -> None:
        self.monkeypatch = monkeypatch
        self.token_file = token_file

    def source(self, kind: str, url: str) -> CredentialsProvider:
        match kind:
            case "instance":
                self.monkeypatch.delenv("AWS_EC2_METADATA_DISABLED", raising=False)
                self.monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url + "/")
                return from_instance()
            case "container":
                self.monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url + "/keys?id=1")
                return from_container()
        return from_web_identity(role_arn=ROLE, token_file=self.token_file, session_name="me", endpoint=url)


@pytest.fixture
def factory(monkeypatch: pytest.MonkeyPatch, token_file: str) -> SourceFactory:
    return SourceFactory(monkeypatch, token_file)


SERVICES: dict[str, Callable[[], Service]] = {"instance": instance, "container": container, "web identity": sts}


@pytest.mark.parametrize("kind", SERVICES)
async def test_fetching_credentials_uses_no_proxy_and_logs_no_secret(
    kind: str, factory: SourceFactory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    if kind == "web identity":
        factory.monkeypatch.setenv("NO_PROXY", "127.0.0.1")  # STS is on the internet, so proxies are for it
    factory.monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Mark3r token")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        factory.monkeypatch.setenv(name, "http://127.0.0.1:9")
    service = container(token="Mark3r token") if kind == "container" else SERVICES[kind]()
    async with service.served() as url:
        found = await factory.source(kind, url)()
    assert found == KEYS
    assert len(service.requests) == {"instance": 3}.get(kind, 1)
    logged = caplog.text + "".join(repr(vars(record)) for record in caplog.records)
    assert "ASIATEMPORARY" in repr(found)
    assert "127.0.0.1" in logged and "Mark3r" not in logged + repr(found)


async def test_sts_is_called_through_a_proxy(factory: SourceFactory) -> None:
    def answer(request: Request) -> Answer:
        return 200, sts_reply(KEYS, ROLE, request.path)

    proxy = Service(answer)
    async with proxy.served() as url:
        factory.monkeypatch.setenv("HTTP_PROXY", url)
        assert await factory.source("web identity", "http://sts.test")() == KEYS
    assert [each.path for each in proxy.requests] == ["http://sts.test/"]


def always(answer: Answer | None, headers: str = "") -> Callable[[], Service]:
    return lambda: Service(lambda request: answer, headers=headers)


def instance_with(answer: Answer | None) -> Callable[[], Service]:
    """Return a factory of an instance's service that sends this answer when it is asked for the keys."""
    return lambda: instance(lambda: answer)


BAD_REPLIES: dict[str, tuple[str, Callable[[], Service], str]] = {
    "refused": ("instance", always((403, b"Mark3r")), "no token (status 403)"),
    "a token of two lines": ("instance", always((200, b"a\r\nMark3r: 1")), "no token (status 200)"),
    "without a role": ("instance", lambda: Service(_no_role), "no role (status 404)"),
    "no credentials": ("instance", instance_with((404, b"Mark3r")), "no credentials (status 404)"),
    "credentials not ASCII": (
        "instance",
        instance_with((200, "Mark3r-é".encode())),
        "no credentials (status 200)",
    ),
    "role not authorized": (
        "instance",
        instance_with((200, b'{"Code": "AssumeRoleUnauthorizedAccess", "Message": "Mark3r"}')),
        "metadata service gave no usable credentials: access_key_id",
    ),
    "redirect": ("container", always((302, b""), "Location: http://127.0.0.1:9/\r\n"), "status 302"),
    "no JSON": ("container", always((200, b"<Mark3r>")), "endpoint gave no usable credentials"),
    "a list": ("container", always((200, b'["Mark3r"]')), "endpoint gave no usable credentials"),
    "deep JSON": ("container", always((200, b"[" * 60_000)), "endpoint gave no usable credentials"),
    "too much": ("container", always((200, b" " * 70_000)), "a reply of more than 64 KiB"),
    "invalid expiry": (
        "container",
        lambda: container(lambda: (200, as_json(KEYS, Expiration="Mark3r"))),
        "Expiration must be a time",
    ),
    "expiry as a number": (
        "container",
        lambda: container(lambda: (200, as_json(KEYS, Expiration=5))),
        "Expiration must be a time",
    ),
    "a secret of two lines": (
        "container",
        lambda: container(lambda: (200, as_json(KEYS, SecretAccessKey="Mark3r\n1"))),
        "secret_access_key must be",
    ),
    "another token": ("web identity", lambda: sts(token="x"), "refused the web identity: InvalidIdentityToken"),
    "invalid code": ("web identity", always((403, sts_error("<b>M</b>", ""))), "unreadable reason"),
    "an echoed token": ("web identity", always((403, sts_error(TOKEN[:19], ""))), "unreadable reason"),
    "no XML": ("web identity", always((200, b"{}")), "STS gave no usable credentials"),
    "no text": ("web identity", always((200, b"\xff\xfe<\x00a\x00")), "STS gave no usable credentials"),
    "another XML": ("web identity", always((200, b"<a>Mark3r</a>")), "STS gave no usable credentials"),
    "a document type": (
        "web identity",
        always((200, b"<!DOCTYPE a [<!ENTITY b 'Mark3r'>]>" + sts_reply(KEYS, "r", "s"))),
        "STS gave no usable credentials",
    ),
    "half an XML": ("web identity", always((200, sts_reply(KEYS, "r", "s")[:300])), "STS gave no usable credentials"),
}


def _no_role(request: Request) -> Answer:
    return (200, b"token") if request.method == "PUT" else (404, b"")


@pytest.mark.parametrize("case", BAD_REPLIES)
async def test_bad_reply_raises_an_error_that_quotes_no_secret(
    case: str, factory: SourceFactory, clock: MovableClock, refusal: Refusal
) -> None:
    kind, make_service, message = BAD_REPLIES[case]
    async with make_service().served() as url:
        assert message in (await refusal(resolve(factory.source(kind, url), clock)())).message


async def test_error_has_the_code_and_status_of_the_refusal(factory: SourceFactory, refusal: Refusal) -> None:
    async with sts(token="x").served() as url:
        error = await refusal(factory.source("web identity", url)())
    assert (error.code, error.status_code) == ("InvalidIdentityToken", 400)
    async with container(token="x").served() as url:
        assert (await refusal(factory.source("container", url)())).status_code == 401


@pytest.mark.parametrize("kind", SERVICES)
async def test_refused_connections_raise_an_error(
    kind: str, factory: SourceFactory, clock: MovableClock, refusal: Refusal
) -> None:
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    await listener.aclose()
    error = await refusal(resolve(factory.source(kind, f"http://127.0.0.1:{port}"), clock)())
    assert "ConnectFailed" in error.message


@pytest.mark.parametrize("kind", SERVICES)
@pytest.mark.parametrize("status", [429, 500, 503])
async def test_busy_service_is_retried(kind: str, status: int, factory: SourceFactory, clock: MovableClock) -> None:
    service = SERVICES[kind]()
    healthy, busy = service.answer, iter([True, False])
    service.answer = lambda request: (status, b"") if next(busy, False) else healthy(request)
    async with service.served() as url:
        assert await resolve(factory.source(kind, url), clock)() == KEYS
    assert service.requests[0] == service.requests[1]


@pytest.mark.parametrize(
    ("kind", "seconds", "tries"), [("instance", 1, 2), ("container", 2, 3), ("web identity", 5, 3)]
)
async def test_silent_service_times_out(
    kind: str, seconds: int, tries: int, factory: SourceFactory, clock: MovableClock, refusal: Refusal
) -> None:
    service = Service(lambda request: None)
    started = clock.now()

    async def ask(source: CredentialsProvider) -> None:
        assert f"no reply within {seconds} s" in (await refusal(resolve(source, clock)())).message

    async with service.served() as url, anyio.create_task_group() as group:
        group.start_soon(ask, factory.source(kind, url))
        for _ in range(tries):
            await service.waiting.wait()
            service.waiting = anyio.Event()
            clock.advance(seconds)
    assert len(service.requests) == tries
    assert clock.now() - started < timedelta(seconds=tries * seconds + 1)


async def test_disabled_instance_service_gets_no_request(factory: SourceFactory, refusal: Refusal) -> None:
    service = instance()
    async with service.served() as url:
        source = factory.source("instance", url)
        factory.monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "TRUE")
        assert "AWS_EC2_METADATA_DISABLED" in (await refusal(source())).message
    assert not service.requests


@pytest.mark.parametrize("token_in", ["file", "variable"])
async def test_container_request_has_the_token(
    token_in: str, factory: SourceFactory, tmp_path: Path, refusal: Refusal
) -> None:
    (tmp_path / "container-token").write_text("Mark3r token")
    if token_in == "file":
        factory.monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "container-token"))
        factory.monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "another")
    else:
        factory.monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Mark3r token")
    async with container(token="Mark3r token").served() as url:
        source = factory.source("container", url)
        assert await source() == KEYS
        (tmp_path / "container-token").write_text("Mark3r\r\nx: y")
        factory.monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Mark3r\n")
        assert "must be printable ASCII" in (await refusal(source())).message


async def test_relative_container_path_is_requested_from_the_container_agent(
    factory: SourceFactory, refusal: Refusal
) -> None:
    async with container().served() as url:
        factory.monkeypatch.setattr(container_source, "_AGENT", url)
        factory.monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/keys?id=1")
        factory.monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://elsewhere.example")
        assert await from_container()() == KEYS
    factory.monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@elsewhere.example/")
    assert "must be a path" in (await refusal(from_container()())).message


async def test_web_identity_file_is_read_for_each_request(factory: SourceFactory, token_file: str) -> None:
    service = sts()
    async with service.served() as url:
        for name, value in (
            ("AWS_WEB_IDENTITY_TOKEN_FILE", token_file),
            ("AWS_ROLE_ARN", ROLE),
            ("AWS_ROLE_SESSION_NAME", "my-pod"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
            ("AWS_ENDPOINT_URL_STS", url),
        ):
            factory.monkeypatch.setenv(name, value)
        assert await from_web_identity()() == KEYS
        await anyio.Path(token_file).write_text("another")
        with pytest.raises(errors.CredentialsError, match="InvalidIdentityToken"):
            await from_web_identity()()
    assert b"RoleSessionName=my-pod" in service.requests[0].body


async def test_default_session_name_contains_the_time(factory: SourceFactory, clock: MovableClock) -> None:
    service = sts()
    async with service.served() as url:
        await resolve(from_web_identity(role_arn=ROLE, token_file=factory.token_file, endpoint=url), clock)()
    assert f"RoleSessionName=cognito-async-{clock.now():%s}".encode() in service.requests[0].body


async def test_incomplete_web_identity_is_refused(factory: SourceFactory, tmp_path: Path, refusal: Refusal) -> None:
    assert "AWS_WEB_IDENTITY_TOKEN_FILE is not set" in (await refusal(from_web_identity()())).message
    path = str(tmp_path / "none")
    assert "set AWS_ROLE_ARN" in (await refusal(from_web_identity(token_file=path)())).message
    missing = from_web_identity(token_file=path, role_arn=ROLE)
    assert "cannot be read (FileNotFoundError)" in (await refusal(missing())).message
    await anyio.Path(path).write_bytes(b"Mark3r\xff")
    assert "cannot be read (UnicodeDecodeError)" in (await refusal(missing())).message


async def test_expiry_without_a_zone_is_utc(factory: SourceFactory) -> None:
    assert KEYS.expires_at is not None
    naive = json.dumps({**json.loads(as_json(KEYS)), "Expiration": KEYS.expires_at.replace(tzinfo=None).isoformat()})
    async with container(lambda: (200, naive.encode())).served() as url:
        assert await factory.source("container", url)() == KEYS
