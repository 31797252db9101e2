"""The workload `protection`: how much of a call's CPU time goes to locks between threads and to masks of secrets.

A call without them cannot be measured, because the package always has them. Therefore this counts how often one call
uses each of their functions, and multiplies that by the time that the function takes alone.
"""

from __future__ import annotations

import json
import sys
import time
import timeit
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Awaitable, Callable, Container, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

import anyio

from .worker import CLIENT_ID, KEYS, POOL_ID, USERNAME, Arguments, Figures, run_async

Call = Callable[[], Awaitable[Any]]
TASKS, COUNTED, TIMED = 50, 20, 20_000
CLAIMS = {"sub": "5f0b7a52-2c4e-4b57-9d39-2f9f6f5ed0b1", "username": USERNAME, "token_use": "access", "exp": 4e9}
# As long as a real access token, with claims that a session reads.
ACCESS_TOKEN = ".".join(["h" * 180, urlsafe_b64encode(json.dumps(CLAIMS).ljust(420).encode()).decode(), "s" * 342])


async def measure(arguments: Arguments) -> Figures:
    """Measure GetUser of a signed-in user, or with `signed=1` AdminGetUser, for `size` seconds by 50 tasks."""
    from cognito_async import Tokens, UserPool
    from cognito_async.lowlevel import Credentials

    credentials = Credentials(KEYS["aws_access_key_id"], KEYS["aws_secret_access_key"])
    async with UserPool(POOL_ID, CLIENT_ID, endpoint=arguments["endpoint"], credentials=credentials) as pool:
        user = pool.user_from_tokens(Tokens(ACCESS_TOKEN, None, "refresh"))

        async def call_signed() -> Any:
            return await pool.admin.user(USERNAME)

        call: Call = call_signed if arguments.options.get("signed") == "1" else user.attributes
        await _repeat(call, arguments.size / 2)
        cpu = await _repeat(call, arguments.size)
        return {"cpu": cpu, "protection": await _protection(call)}


async def _repeat(call: Call, seconds: float) -> float:
    """Return the CPU seconds of a call."""
    answered, begun, end = 0, time.process_time(), time.perf_counter() + seconds

    async def repeat() -> None:
        nonlocal answered
        while time.perf_counter() < end:
            await call()
            answered += 1

    async with anyio.create_task_group() as group:
        for _ in range(TASKS):
            group.start_soon(repeat)
    return (time.process_time() - begun) / answered


async def _protection(call: Call) -> float:
    """Return the CPU seconds of locks and masks in a call."""
    from cognito_async._core.concurrency.guard import guard
    from cognito_async._core.concurrency.per_loop import PerLoop
    from cognito_async._core.redact import mask
    from cognito_async._core.secret import Secret, SecretValue, opened

    class Value(SecretValue):
        __match_args__ = ("first", "second", "third")

    def lock() -> None:
        with guard:
            pass

    secret, per_loop, value = Secret(ACCESS_TOKEN), PerLoop[object](object), Value(1, 2, 3)
    uses: dict[CodeType, Callable[[], object]] = {
        mask.__code__: lambda: mask(ACCESS_TOKEN),
        opened.__code__: lambda: opened(secret),
        Secret.__init__.__code__: lambda: Secret(ACCESS_TOKEN),
        Secret.of.__code__: lambda: Secret.of(ACCESS_TOKEN),
        Secret.reveal.__code__: secret.reveal,
        SecretValue.__init__.__code__: lambda: Value(1, 2, 3),
        SecretValue._value.__code__: lambda: value._value("third"),
        PerLoop.get.__code__: per_loop.get,
        _CountedGuard.__enter__.__code__: lock,
    }
    with _counting(uses) as counts:
        for _ in range(COUNTED):
            await call()
    alone = {code: min(timeit.repeat(use, number=TIMED)) / TIMED for code, use in uses.items()}
    assert counts[Secret.reveal.__code__] and counts[PerLoop.get.__code__], "a call uses secrets and its loop's values"
    return sum(counts[code] / COUNTED * seconds for code, seconds in alone.items())


class _CountedGuard:
    """The lock of the package, with methods that a profile function sees."""

    def __init__(self, lock: Any) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


@contextmanager
def _counting(functions: Container[CodeType]) -> Iterator[Counter[CodeType]]:
    """Count the calls of these functions. A call that one of them makes is a part of it, and is not counted."""
    from cognito_async._core.concurrency.guard import guard

    counts: Counter[CodeType] = Counter()

    def note(frame: FrameType, event: str, _: object) -> None:
        caller = frame.f_back
        if event == "call" and frame.f_code in functions and not (caller and caller.f_code in functions):
            counts[frame.f_code] += 1

    ours = [module for name, module in sys.modules.items() if name.startswith("cognito_async.")]
    holders = [module for module in ours if getattr(module, "guard", None) is guard]
    counted = _CountedGuard(guard)
    for module in holders:
        module.guard = counted  # type: ignore[attr-defined]
    sys.setprofile(note)
    try:
        yield counts
    finally:
        sys.setprofile(None)
        for module in holders:
            module.guard = guard  # type: ignore[attr-defined]


if __name__ == "__main__":
    run_async(measure)
