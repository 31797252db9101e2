"""`cognito-async demo`: makes an account, signs in and signs out on a local user pool, and prints each call."""

from __future__ import annotations

import secrets
import textwrap
import time
from collections.abc import Awaitable, Callable
from functools import partial
from importlib.util import find_spec
from typing import TypeVar

import anyio

from .. import errors
from .._core.errors import CognitoError
from .._core.redact import mask
from ..local import LocalUserPool
from .failure import Failure

T = TypeVar("T")
Write = Callable[[str], None]

_EMAIL = "alice@example.com"


def run(backend: str = "asyncio") -> int:
    """Run the demo with asyncio or trio, as `backend` says. An unexpected result raises `Failure`."""
    if find_spec(backend) is None:
        raise Failure("MissingTrio", "`demo --backend trio` needs trio: pip install trio")
    anyio.run(partial(demonstrate, _print), backend=backend)
    return 0


async def demonstrate(write: Write, local: LocalUserPool | None = None) -> None:
    """Run the six calls (sign-up, re-send, confirm, sign-in, sign-out, global sign-out), and some that must fail."""
    started = time.monotonic()
    steps = _Steps(write)
    async with local or LocalUserPool() as local:
        write(f"A local user pool, {local.settings.id}, in this process. No network, no AWS account.")
        await _sign_up(steps, local)
    write(f"\nAll {steps.count} steps succeeded, in {time.monotonic() - started:.1f} s.")


async def _sign_up(steps: _Steps, local: LocalUserPool) -> None:
    auth = local.auth()
    # Generated for each run, so that this file contains no password.
    password = mask(f"Aa1!{secrets.token_urlsafe(12)}")

    steps.title("Alice makes an account")
    await steps.expect_result(
        f'auth.sign_up("alice", password, attributes={{"email": "{_EMAIL}"}})',
        lambda: auth.sign_up("alice", password, attributes={"email": _EMAIL}),
        lambda result: not result.user_confirmed and result.code_delivery is not None,
    )
    await steps.expect_error(
        'auth.sign_in("alice", password)', lambda: auth.sign_in("alice", password), errors.UserNotConfirmedException
    )
    await steps.expect_result(
        'auth.resend_sign_up("alice")',
        lambda: auth.resend_sign_up("alice"),
        lambda delivery: delivery.medium == "EMAIL",
    )
    steps.note(f"{len(local.outbox)} messages are in the outbox; the code of the last one is ******")
    await steps.expect_result(
        'auth.confirm_sign_up("alice", local.outbox[-1].code)',
        lambda: auth.confirm_sign_up("alice", local.outbox[-1].code),
        lambda result: result.user.username == "alice",
    )
    await _sign_in_and_out(steps, local, password)


async def _sign_in_and_out(steps: _Steps, local: LocalUserPool, password: str) -> None:
    phone, laptop = local.auth(), local.auth()

    steps.title("She signs in by SRP: the password is proved, and never sent")
    await steps.expect_error(
        'phone.sign_in("alice", "a wrong password")',
        lambda: phone.sign_in("alice", "a wrong password"),
        errors.NotAuthorizedException,
    )
    result = await steps.expect_result(
        'phone.sign_in("alice", password)', lambda: phone.sign_in("alice", password), lambda result: result.signed_in
    )
    await steps.expect_result(
        "result.user.attributes()",
        result.user.attributes,
        lambda attributes: attributes["email"] == _EMAIL and attributes["email_verified"] == "true",
    )

    steps.title("She signs out, on one device and then everywhere")
    await steps.expect_result("phone.sign_out()", phone.sign_out, lambda result: result.remote == "done")
    await steps.expect_error("phone.current_user()", phone.current_user, errors.NoCurrentUser)
    await phone.sign_in("alice", password)
    result = await steps.expect_result(
        'laptop.sign_in("alice", password)', lambda: laptop.sign_in("alice", password), lambda result: result.signed_in
    )
    steps.note("the phone is signed in again too")
    await steps.expect_result(
        "phone.sign_out(global_=True)", lambda: phone.sign_out(global_=True), lambda result: result.remote == "done"
    )
    await steps.expect_error("laptop_user.refresh()", result.user.refresh, errors.SessionExpired)


class _Steps:
    """A printer of the calls and their results. It raises `Failure` at the first unexpected result."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self.count = 0

    def title(self, text: str) -> None:
        self._write(f"\n{text}\n{'-' * len(text)}")

    def note(self, text: str) -> None:
        self._write(f"    ({text})")

    async def expect_result(self, call: str, work: Callable[[], Awaitable[T]], expected: Callable[[T], bool]) -> T:
        self._announce(call)
        try:
            value = await work()
        except CognitoError as error:
            raise _unexpected(call, repr(error)) from None
        self._show(repr(value))
        if not expected(value):
            raise _unexpected(call, repr(value))
        return value

    async def expect_error(
        self, call: str, work: Callable[[], Awaitable[object]], expected: type[CognitoError]
    ) -> None:
        self._announce(call)
        try:
            value = await work()
        except CognitoError as error:
            self._show(f"raises {type(error).__name__}: {error.message}")
            if not isinstance(error, expected):
                raise _unexpected(call, repr(error)) from None
            return
        raise _unexpected(call, repr(value))

    def _announce(self, call: str) -> None:
        self.count += 1
        self._write(f"{self.count:2}. await {call}")

    def _show(self, text: str) -> None:
        self._write(
            textwrap.fill(
                text,
                110,
                initial_indent="    → ",
                subsequent_indent="      ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        )


def _unexpected(call: str, outcome: str) -> Failure:
    return Failure("DemoSurprise", f"the demo failed: unexpected result of {call}: {outcome}")


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the demo's output; flushed, so that each step is shown as it happens
