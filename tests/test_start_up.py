"""The modules that the import of the package, a new pool and the first calls import, and in which thread."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import subprocess
import sys
import threading
import typing
from pathlib import Path
from types import ModuleType
from typing import Any

import anyio
import anyio.to_thread
import pytest

import cognito_async
from cognito_async import errors, lowlevel
from cognito_async._aws import _generated
from cognito_async._core.clock import Deadline
from cognito_async._core.lazy import LazyModule, is_loaded, preload
from cognito_async.local import MovableClock

ROOT = Path(__file__).parent.parent


# The first call imports these in a worker thread, because they take longer to import than all others together.
FOR_THE_FIRST_CALL = {"httpcore", "httptools", "httpx", "pydantic", "pydantic_core", "trio"}


def in_a_new_process(code: str) -> Any:
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def test_import_and_construction_load_only_essentials() -> None:
    found = in_a_new_process(
        "import json, sys\nimport cognito_async, cognito_async.lowlevel\n"
        "from cognito_async import Auth, CognitoUser, UserPool, challenges, errors\n"
        "UserPool('eu-central-1_X', 'client'); Auth('eu-central-1_X', 'client')\n"
        "print(json.dumps(list(sys.modules)))"
    )
    ours = {name.removeprefix("cognito_async.") for name in found if name.startswith("cognito_async.")}
    assert {name for name in ours if name.startswith("_aws._generated.")} == {"_aws._generated.errors"}
    assert not any(name.startswith(("_cli.", "_local")) for name in ours)
    assert "_aws.rate_limits" not in ours, "rate limits are optional"
    assert not FOR_THE_FIRST_CALL & set(found)


def test_naming_a_family_loads_only_that_family() -> None:
    found = in_a_new_process(
        "import json, sys\nfrom cognito_async import lowlevel\n"
        "assert lowlevel.profile.GET_USER.name == 'GetUser'\n"
        "assert 'GetUserRequest' in dir(lowlevel.profile) and 'SIGN_UP' in dir(lowlevel.sign_up)\n"
        "print(json.dumps([name for name in sys.modules if name.startswith('cognito_async._aws._generated.')]))"
    )
    families = {name.removeprefix("cognito_async._aws._generated.") for name in found}
    assert families == {"common", "errors", "profile", "sign_up"}


RARE = ["AdminUser", "Bulk", "FileStore", "RateLimits", "SignInResult", "SignUpResult", "Tokens", "UserPoolAdmin"]


def test_rarely_used_names_are_listed_and_imported_on_access() -> None:
    found = in_a_new_process(
        f"import json, cognito_async\nfound = {{}}\nfor name in {RARE}:\n"
        "    listed, before = name in dir(cognito_async), name in vars(cognito_async)\n"
        "    exec(f'from cognito_async import {name} as value')\n"
        "    found[name] = [listed, before, value.__module__, value is getattr(cognito_async, name)]\n"
        "print(json.dumps(found))"
    )
    assert found == {name: [True, False, "cognito_async", True] for name in RARE}
    assert set(cognito_async.__all__) <= set(dir(cognito_async))


def test_public_type_hints_can_be_resolved() -> None:
    unresolved: list[str] = []
    owners = (cognito_async.UserPool, cognito_async.Auth, cognito_async.CognitoUser, cognito_async.UserPoolAdmin)
    for owner in owners:
        for name, method in inspect.getmembers(owner, inspect.isfunction):
            if not name.startswith("_"):
                try:
                    typing.get_type_hints(method)
                except NameError:
                    unresolved.append(f"{owner.__name__}.{name}")
    # It returns `SignInResult`, which its module cannot import: the module of `SignInResult` imports `CognitoUser`.
    assert unresolved == ["CognitoUser.step_up"]


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'cognito_async' has no attribute 'MOON'"):
        _ = cognito_async.MOON  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"'cognito_async\.lowlevel' has no attribute 'MOON'"):
        _ = lowlevel.MOON  # type: ignore[attr-defined]
    for _ in range(2):
        with pytest.raises(AttributeError, match="GET_MOON"):
            _ = _generated.profile.GET_MOON  # type: ignore[attr-defined]


@pytest.mark.table
@pytest.mark.parametrize("first", ["auth", "pool", "admin"])
def test_first_calls_import_nothing_on_the_event_loop(anyio_backend: str, first: str) -> None:
    run = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "programs" / "first_calls.py"), anyio_backend, first],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(run.stdout)
    assert found["on_loop"] == []
    families = {name.removeprefix("cognito_async._aws._generated.") for name in found["loaded"]}
    administrators = {"admin_devices", "admin_mfa", "admin_sign_in", "admin_users", "groups", "methods"}
    assert families == {
        *("common", "devices", "errors", "mfa", "profile", "recovery", "sign_in", "sign_up"),
        *(administrators | {"identity_methods"} if first == "admin" else ()),
    }


@pytest.fixture
def slow_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LazyModule:
    """A module whose import waits until `threading.slow` is set."""
    (tmp_path / "slow_module.py").write_text(
        "import threading\nthreading.slow.wait(30)\nthread = threading.get_ident()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(threading, "slow", threading.Event(), raising=False)
    monkeypatch.delitem(sys.modules, "slow_module", raising=False)
    return LazyModule("slow_module")


def test_dir_imports_a_lazy_module(slow_module: ModuleType) -> None:
    threading.slow.set()  # type: ignore[attr-defined]
    assert not is_loaded(slow_module)
    assert "thread" in dir(slow_module)
    assert is_loaded(slow_module)


NO_LIMIT = Deadline(MovableClock(), None)


@pytest.mark.anyio
async def test_preload_imports_once_in_a_worker_thread(slow_module: Any) -> None:
    threading.slow.set()  # type: ignore[attr-defined]
    for _ in range(2):
        await preload([slow_module], NO_LIMIT)
        assert slow_module.thread != threading.get_ident() and is_loaded(slow_module)


@pytest.mark.anyio
async def test_users_imports_in_a_worker_thread(slow_module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cognito_async._facade.pool._NEEDED", (slow_module,))
    threading.slow.set()  # type: ignore[attr-defined]
    assert await cognito_async.Auth("eu-central-1_Abc", "client").users() == []
    assert is_loaded(slow_module) and slow_module.thread != threading.get_ident()


@pytest.mark.anyio
async def test_concurrent_calls_import_in_one_thread(slow_module: ModuleType) -> None:
    finished: list[bool] = []

    async def call() -> None:
        await preload([slow_module], NO_LIMIT)
        finished.append(is_loaded(slow_module))

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(call)
        await anyio.wait_all_tasks_blocked()
        busy = anyio.to_thread.current_default_thread_limiter().borrowed_tokens
        threading.slow.set()  # type: ignore[attr-defined]
    assert busy == 1 and finished == [True] * 5


@pytest.mark.anyio
async def test_import_beyond_the_deadline_is_a_timeout(slow_module: ModuleType) -> None:
    clock = MovableClock()

    async def call() -> None:
        with pytest.raises(errors.CallTimeout, match="while loading the operation; nothing was sent"):
            await preload([slow_module], Deadline(clock, 1))

    async with anyio.create_task_group() as group:
        group.start_soon(call)
        await anyio.wait_all_tasks_blocked()
        clock.advance(2)
    threading.slow.set()  # type: ignore[attr-defined]


@pytest.mark.anyio
async def test_call_after_a_timeout_waits_for_the_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_models.py").write_text(
        """
import threading
from cognito_async._core.model import Model

begun, go_on, built = threading.Event(), threading.Event(), []

class Slow(Model):
    @classmethod
    def model_rebuild(cls):
        begun.set()
        assert go_on.wait(30)
        built.append(cls)
"""
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "slow_models", raising=False)
    real: Any = importlib.import_module("slow_models")
    lazy, clock, found = LazyModule("slow_models"), MovableClock(), list[int]()

    async def call() -> None:
        await preload([lazy], NO_LIMIT)
        found.append(len(real.built))

    async with anyio.create_task_group() as group:

        async def give_up() -> None:
            with pytest.raises(errors.CallTimeout):
                await preload([lazy], Deadline(clock, 1))
            group.start_soon(call)

        group.start_soon(give_up)
        await anyio.to_thread.run_sync(real.begun.wait, 30)
        clock.advance(2)
        await anyio.wait_all_tasks_blocked()
        real.go_on.set()
    assert found == [1]
