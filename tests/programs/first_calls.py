"""Run in a process of its own: make every call for the first time, and note what the event loop's thread imports.

Argument: backend. Prints JSON: the modules of the package and of pydantic that were imported on the loop, and those of
the package that were loaded.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
import anyio.to_thread
import httpx

from cognito_async import Auth, errors

LOOP_THREAD = threading.get_ident()
AUTH_CALLS: dict[str, Callable[[Auth], Awaitable[Any]]] = {
    "current_user": lambda auth: auth.current_user(),
    "users": lambda auth: auth.users(),
    "switch_user": lambda auth: auth.switch_user("alice"),
    "sign_out": lambda auth: auth.sign_out(),
    "sign_out of nobody": lambda auth: auth.pool.user("alice").sign_out(),
}
POOL_CALLS: dict[str, Callable[[Auth], Awaitable[Any]]] = {
    "sign_in": lambda auth: auth.sign_in("alice", "password"),
    "sign_up": lambda auth: auth.sign_up("alice", "password"),
    "confirm_sign_up": lambda auth: auth.confirm_sign_up("alice", "123456"),
    "resend_sign_up": lambda auth: auth.resend_sign_up("alice"),
    "forgot_password": lambda auth: auth.forgot_password("alice"),
    "confirm_forgot_password": lambda auth: auth.confirm_forgot_password("alice", "123456", "password"),
}
on_loop: list[str] = []


def audit(event: str, arguments: tuple[Any, ...]) -> None:
    """Note each import of ours or pydantic's that is begun on the loop's thread."""
    if event == "import" and threading.get_ident() == LOOP_THREAD:
        name = str(arguments[0])
        if name.startswith(("cognito_async", "pydantic")):
            on_loop.append(name)


async def made(calls: dict[str, Callable[[Any], Awaitable[Any]]], target: Any) -> None:
    for call in calls.values():
        with suppress(errors.CognitoError):  # the replies are empty: it is enough that the call was made
            await call(target)


async def main() -> None:
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda request: httpx.Response(200, json={})))
    auth = Auth("eu-central-1_First", "client", http_client=client)
    sys.addaudithook(audit)
    await made(AUTH_CALLS if sys.argv[2] == "auth" else POOL_CALLS, auth)
    await anyio.to_thread.run_sync(__import__, "tests.support")
    from tests.support import USER_CALLS, user_of

    user, _ = user_of(*([{}] * 100))
    await made(USER_CALLS, user)
    await made(POOL_CALLS, auth)
    loaded = [name for name in sys.modules if name.startswith("cognito_async._generated.")]
    print(json.dumps({"on_loop": on_loop, "loaded": sorted(loaded)}))


anyio.run(main, backend=sys.argv[1])
