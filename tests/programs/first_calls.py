"""A program that makes every call for the first time, in a separate process, and records the imports.

Arguments: the backend, and which calls come first: `auth`, `pool` or `admin`. Prints JSON with `on_loop`, the modules
of this package and of pydantic that the event loop's thread imported, and `loaded`, the loaded generated modules.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import httpx

from cognito_async import Auth, UserPool, errors
from cognito_async.credentials import Credentials

if TYPE_CHECKING:
    from cognito_async import UserPoolAdmin

LOOP_THREAD = threading.get_ident()
AUTH_CALLS: dict[str, Callable[[Auth], Awaitable[Any]]] = {
    "current_user": lambda auth: auth.current_user(),
    "users": lambda auth: auth.users(),
    "switch_user": lambda auth: auth.switch_user("alice"),
    "sign_out": lambda auth: auth.sign_out(),
    "sign_out without a session": lambda auth: auth.pool.user("alice").sign_out(),
}
POOL_CALLS: dict[str, Callable[[Auth], Awaitable[Any]]] = {
    "sign_in": lambda auth: auth.sign_in("alice", "password"),
    "sign_up": lambda auth: auth.sign_up("alice", "password"),
    "confirm_sign_up": lambda auth: auth.confirm_sign_up("alice", "123456"),
    "resend_sign_up": lambda auth: auth.resend_sign_up("alice"),
    "forgot_password": lambda auth: auth.forgot_password("alice"),
    "confirm_forgot_password": lambda auth: auth.confirm_forgot_password("alice", "123456", "password"),
}
ADMIN_CALLS: dict[str, Callable[[UserPoolAdmin], Awaitable[Any]]] = {
    "set_mfa_preference": lambda admin: admin.set_mfa_preference("alice", sms="ENABLED"),
    "link_provider": lambda admin: admin.link_provider("alice", "Google", "1"),
    "unlink_provider": lambda admin: admin.unlink_provider("Google", "1"),
    "update_attributes": lambda admin: admin.update_attributes("alice", {"name": "Alice"}),
    "create_user": lambda admin: admin.create_user("alice"),
    "user": lambda admin: admin.user("alice"),
    "users": lambda admin: anext(admin.users()),
    "device": lambda admin: admin.device("alice", "key"),
    "devices": lambda admin: admin.devices("alice"),
    "group": lambda admin: admin.group("red"),
    "sign_in": lambda admin: admin.sign_in("alice", "password"),
    "delete_user": lambda admin: admin.delete_user("alice"),
}
on_loop: list[str] = []


def audit(event: str, arguments: tuple[Any, ...]) -> None:
    """Record each import of this package or pydantic that starts on the loop's thread."""
    if event == "import" and threading.get_ident() == LOOP_THREAD:
        name = str(arguments[0])
        if name.startswith(("cognito_async", "pydantic")):
            on_loop.append(name)


async def make_calls(calls: dict[str, Callable[[Any], Awaitable[Any]]], target: Any) -> None:
    for call in calls.values():
        # The replies are empty, so calls may fail. The test only needs their imports.
        with suppress(errors.CognitoError, StopAsyncIteration):
            await call(target)


async def main() -> None:
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda request: httpx.Response(200, json={})))
    pool = UserPool(
        "eu-central-1_First", "client", http_client=client, credentials=Credentials("AKIDEXAMPLE", "secret")
    )
    auth = pool.auth()
    admin = pool.admin if sys.argv[2] == "admin" else None
    sys.addaudithook(audit)
    if admin is not None:
        await make_calls(ADMIN_CALLS, admin)
    await make_calls(AUTH_CALLS if sys.argv[2] == "auth" else POOL_CALLS, auth)
    await anyio.to_thread.run_sync(__import__, "tests.support")
    from tests.support import USER_CALLS, user_of

    user, _ = user_of(*([{}] * 100))
    await make_calls(USER_CALLS, user)
    await make_calls(POOL_CALLS, auth)
    loaded = [name for name in sys.modules if name.startswith("cognito_async._aws._generated.")]
    print(json.dumps({"on_loop": on_loop, "loaded": sorted(loaded)}))


anyio.run(main, backend=sys.argv[1])
