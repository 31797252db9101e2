"""An instance, a container and STS: what they are asked, and what comes of answers that are late, wrong or hostile."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

from cognito_async import errors
from cognito_async._aws.credentials import container as container_source
from cognito_async._aws.credentials.chain import resolve
from cognito_async._aws.credentials.issuer import Issuer
from cognito_async._http.origin import Url
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

pytestmark = pytest.mark.anyio
TOKEN = "Mark3r.web.identity+/="
ROLE = "arn:aws:iam::123456789012:role/my-role"


@pytest.fixture
def token_file(tmp_path: Path) -> str:
    (tmp_path / "token").write_text(TOKEN)
    return str(tmp_path / "token")


class World:
    """Lets each source be asked of a service in the same way."""

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
def world(monkeypatch: pytest.MonkeyPatch, token_file: str) -> World:
    return World(monkeypatch, token_file)


PLAYERS: dict[str, Callable[[], Service]] = {"instance": instance, "container": container, "web identity": sts}


@pytest.mark.parametrize("kind", PLAYERS)
async def test_a_service_gives_temporary_credentials_with_no_proxy_asked_and_nothing_logged_that_is_secret(
    kind: str, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world.monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Mark3r token")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        world.monkeypatch.setenv(name, "http://127.0.0.1:9")
    service = container(token="Mark3r token") if kind == "container" else PLAYERS[kind]()
    async with service.served() as url:
        found = await world.source(kind, url)()
    assert found == KEYS
    assert len(service.requests) == {"instance": 3}.get(kind, 1)
    logged = caplog.text + "".join(repr(vars(record)) for record in caplog.records)
    assert "ASIATEMPORARY" in repr(found)
    assert "127.0.0.1" in logged and "Mark3r" not in logged + repr(found)


def always(answer: Answer | None, headers: str = "") -> Callable[[], Service]:
    return lambda: Service(lambda request: answer, headers=headers)


def then(answer: Answer | None) -> Callable[[], Service]:
    """An instance that is in order up to the last question."""
    return lambda: instance(lambda: answer)


WRONG: dict[str, tuple[str, Callable[[], Service], str]] = {
    "refused": ("instance", always((403, b"Mark3r")), "no token (status 403)"),
    "a token of two lines": ("instance", always((200, b"a\r\nMark3r: 1")), "no token (status 200)"),
    "without a role": ("instance", lambda: Service(_no_role), "no role (status 404)"),
    "no credentials": ("instance", then((404, b"Mark3r")), "no credentials (status 404)"),
    "credentials that are no text": ("instance", then((200, "Mark3r-é".encode())), "no credentials (status 200)"),
    "not of this role": (
        "instance",
        then((200, b'{"Code": "AssumeRoleUnauthorizedAccess", "Message": "Mark3r"}')),
        "metadata service gave no usable credentials: access_key_id",
    ),
    "led elsewhere": ("container", always((302, b""), "Location: http://127.0.0.1:9/\r\n"), "status 302"),
    "no JSON": ("container", always((200, b"<Mark3r>")), "endpoint gave no usable credentials"),
    "a list": ("container", always((200, b'["Mark3r"]')), "endpoint gave no usable credentials"),
    "deep JSON": ("container", always((200, b"[" * 60_000)), "endpoint gave no usable credentials"),
    "too much": ("container", always((200, b" " * 70_000)), "an answer of more than 64 KiB"),
    "no end that is one": (
        "container",
        lambda: container(lambda: (200, as_json(KEYS, Expiration="Mark3r"))),
        "Expiration is no moment in time",
    ),
    "an end that is a number": (
        "container",
        lambda: container(lambda: (200, as_json(KEYS, Expiration=5))),
        "Expiration is no moment in time",
    ),
    "a secret of two lines": (
        "container",
        lambda: container(lambda: (200, as_json(KEYS, SecretAccessKey="Mark3r\n1"))),
        "secret_access_key is no text",
    ),
    "another token": ("web identity", lambda: sts(token="x"), "refused the web identity: InvalidIdentityToken"),
    "a code that is none": ("web identity", always((403, sts_error("<b>M</b>", ""))), "no reason that can be read"),
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


@pytest.mark.parametrize("case", WRONG)
async def test_an_answer_that_gives_none_is_an_error_that_says_why_and_shows_nothing(
    case: str, world: World, clock: MovableClock, refusal: Refusal
) -> None:
    kind, play, said = WRONG[case]
    async with play().served() as url:
        assert said in (await refusal(resolve(world.source(kind, url), clock)())).message


async def test_the_facts_of_a_refusal_are_in_the_error(world: World, refusal: Refusal) -> None:
    async with sts(token="x").served() as url:
        error = await refusal(world.source("web identity", url)())
    assert (error.code, error.status_code) == ("InvalidIdentityToken", 400)
    async with container(token="x").served() as url:
        assert (await refusal(world.source("container", url)())).status_code == 401


@pytest.mark.parametrize("kind", PLAYERS)
async def test_nobody_there_is_an_error_after_a_few_tries(
    kind: str, world: World, clock: MovableClock, refusal: Refusal
) -> None:
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    await listener.aclose()
    error = await refusal(resolve(world.source(kind, f"http://127.0.0.1:{port}"), clock)())
    assert "ConnectFailed" in error.message


@pytest.mark.parametrize("kind", PLAYERS)
@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_service_that_is_busy_is_asked_again(kind: str, status: int, world: World, clock: MovableClock) -> None:
    service = PLAYERS[kind]()
    healthy, busy = service.answer, iter([True, False])
    service.answer = lambda request: (status, b"") if next(busy, False) else healthy(request)
    async with service.served() as url:
        assert await resolve(world.source(kind, url), clock)() == KEYS
    assert service.requests[0] == service.requests[1]


@pytest.mark.parametrize(
    ("kind", "seconds", "tries"), [("instance", 1, 2), ("container", 2, 3), ("web identity", 5, 3)]
)
async def test_a_service_that_does_not_answer_is_given_up(
    kind: str, seconds: int, tries: int, world: World, clock: MovableClock, refusal: Refusal
) -> None:
    service = Service(lambda request: None)
    started = clock.now()

    async def ask(source: CredentialsProvider) -> None:
        assert f"no answer within {seconds} s" in (await refusal(resolve(source, clock)())).message

    async with service.served() as url, anyio.create_task_group() as group:
        group.start_soon(ask, world.source(kind, url))
        for _ in range(tries):
            await service.waiting.wait()
            service.waiting = anyio.Event()
            clock.advance(seconds)
    assert len(service.requests) == tries
    assert clock.now() - started < timedelta(seconds=tries * seconds + 1)


async def test_an_instance_that_is_switched_off_is_not_asked(world: World, refusal: Refusal) -> None:
    service = instance()
    async with service.served() as url:
        source = world.source("instance", url)
        world.monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "TRUE")
        assert "AWS_EC2_METADATA_DISABLED" in (await refusal(source())).message
    assert not service.requests


@pytest.mark.parametrize(
    ("mode", "expected"), [("", "http://169.254.169.254"), ("IPv6", "http://[fd00:ec2::254]"), ("IPv4", "http://169.")]
)
def test_where_an_instance_is_asked(monkeypatch: pytest.MonkeyPatch, mode: str, expected: str) -> None:
    from cognito_async._aws.credentials.instance import _url

    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", mode)
    assert _url().startswith(expected)


@pytest.mark.parametrize("by", ["file", "variable"])
async def test_a_container_is_asked_with_its_token(by: str, world: World, tmp_path: Path, refusal: Refusal) -> None:
    (tmp_path / "container-token").write_text("Mark3r token")
    if by == "file":
        world.monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "container-token"))
        world.monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "another")
    else:
        world.monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Mark3r token")
    async with container(token="Mark3r token").served() as url:
        source = world.source("container", url)
        assert await source() == KEYS
        (tmp_path / "container-token").write_text("Mark3r\r\nx: y")
        world.monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Mark3r\n")
        assert "a character that none may have" in (await refusal(source())).message


async def test_a_container_is_asked_at_its_agent_for_a_path(world: World, refusal: Refusal) -> None:
    async with container().served() as url:
        world.monkeypatch.setattr(container_source, "_AGENT", url)
        world.monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/keys?id=1")
        world.monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://elsewhere.example")
        assert await from_container()() == KEYS
    world.monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@elsewhere.example/")
    assert "is no path" in (await refusal(from_container()())).message


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://localhost:1/a", True),
        ("http://127.0.0.9/a", True),
        ("http://[::1]:80/", True),
        ("http://169.254.170.2/", True),
        ("http://169.254.170.23/v1/credentials", True),
        ("http://[fd00:ec2::23]/v1", True),
        ("https://credentials.example/v1?a=b", True),
        ("http://credentials.example/", False),
        ("http://169.254.169.254/", False),
        ("http://127.0.0.1@credentials.example/", False),
        ("http://credentials.example\\@127.0.0.1/", False),
        ("http://127.0.0.1.credentials.example/", False),
        ("http://127.0.0.1#@credentials.example/", False),
        ("http://127.0.0.1:1/a\r\nx: y", False),
        ("http://[::1/", False),
        ("ftp://127.0.0.1/", False),
        ("169.254.170.2/a", False),
    ],
)
async def test_which_endpoints_of_a_container_may_be_asked(
    url: str, allowed: bool, monkeypatch: pytest.MonkeyPatch, clock: MovableClock
) -> None:
    asked: list[str] = []

    async def ask(issuer: Issuer, method: str, url: Url, headers: Any) -> None:
        asked.append(url.text)
        raise errors.TransportError("nobody")

    monkeypatch.setattr(Issuer, "ask", ask)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
    with pytest.raises(errors.CredentialsError, match="nobody" if allowed else "is refused"):
        await from_container()()
    assert asked == ([url] if allowed else [])


async def test_a_web_identity_is_what_the_environment_says_and_its_file_is_read_each_time(
    world: World, token_file: str
) -> None:
    service = sts()
    async with service.served() as url:
        for name, value in (
            ("AWS_WEB_IDENTITY_TOKEN_FILE", token_file),
            ("AWS_ROLE_ARN", ROLE),
            ("AWS_ROLE_SESSION_NAME", "my-pod"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
            ("AWS_ENDPOINT_URL_STS", url),
        ):
            world.monkeypatch.setenv(name, value)
        assert await from_web_identity()() == KEYS
        await anyio.Path(token_file).write_text("another")
        with pytest.raises(errors.CredentialsError, match="InvalidIdentityToken"):
            await from_web_identity()()
    assert b"RoleSessionName=my-pod" in service.requests[0].body


async def test_a_web_identity_without_a_session_name_gets_one_with_the_time(world: World, clock: MovableClock) -> None:
    service = sts()
    async with service.served() as url:
        await resolve(from_web_identity(role_arn=ROLE, token_file=world.token_file, endpoint=url), clock)()
    assert f"RoleSessionName=cognito-async-{clock.now():%s}".encode() in service.requests[0].body


async def test_a_web_identity_that_is_not_whole_is_refused(world: World, tmp_path: Path, refusal: Refusal) -> None:
    assert "AWS_WEB_IDENTITY_TOKEN_FILE is not set" in (await refusal(from_web_identity()())).message
    path = str(tmp_path / "none")
    assert "set AWS_ROLE_ARN" in (await refusal(from_web_identity(token_file=path)())).message
    missing = from_web_identity(token_file=path, role_arn=ROLE)
    assert "cannot be read (FileNotFoundError)" in (await refusal(missing())).message
    await anyio.Path(path).write_bytes(b"Mark3r\xff")
    assert "cannot be read (UnicodeDecodeError)" in (await refusal(missing())).message


@pytest.mark.parametrize(
    ("given", "variables", "expected"),
    [
        (None, {}, "https://sts.amazonaws.com"),
        ("eu-west-1", {"AWS_REGION": "us-east-1"}, "https://sts.eu-west-1.amazonaws.com"),
        (None, {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "eu-west-1"}, "https://sts.us-east-1.amazonaws.com"),
        (None, {"AWS_DEFAULT_REGION": "cn-north-1"}, "https://sts.cn-north-1.amazonaws.com.cn"),
        ("us-east-1", {"AWS_USE_FIPS_ENDPOINT": "true"}, "https://sts-fips.us-east-1.amazonaws.com"),
        ("us-east-1", {"AWS_ENDPOINT_URL": "http://127.0.0.1:1/"}, "http://127.0.0.1:1"),
    ],
)
def test_which_sts_is_asked(
    monkeypatch: pytest.MonkeyPatch, given: str | None, variables: dict[str, str], expected: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    source: Any = from_web_identity(region=given)
    assert source._url() == expected


async def test_an_end_without_a_zone_is_in_utc(world: World) -> None:
    assert KEYS.expires_at is not None
    naive = json.dumps({**json.loads(as_json(KEYS)), "Expiration": KEYS.expires_at.replace(tzinfo=None).isoformat()})
    async with container(lambda: (200, naive.encode())).served() as url:
        assert await world.source("container", url)() == KEYS
