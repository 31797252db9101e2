"""Run in a process of its own: make every call for the first time, and note what the event loop's thread imports.

Argument: backend. Prints JSON: the modules of the package that were imported on the loop, and those that were loaded.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio

from cognito_async import errors
from tests.support import USER_CALLS, serving, user_of

LOOP_THREAD = threading.get_ident()
POOL_CALLS: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "sign_in": lambda pool: pool.sign_in("alice", "password"),
    "sign_up": lambda pool: pool.sign_up("alice", "password"),
    "confirm_sign_up": lambda pool: pool.confirm_sign_up("alice", "123456"),
    "resend_sign_up": lambda pool: pool.resend_sign_up("alice"),
    "forgot_password": lambda pool: pool.forgot_password("alice"),
    "confirm_forgot_password": lambda pool: pool.confirm_forgot_password("alice", "123456", "password"),
}
on_loop: list[str] = []


def audit(event: str, arguments: tuple[Any, ...]) -> None:
    """Note each import of our own that is begun on the loop's thread."""
    if event == "import" and threading.get_ident() == LOOP_THREAD and str(arguments[0]).startswith("cognito_async"):
        on_loop.append(str(arguments[0]))


async def main() -> None:
    user, _ = user_of(*([{}] * 100))
    pool, _ = serving(lambda operation, body: {})
    sys.addaudithook(audit)
    for call in POOL_CALLS.values():
        with suppress(errors.CognitoError):  # the replies are empty: it is enough that the call was made
            await call(pool)
    for user_call in USER_CALLS.values():
        with suppress(errors.CognitoError):
            await user_call(user)
    loaded = [name for name in sys.modules if name.startswith("cognito_async._generated.")]
    print(json.dumps({"on_loop": on_loop, "loaded": sorted(loaded)}))


anyio.run(main, backend=sys.argv[1])
