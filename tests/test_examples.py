"""Every example works as its docstring says."""

from __future__ import annotations

import importlib.util
import runpy
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import CognitoUser, errors
from tests.fake_aws import CLIENT_ID, CODE, PASSWORD, POOL_ID, FakeAws
from tests.support import set_service_time

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    monkeypatch.setenv("COGNITO_USER_POOL_ID", POOL_ID)
    monkeypatch.setenv("COGNITO_CLIENT_ID", CLIENT_ID)
    return FakeAws(monkeypatch)


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Return a function that runs an example as a program and returns its output."""

    def run_example(name: str, *arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", [name, *arguments])
        runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
        captured = capsys.readouterr()
        assert captured.err == ""
        return captured.out

    return run_example


def test_every_example_is_tested() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {
        "cookie_session",
        "device_cli",
        "fastapi_app",
        "invite_users",
        "load_test",
        "quickstart",
        "trio_app",
    }


@pytest.mark.anyio
async def test_fastapi_app_serves_a_user_from_sign_up_to_sign_out(aws: FakeAws) -> None:
    app = load("fastapi_app").app
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://accounts.example") as browser:
        login = {"username": "alice", "password": PASSWORD}
        made = (await browser.post("/sign-up", json={**login, "email": "alice@example.com"})).json()
        assert made["user"] == {"username": "alice", "sub": made["user_sub"]}
        assert made["user_confirmed"] is False
        assert (await browser.post("/resend?username=alice")).json()["medium"] == "EMAIL"
        assert (await browser.get("/me")).status_code == 401
        early = await browser.post("/sign-in", json=login)
        assert (early.status_code, early.json()["error"]) == (400, "UserNotConfirmedException")
        wrong = await browser.post("/confirm", json={"username": "alice", "code": CODE[::-1]})
        assert (wrong.status_code, wrong.json()["error"]) == (400, "CodeMismatchException")
        confirmed = await browser.post("/confirm", json={"username": "alice", "code": CODE})
        assert confirmed.json() == {"user": {"username": "alice", "sub": None}}
        refused = await browser.post("/sign-in", json={**login, "password": "Wr0ng-passw0rd!"})
        assert (refused.status_code, refused.json()["error"]) == (401, "NotAuthorizedException")
        assert (await browser.post("/sign-in", json=login)).json() == {"user": made["user"], "challenge": None}
        assert (await browser.get("/me")).json()["email"] == "alice@example.com"
        gone = await browser.post("/sign-out?everywhere=true")
        assert gone.json() == {"remote": "done", "error": None}
        browser.cookies.set("session", "forgotten")
        assert (await browser.get("/me")).status_code == 401


@pytest.mark.anyio
async def test_fastapi_app_refreshes_a_session_during_parallel_requests(aws: FakeAws) -> None:
    module = load("fastapi_app")
    await aws.add_user("alice")
    now = datetime.now(timezone.utc)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(module.app), base_url="https://a.example") as browser:
        await browser.post("/sign-in", json={"username": "alice", "password": PASSWORD})
        [name] = browser.cookies.values()
        assert name not in str(vars(module.store)), "the store does not contain the value of the cookie"
        set_service_time(module.pool, now + timedelta(minutes=59, seconds=30))
        answers: list[int] = []

        async def ask() -> None:
            answers.append((await browser.get("/me")).status_code)

        before = (await module._browser(name).current_user()).tokens
        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(ask)
        assert answers == [200] * 10
        assert (await module._browser(name).current_user()).tokens != before
        await browser.post("/sign-in", json={"username": "alice", "password": PASSWORD})
        assert browser.cookies.get("session") != name


@pytest.mark.anyio
async def test_session_in_cookies_can_be_refreshed_altered_and_ended(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SESSION_KEY", "k" * 40)
    module = load("cookie_session")
    await aws.add_user("alice")
    now = datetime.now(timezone.utc)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(module.app), base_url="https://a.example") as browser:
        assert (await browser.get("/me")).status_code == 401
        refused = await browser.post("/sign-in", json={"username": "alice", "password": PASSWORD})
        assert refused.json() == {"username": "alice"}
        pieces = dict(browser.cookies)
        assert len(pieces) > 1 and all(len(piece) < 4000 for piece in pieces.values())
        assert (await browser.get("/me")).json()["email"] == "alice@example.com"
        assert dict(browser.cookies) == pieces, "no tokens were refreshed, so no cookie changed"
        set_service_time(module.pool, now + timedelta(minutes=59, seconds=30))
        assert (await browser.get("/me")).status_code == 200
        refreshed = dict(browser.cookies)
        assert refreshed.keys() == pieces.keys() and refreshed != pieces
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(module.app),
            base_url="https://a.example",
            cookies={**refreshed, "session.0": "x"},
        ) as thief:
            assert (await thief.get("/me")).status_code == 401
        assert (await browser.post("/sign-out")).json()["remote"] == "done"
        assert not browser.cookies
        browser.cookies.update(refreshed)
        set_service_time(module.pool, now + timedelta(hours=2))
        ended = await browser.get("/me")
        assert (ended.status_code, ended.json()) == (401, {"error": "sign in first"})
        assert 'session.0=""; expires=' in ended.headers["set-cookie"]


@pytest.mark.anyio
@pytest.mark.usefixtures("aws")
async def test_openapi_page_of_fastapi_app_has_the_result_types() -> None:
    app = load("fastapi_app").app
    schemas = app.openapi()["components"]["schemas"]
    assert {"SignUpResult", "ConfirmSignUpResult", "SignInResult", "SignOutResult", "CodeDelivery"} <= set(schemas)
    assert set(schemas["SignUpResult"]["properties"]) == {"user", "user_confirmed", "user_sub", "code_delivery"}


@pytest.mark.usefixtures("aws")
def test_lifespan_of_fastapi_app_ends_without_an_error() -> None:
    module = load("fastapi_app")

    async def live() -> None:
        async with module.lifespan(module.app):
            pass

    anyio.run(live)


def test_trio_app_reports_each_user(aws: FakeAws, run: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COGNITO_PASSWORD", PASSWORD)
    for username in ("alice", "bob"):
        anyio.run(aws.add_user, username)
    assert sorted(run("trio_app", "alice", "bob", "carol").splitlines()) == [
        "alice: signed in, alice@example.com",
        "bob: signed in, bob@example.com",
        "carol: User does not exist.",
    ]


def test_trio_app_signs_a_user_out_after_a_failed_call(
    aws: FakeAws, run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[CognitoUser] = []

    async def attributes(user: CognitoUser) -> dict[str, str]:
        seen.append(user)
        raise errors.TransportError("no connection")

    monkeypatch.setattr(CognitoUser, "attributes", attributes)
    monkeypatch.setenv("COGNITO_PASSWORD", PASSWORD)
    anyio.run(aws.add_user, "alice")
    assert run("trio_app", "alice") == "alice: no connection\n"
    assert [user.signed_in for user in seen] == [False]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_load_test_prints_its_measurements(run: Callable[..., str], backend: str) -> None:
    printed = run("load_test", "--users", "6", "--at-once", "3", "--backend", backend)
    assert printed.startswith("6 sign-ins, 3 at once: ")
    assert "half within" in printed


def test_invite_users_invites_each_user_once_and_retries_failures(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    key_id, secret = next(iter(aws.service.secret_keys.items()))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    users, done = tmp_path / "users.csv", tmp_path / "done.txt"
    main = load("invite_users").main

    def invite(*lines: str) -> tuple[int, list[str]]:
        users.write_text("\n".join(["username,email", *lines]))
        status = main(users, done)
        return status, capsys.readouterr().out.splitlines()

    status, printed = invite("alice,alice@example.com", "bob,no address")
    assert status == 1 and printed[-1] == "1 invited, 0 invited earlier, 1 failed"
    assert printed[0].startswith("bob: Invalid email address format")
    assert [message.username for message in aws.service.outbox] == ["alice"]
    assert invite("alice,alice@example.com", "bob,bob@example.com") == (0, ["1 invited, 1 invited earlier, 0 failed"])
    assert [message.username for message in aws.service.outbox] == ["alice", "bob"]
    assert done.read_text().split() == ["alice", "bob"]


def test_device_cli_stays_signed_in_between_runs(
    aws: FakeAws, run: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []

    def typed(answer: str) -> Callable[..., str]:
        def ask(prompt: str) -> str:
            asked.append(prompt)
            return answer

        return ask

    monkeypatch.setenv("SESSION_FILE", str(tmp_path / "session.json"))
    monkeypatch.setattr("builtins.input", typed("alice"))
    monkeypatch.setattr("getpass.getpass", typed(PASSWORD))
    anyio.run(aws.add_user, "alice")
    assert run("device_cli").startswith("alice {")
    assert run("device_cli").startswith("alice {")
    assert asked == ["User name: ", "Password: "]
    anyio.run(_sign_out_everywhere, aws)
    assert run("device_cli").startswith("alice {")
    assert len(asked) == 4
    assert run("device_cli", "sign-out") == "sign-out at the service: done\n"
    assert run("device_cli", "sign-out") == "sign-out at the service: none\n"


async def _sign_out_everywhere(aws: FakeAws) -> Any:
    user = (await aws.pool.sign_in("alice", PASSWORD)).user
    assert (await user.sign_out(global_=True)).remote == "done"
