"""Every file in docs/examples runs against a local pool, to which each `UserPool` of an example is connected.

An example is a module with `async def main(…)`. The names of the parameters select what it needs: see `arguments`.
Three kinds of files have no `main`: pytest runs the files `test_….py`, `fastapi_app.py` is sent requests, and so are
the files `guard_….py`, by test_guarded_examples.py.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
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

from cognito_async import RetryEvent, RetryPolicy, Tokens, UserPool, errors
from cognito_async.local import LocalTransport, LocalUserPool
from cognito_async.testing import STORE_CHECKS
from tests.fake_aws import CLIENT_ID, CODE, PASSWORD, POOL_ID, FakeAws
from tests.stores.fake_redis import FakeRedis

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py"))
PROGRAMS = [name for name in NAMES if not name.startswith(("test_", "guard_")) and name != "fastapi_app"]
BACKENDS = ["asyncio", "trio"]


def backends_of(name: str) -> list[str]:
    """Return the event loops on which an example runs: only trio if it imports trio, and otherwise both."""
    return ["trio"] if "import trio" in (EXAMPLES / f"{name}.py").read_text("utf-8") else BACKENDS


RUNS = [(name, backend) for name in PROGRAMS for backend in backends_of(name)]
SECRET = "exampleclientsecret0123456789"
TEMPORARY = "Temp0rary!"
# Examples that start without an account, because they sign the user up or need none. All others except those in
# INVITED start with a confirmed user.
WITHOUT_ACCOUNT = {"auto_sign_in", "client_secret", "handle_errors", "outcome_unknown", "six_calls"}
# Examples whose user an administrator has created, with a temporary password.
INVITED = {"challenges", "challenge_state"}


def load(name: str) -> ModuleType:
    """Return an example as a new module."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # Litestar looks it up
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    return module


@pytest.fixture(autouse=True)
def redis_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replaces coredis, so that the examples need neither coredis nor a server; tests/peers/test_redis.py uses both."""
    redis = FakeRedis()

    @contextlib.asynccontextmanager
    async def from_url(url: str, **limits: float) -> AsyncGenerator[FakeRedis]:
        assert url.startswith("redis://") and set(limits) == {"connect_timeout", "stream_timeout", "max_idle_time"}
        yield redis

    coredis = ModuleType("coredis")
    coredis.Redis = SimpleNamespace(from_url=from_url)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "coredis", coredis)


@pytest.fixture(autouse=True)
def celery_without_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replaces Celery, so that the example's task runs when it is called, as in a worker."""

    class Celery:
        def __init__(self, name: str, *, broker: str) -> None:
            assert name == "tasks" and broker.startswith("redis://")

        def task(self, function: Any) -> Any:
            return function

    celery = ModuleType("celery")
    celery.Celery = Celery  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "celery", celery)


@pytest.fixture(autouse=True)
def own_api(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Replaces the API of the example `bearer_auth`. Returns the kind of token that each path wants."""
    wanted = {"/orders": "access", "/profile": "id"}

    async def reply(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        assert request.url.host == "api.example.com"
        claims = Tokens(request.headers["Authorization"].removeprefix("Bearer ")).unverified_access_claims
        is_right = claims["token_use"] == wanted[request.url.path]
        return httpx.Response(200 if is_right else 401, json={"of": claims["sub"]})

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", reply)
    return wanted


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest) -> FakeAws:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("getpass.getpass", lambda: PASSWORD)
    secret = SECRET if "client_secret" in request.node.name else None
    if secret is not None:
        monkeypatch.setenv("COGNITO_CLIENT_SECRET", secret)
    return FakeAws(monkeypatch, client_secret=secret)


async def arguments(name: str, aws: FakeAws) -> dict[str, Any]:
    """Return all arguments that `main` of an example may take, after creating the account that the example needs."""
    pool = UserPool(POOL_ID, CLIENT_ID, credentials=LocalUserPool().credentials)
    known = {"pool": pool, "username": "alice", "password": PASSWORD, "new_password": PASSWORD, "code": CODE}
    if name in INVITED:
        attributes = {"email": "alice@example.com"}
        await pool.admin.create_user("alice", attributes=attributes, temporary_password=TEMPORARY)
        return known | {"password": TEMPORARY}
    if name not in WITHOUT_ACCOUNT:
        await aws.add_user("alice")
        known["user"] = (await pool.sign_in("alice", PASSWORD)).user
    return known


async def run(name: str, aws: FakeAws) -> ModuleType:
    """Run an example and return its module."""
    module = load(name)
    given = await arguments(name, aws)
    await module.main(**{each: given[each] for each in inspect.signature(module.main).parameters})
    return module


@pytest.mark.table
@pytest.mark.parametrize(("name", "backend"), RUNS)
def test_example_runs(name: str, backend: str, aws: FakeAws) -> None:
    anyio.run(run, name, aws, backend=backend)


def test_only_examples_for_trio_are_left_out_on_asyncio() -> None:
    assert sorted(name for name, backend in RUNS if backend == "trio") == PROGRAMS
    assert [name for name in PROGRAMS if (name, "asyncio") not in RUNS] == ["trio_sign_in"]


def test_first_sign_in_shows_each_step(aws: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    anyio.run(run, "first_sign_in", aws)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["confirmed: False", "a code was sent to a***@e***", "a new code was sent to a***@e***"]
    assert lines[3].startswith("alice is signed in until ")
    assert lines[-2:] == ["sign-out: done", "sign-out everywhere: done"]


def test_file_store_example_shows_nobody_before_a_sign_in(aws: FakeAws) -> None:
    async def show() -> None:
        module = load("file_store")
        await aws.add_user("alice")
        assert [await module.main(*given) for given in ((), (PASSWORD,), ())] == [False, True, True]
        await (await aws.pool.sign_in("alice", PASSWORD)).user.sign_out(global_=True)
        assert await module.main() is False

    anyio.run(show)


def test_error_example_handles_each_error(aws: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    main = load("handle_errors").main

    async def sign_in_with_each_error() -> None:
        await main(aws.pool, "alice", PASSWORD)
        assert capsys.readouterr().out == "User does not exist.\n"
        await aws.pool.sign_up("alice", PASSWORD, attributes={"email": "alice@example.com"})
        await main(aws.pool, "alice", PASSWORD)
        assert [message.kind for message in aws.service.outbox] == ["sign_up", "resend_code"]
        await aws.pool.confirm_sign_up("alice", CODE)
        await main(aws.pool, "alice", PASSWORD)
        await main(aws.pool, "alice", "Wr0ng-passw0rd!")
        assert capsys.readouterr().out == "Incorrect username or password.\n"
        await main(aws.pool, "", PASSWORD)
        assert capsys.readouterr().out == "None None None None\n"

    anyio.run(sign_in_with_each_error)


@pytest.mark.parametrize("backend", BACKENDS)
def test_tracing_example_makes_a_span_of_each_attempt(
    aws: FakeAws, backend: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)

    async def sign_in_twice() -> None:
        module = await run("tracing", aws)
        with pytest.raises(errors.NotAuthorizedException):
            await module.main(aws.pool, "alice", "Wr0ng-passw0rd!")
        busy = errors.TooManyRequestsException("Rate exceeded")
        module.on_retry(RetryEvent("InitiateAuth", 1, busy, 0.25))
        assert module.spans == {}

    anyio.run(sign_in_twice, backend=backend)
    spans = exporter.get_finished_spans()
    first, proof, second, refused = spans
    assert [span.name for span in spans] == ["Cognito InitiateAuth", "Cognito RespondToAuthChallenge"] * 2
    for span in (first, proof, second):
        assert span.status.is_ok and span.attributes and span.attributes["http.response.status_code"] == 200
    assert not refused.status.is_ok and refused.attributes
    assert refused.attributes["error.type"] == "NotAuthorizedException"
    assert refused.attributes["http.request.resend_count"] == 0 and refused.attributes["aws.request_id"]
    assert capsys.readouterr().out == "InitiateAuth failed with TooManyRequestsException, retry in 0.2 s\n"
    assert not any(PASSWORD in span.to_json() for span in spans)


@pytest.mark.parametrize("backend", BACKENDS)
def test_bearer_example_shows_replies_and_asks_to_sign_in_again(
    aws: FakeAws, backend: str, own_api: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    async def show() -> None:
        module = await run("bearer_auth", aws)
        user = (await aws.pool.sign_in("alice", PASSWORD)).user
        assert capsys.readouterr().out == f"200 {{'of': '{user.sub}'}}\n{{'of': '{user.sub}'}}\n"
        await (await aws.pool.sign_in("alice", PASSWORD)).user.sign_out(global_=True)
        own_api["/orders"] = "none"
        await module.show_orders(user)
        assert capsys.readouterr().out == "Please sign in again.\n"

    anyio.run(show, backend=backend)


# The examples that are tests, with the number of tests in each.
TESTS = {
    "test_faults": 6,
    "test_guarded_route": 1,
    "test_more_guarded_routes": 8,
    "test_my_program": 4,
    "test_my_store": 2 * len(STORE_CHECKS),
    "test_served_pool": 1,
    "test_settings_of_pytest": 2,
    "test_with_unittest": 2,
}


# All pools of the examples share a pair of RSA keys, because generating a pair takes 250 ms.
SHARED_KEYS = """
import functools
from cognito_async.local import SigningKeys
SigningKeys.generate = functools.cache(SigningKeys.generate)
"""


def test_pytest_examples_pass(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(SHARED_KEYS)
    for name in TESTS:
        (tmp_path / f"{name}.py").write_text((EXAMPLES / f"{name}.py").read_text("utf-8"))
    plugins = ["-p", "no:cacheprovider", "-p", "anyio", "-p", "pytest_cognito_async"]
    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", "-W", "error", *plugins, "."],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    passed = {name: outcome.stdout.count(f"PASSED {name}.py::") for name in TESTS}
    assert (outcome.returncode, passed) == (0, TESTS), outcome.stdout


@pytest.mark.parametrize("backend", BACKENDS)
def test_fastapi_example_answers(aws: FakeAws, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(transport: LocalTransport, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async def visit() -> None:
        module = load("fastapi_app")
        monkeypatch.setattr(module, "pool", module.pool.with_options(retry=RetryPolicy(max_attempts=1)))
        app = module.app
        assert "SignUpResult" in app.openapi()["components"]["schemas"]
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as browser:
            account = {"username": "alice", "password": PASSWORD, "email": "alice@example.com"}
            created = await browser.post("/sign-up", json=account)
            assert created.json()["user"]["username"] == "alice"
            assert (await browser.post("/sign-up", json=account)).json() == {"detail": "User already exists"}
            await aws.pool.confirm_sign_up("alice", CODE)
            token = (await aws.pool.sign_in("alice", PASSWORD)).tokens.access_token
            seen = await browser.get("/me", headers={"Authorization": f"Bearer {token}"})
            assert seen.json()["email"] == "alice@example.com"
            for wrong in ("nonsense", token + "x"):
                refused = await browser.get("/me", headers={"Authorization": f"Bearer {wrong}"})
                assert refused.status_code == 401
            assert (await browser.get("/me")).status_code in (401, 403)  # depends on the version of FastAPI
            for missing in ({"username": ""}, {"password": ""}):
                assert (await browser.post("/sign-up", json={**account, **missing})).status_code == 422
            with monkeypatch.context() as patch:
                patch.setenv("AWS_PROFILE", "nobody")
                patch.setattr(module, "pool", UserPool(POOL_ID, CLIENT_ID))
                with pytest.raises(errors.ConfigurationError, match="nobody"):
                    await browser.get("/me", headers={"Authorization": f"Bearer {token}"})
            await (await aws.pool.sign_in("alice", PASSWORD)).user.delete()
            gone = await browser.get("/me", headers={"Authorization": f"Bearer {token}"})
            assert gone.status_code == 401
            monkeypatch.setattr(LocalTransport, "handle_async_request", down)
            assert (await browser.get("/me", headers={"Authorization": f"Bearer {token}"})).status_code == 503
            assert (await browser.post("/sign-up", json=account)).status_code == 503

    anyio.run(visit, backend=backend)
