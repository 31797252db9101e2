"""Every example of the README and of the page on web sessions runs: its own `pool` is answered by a local one in
the place of the real service.

A comment above a block says what is the case when it starts (`<!-- given: a user -->`); `username`, `password`,
`new_password`, `code` and, where somebody is signed in, `user` are there.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import anyio
import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from cognito_async import RetryEvent, errors
from cognito_async._aws._generated.admin_users import ADMIN_CREATE_USER, AdminCreateUserRequest
from cognito_async._aws._generated.common import AttributeType
from cognito_async._cli.program import run as run_program
from cognito_async._local.state.settings_file import parse_settings
from cognito_async.local import LocalUserPool
from cognito_async.lowlevel import invoke
from cognito_async.testing import STORE_CHECKS
from tests.fake_aws import CLIENT_ID, CODE, PASSWORD, POOL_ID, FakeAws
from tests.stores.fake_redis import FakeRedis

ROOT = Path(__file__).parents[1]
SECRET = "readmeclientsecret0123456789"
TEMPORARY = "Temp0rary!"
BACKENDS = ["asyncio", "trio"]


@dataclass(frozen=True)
class Block:
    page: str
    note: str
    language: str
    text: str
    line: int

    @property
    def is_test(self) -> bool:
        return "def test_" in self.text

    @property
    def is_app(self) -> bool:
        return "FastAPI()" in self.text


def blocks(page: str) -> list[Block]:
    text = (ROOT / page).read_text("utf-8")
    pattern = re.compile(r"(?:^<!-- ([^\n]*) -->\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [
        Block(page, found[1] or "", found[2], found[3], text.count("\n", 0, found.start(2)) + 1)
        for found in pattern.finditer(text)
    ]


BLOCKS = blocks("README.md")
WEB_SESSIONS = blocks("docs/web-sessions.md")
[PRELUDE] = [block for block in BLOCKS if block.note == "prelude"]
PYTHON = [block for block in BLOCKS if block.language == "python" and block is not PRELUDE]
PLAIN = [block for block in PYTHON if not block.is_test and not block.is_app]


def test_no_block_is_overlooked() -> None:
    fences = re.findall(r"^```\w", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert len(BLOCKS) == len(fences)
    assert {block.language for block in BLOCKS} == {"python", "sh", "console", "text", "js", "toml"}
    assert len(PLAIN) == len(PYTHON) - 3


@pytest.fixture
def secret(request: pytest.FixtureRequest) -> str | None:
    block: Block | None = getattr(request.node, "callspec", None) and request.node.callspec.params.get("block")
    return SECRET if block is not None and block.note == "given: a client secret" else None


@pytest.fixture(autouse=True)
def redis_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a server nor its client need be there; with both: tests/peers/test_redis.py."""

    @contextlib.asynccontextmanager
    async def from_url(url: str, **limits: float) -> AsyncGenerator[FakeRedis]:
        assert url.startswith("redis://") and set(limits) == {"connect_timeout", "stream_timeout", "max_idle_time"}
        yield FakeRedis()

    coredis = ModuleType("coredis")
    coredis.Redis = SimpleNamespace(from_url=from_url)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "coredis", coredis)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, secret: str | None) -> FakeAws:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("getpass.getpass", lambda: PASSWORD)
    if secret is not None:
        monkeypatch.setenv("COGNITO_CLIENT_SECRET", secret)
    return FakeAws(monkeypatch, client_secret=secret)


async def given(note: str, aws: FakeAws) -> dict[str, Any]:
    """What a block starts with."""
    names: dict[str, Any] = {"__name__": "__main__", "username": "alice", "password": PASSWORD, "code": CODE}
    exec(PRELUDE.text, names)
    match note:
        case "given: a user":
            await aws.add_user("alice")
        case "given: a signed-in user":
            await aws.add_user("alice")
            names["user"] = (await names["pool"].sign_in("alice", PASSWORD)).user
        case "given: AWS credentials":
            names["pool"] = _admin(aws)
        case "given: an invited user":
            await _invite(aws)
            names |= {"password": TEMPORARY, "new_password": PASSWORD}
        case _:
            assert note in ("", "given: a client secret")
    return names


def _admin(aws: FakeAws) -> Any:
    return type(aws.pool)(POOL_ID, CLIENT_ID, credentials=LocalUserPool().credentials)


async def _invite(aws: FakeAws) -> None:
    request = AdminCreateUserRequest(
        user_pool_id=POOL_ID,
        username="alice",
        user_attributes=[AttributeType(name="email", value="alice@example.com")],
        temporary_password=TEMPORARY,
    )
    await invoke(_admin(aws), ADMIN_CREATE_USER, request)


def test_the_settings_of_a_served_pool_are_such(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    [block] = [block for block in BLOCKS if block.language == "toml"]
    (tmp_path / "my_triggers.py").write_text("async def confirm_colleagues(event): return event\n")
    monkeypatch.syspath_prepend(tmp_path)
    pool, client = parse_settings(block.text)
    assert pool.triggers.pre_sign_up is not None and pool.mfa == "OPTIONAL"
    assert client.explicit_auth_flows == {"ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("block", [*PLAIN, *WEB_SESSIONS], ids=lambda block: f"{block.page}-{block.line}")
def test_an_example_runs(block: Block, backend: str, aws: FakeAws) -> None:
    compiled = compile(
        block.text, f"{block.page}, line {block.line}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True
    )
    if not compiled.co_flags & inspect.CO_COROUTINE:
        # A whole program, which starts an event loop itself, or definitions alone.
        names = anyio.run(given, block.note, aws, backend=backend)
        exec(compiled, names)
        return

    async def run() -> None:
        names = await given(block.note, aws)
        await eval(compiled, names)

    anyio.run(run, backend=backend)


def test_the_example_of_errors_meets_each_of_its_errors(aws: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    [block] = [block for block in PLAIN if "except errors.UserNotConfirmedException" in block.text]
    compiled = compile(block.text, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)

    async def run() -> None:
        names = await given("", aws)
        await eval(compiled, names)
        assert capsys.readouterr().out == "User does not exist.\n"
        await aws.pool.sign_up("alice", PASSWORD, attributes={"email": "alice@example.com"})
        await eval(compiled, names)
        assert [message.kind for message in aws.service.outbox] == ["sign_up", "resend_code"]
        await aws.pool.confirm_sign_up("alice", CODE)
        await eval(compiled, names)
        await eval(compiled, {**names, "password": "Wr0ng-passw0rd!"})
        assert capsys.readouterr().out == "Incorrect username or password.\n"
        await eval(compiled, {**names, "username": ""})
        assert capsys.readouterr().out == "None None None None\n"

    anyio.run(run)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_example_of_hooks_makes_a_span_of_each_attempt(
    aws: FakeAws, backend: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [block] = [block for block in PLAIN if "opentelemetry" in block.text]
    compiled = compile(block.text, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)

    async def run() -> None:
        names = await given(block.note, aws)
        await eval(compiled, names)
        with pytest.raises(errors.NotAuthorizedException):
            await names["traced"].sign_in("alice", "Wr0ng-passw0rd!")
        busy = errors.TooManyRequestsException("Rate exceeded")
        names["on_retry"](RetryEvent("InitiateAuth", 1, busy, 0.25))
        assert names["spans"] == {}

    anyio.run(run, backend=backend)
    spans = exporter.get_finished_spans()
    asked, proved, asked_again, refused = spans
    assert [span.name for span in spans] == ["Cognito InitiateAuth", "Cognito RespondToAuthChallenge"] * 2
    for span in (asked, proved, asked_again):
        assert span.status.is_ok and span.attributes and span.attributes["http.response.status_code"] == 200
    assert not refused.status.is_ok and refused.attributes
    assert refused.attributes["error.type"] == "NotAuthorizedException"
    assert refused.attributes["http.request.resend_count"] == 0 and refused.attributes["aws.request_id"]
    assert capsys.readouterr().out == "InitiateAuth failed with TooManyRequestsException, again in 0.2 s\n"
    assert not any(PASSWORD in span.to_json() for span in spans)


@pytest.mark.parametrize(("name", "passed"), [("test_a_code_is", 4), ("test_my_store", 2 * len(STORE_CHECKS))])
def test_a_pytest_example_passes(tmp_path: Path, name: str, passed: int) -> None:
    [block] = [block for block in PYTHON if block.is_test and name in block.text]
    (tmp_path / "test_example.py").write_text(block.text)
    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "test_example.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert f"{passed} passed" in outcome.stdout, outcome.stdout


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_fastapi_example_answers(aws: FakeAws, backend: str) -> None:
    [block] = [block for block in PYTHON if block.is_app]

    async def visit() -> None:
        names: dict[str, Any] = {"__name__": "readme_app"}
        exec(compile(block.text, "README.md", "exec", dont_inherit=True), names)
        app = names["app"]
        schemas = app.openapi()["components"]["schemas"]
        assert "SignUpResult" in schemas
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as browser:
            account = {"username": "alice", "password": PASSWORD, "email": "alice@example.com"}
            made = await browser.post("/sign-up", json=account)
            assert made.json()["user"]["username"] == "alice"
            assert (await browser.post("/sign-up", json=account)).json() == {"detail": "User already exists"}
            await aws.pool.confirm_sign_up("alice", CODE)
            token = (await aws.pool.sign_in("alice", PASSWORD)).tokens.access_token
            seen = await browser.get("/me", headers={"Authorization": f"Bearer {token}"})
            assert seen.json()["email"] == "alice@example.com"
            for wrong in ("nonsense", token + "x"):
                refused = await browser.get("/me", headers={"Authorization": f"Bearer {wrong}"})
                assert refused.status_code == 401

    anyio.run(visit, backend=backend)


def test_the_tree_of_errors_is_the_real_one() -> None:
    [block] = [block for block in BLOCKS if block.language == "text"]
    assert textwrap.indent(block.text, "    ") in (errors.__doc__ or "")


def test_the_commands_do_what_the_readme_says(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [block] = [block for block in BLOCKS if block.note == "commands"]
    monkeypatch.setenv("COGNITO_STORE", str(tmp_path / "sessions.json"))
    monkeypatch.setenv("COGNITO_PASSWORD", PASSWORD)
    first, *commands = [shlex.split(line) for line in block.text.splitlines()]
    assert first[0] == "export"
    for setting in first[1:]:
        monkeypatch.setenv(*setting.split("=", 1))
    for program, *arguments in commands:
        assert program == "cognito-async"
        assert run_program([CODE if argument == "123456" else argument for argument in arguments]) == 0
        if "--json" in arguments:
            assert json.loads(capsys.readouterr().out)["user"]["username"] == "alice"
        capsys.readouterr()


def test_the_two_commands_name_what_there_is() -> None:
    demo, tests = [block.text for note in ("ci: demo", "ci: tests") for block in BLOCKS if block.note == note]
    assert demo.count("\n") == tests.count("\n") == 1
    assert "cognito-async demo" in demo
    assert "'.[dev]'" in tests


@pytest.mark.parametrize("page", ["README.md", "docs/web-sessions.md"])
def test_every_link_to_a_file_leads_somewhere(page: str) -> None:
    path = ROOT / page
    links = re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8"))
    assert len(links) > 1
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_the_served_pool_prints_the_line_that_the_readme_shows() -> None:
    from tests.cli.program import serve

    [block] = [block for block in BLOCKS if block.language == "console"]
    command, line = block.text.splitlines()
    _, program, *arguments = shlex.split(command)
    assert program == "cognito-async"
    shown = json.loads(line)
    # The port may be taken on the machine of the tests.
    port = arguments.index("--port") + 1
    with serve(*arguments[1:port], "0", *arguments[port + 1 :]) as served:
        assert {**served.settings, "endpoint": shown["endpoint"]} == shown
        assert set(served.settings) == set(shown)


@pytest.mark.peer
def test_the_javascript_example_signs_in(tmp_path: Path) -> None:
    from tests.cli.program import process, serve
    from tests.peers.running import HERE, environment, node

    [block] = [block for block in BLOCKS if block.language == "js"]
    script = tmp_path / "example.js"
    with serve("--code", CODE) as served:
        options = {**served.variables, "COGNITO_PASSWORD": PASSWORD}
        assert process("sign-up", "alice", "--attribute", "email=alice@example.com", **options).returncode == 0
        assert process("confirm", "alice", CODE, **options).returncode == 0
        script.write_text(block.text.replace("http://127.0.0.1:9229", served.endpoint))
        outcome = subprocess.run(
            node(script, package="amazon-cognito-identity-js"),
            env={**environment(), "NODE_PATH": str(HERE / "node_modules")},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    assert outcome.stdout == "alice@example.com\n", outcome.stderr
