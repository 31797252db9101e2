"""`cognito-async demo`: the six calls end to end on a local user pool in this process, each shown as it happens."""

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
    """Show the demonstration; a step that surprises ends it as a failure."""
    if find_spec(backend) is None:
        raise Failure("MissingTrio", "`demo --backend trio` needs trio: pip install trio")
    anyio.run(partial(demonstrate, _print), backend=backend)
    return 0


async def demonstrate(write: Write, local: LocalUserPool | None = None) -> None:
    """The six calls: sign-up, re-send, confirm, sign-in, sign-out, global sign-out; and two refusals."""
    started = time.monotonic()
    stage = _Stage(write)
    async with local or LocalUserPool() as local:
        write(f"A local user pool, {local.settings.id}, in this process. No network, no AWS account.")
        await _sign_up(stage, local)
    write(f"\nAll {stage.steps} steps went as they should, in {time.monotonic() - started:.1f} s.")


async def _sign_up(stage: _Stage, local: LocalUserPool) -> None:
    auth = local.auth()
    # Made anew each time, so that no password stands in this file.
    password = mask(f"Aa1!{secrets.token_urlsafe(12)}")

    stage.title("Alice makes an account")
    await stage.returns(
        f'auth.sign_up("alice", password, attributes={{"email": "{_EMAIL}"}})',
        lambda: auth.sign_up("alice", password, attributes={"email": _EMAIL}),
        lambda result: not result.user_confirmed and result.code_delivery is not None,
    )
    await stage.refuses(
        'auth.sign_in("alice", password)', lambda: auth.sign_in("alice", password), errors.UserNotConfirmedException
    )
    await stage.returns(
        'auth.resend_sign_up("alice")',
        lambda: auth.resend_sign_up("alice"),
        lambda delivery: delivery.medium == "EMAIL",
    )
    stage.note(f"{len(local.outbox)} messages are in the outbox; the code of the last one is ******")
    await stage.returns(
        'auth.confirm_sign_up("alice", local.outbox[-1].code)',
        lambda: auth.confirm_sign_up("alice", local.outbox[-1].code),
        lambda result: result.user.username == "alice",
    )
    await _sign_in_and_out(stage, local, password)


async def _sign_in_and_out(stage: _Stage, local: LocalUserPool, password: str) -> None:
    phone, laptop = local.auth(), local.auth()

    stage.title("She signs in by SRP: the password is proved, and never sent")
    await stage.refuses(
        'phone.sign_in("alice", "a wrong password")',
        lambda: phone.sign_in("alice", "a wrong password"),
        errors.NotAuthorizedException,
    )
    result = await stage.returns(
        'phone.sign_in("alice", password)', lambda: phone.sign_in("alice", password), lambda result: result.signed_in
    )
    await stage.returns(
        "result.user.attributes()",
        result.user.attributes,
        lambda attributes: attributes["email"] == _EMAIL and attributes["email_verified"] == "true",
    )

    stage.title("She signs out, on one device and then everywhere")
    await stage.returns("phone.sign_out()", phone.sign_out, lambda result: result.remote == "done")
    await stage.refuses("phone.current_user()", phone.current_user, errors.NoCurrentUser)
    await phone.sign_in("alice", password)
    result = await stage.returns(
        'laptop.sign_in("alice", password)', lambda: laptop.sign_in("alice", password), lambda result: result.signed_in
    )
    stage.note("the phone is signed in again too")
    await stage.returns(
        "phone.sign_out(global_=True)", lambda: phone.sign_out(global_=True), lambda result: result.remote == "done"
    )
    await stage.refuses("laptop_user.refresh()", result.user.refresh, errors.SessionExpired)


class _Stage:
    """Shows each call and what came back, and stops at the first surprise."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self.steps = 0

    def title(self, text: str) -> None:
        self._write(f"\n{text}\n{'-' * len(text)}")

    def note(self, text: str) -> None:
        self._write(f"    ({text})")

    async def returns(self, call: str, work: Callable[[], Awaitable[T]], expected: Callable[[T], bool]) -> T:
        self._announce(call)
        try:
            value = await work()
        except CognitoError as error:
            raise _surprise(call, repr(error)) from None
        self._show(repr(value))
        if not expected(value):
            raise _surprise(call, repr(value))
        return value

    async def refuses(self, call: str, work: Callable[[], Awaitable[object]], expected: type[CognitoError]) -> None:
        self._announce(call)
        try:
            value = await work()
        except CognitoError as error:
            self._show(f"raises {type(error).__name__}: {error.message}")
            if not isinstance(error, expected):
                raise _surprise(call, repr(error)) from None
            return
        raise _surprise(call, repr(value))

    def _announce(self, call: str) -> None:
        self.steps += 1
        self._write(f"{self.steps:2}. await {call}")

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


def _surprise(call: str, outcome: str) -> Failure:
    return Failure("DemoSurprise", f"the demonstration went wrong: {call} gave {outcome}")


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is the output; a reader sees each step as it happens
