"""A remembered device in every flow, wherever the program has it from: the argument or a store, by any of its names.

The local pool checks the device: it asks for a second factor without it, and refuses a device that it does not know.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from cognito_async import challenges
from cognito_async._facade.sign_in.results import SignInResult
from tests.device_programs import ALIAS, BY_ARGUMENT, CANONICAL, NAMES, PASSWORD, SOURCES, Program, check, make_program
from tests.sizes import FULL, each_row

pytestmark = [pytest.mark.anyio, pytest.mark.table]

TEMPORARY = "F1rst-one!"
Run = Callable[[Program, str], Awaitable[SignInResult]]


async def _custom(program: Program, name: str, password: str | None) -> SignInResult:
    asked = await program.begin(name, password, flow="CUSTOM_AUTH")
    if isinstance(asked.challenge, challenges.SoftwareTokenMfa):  # the pool asks no question after a second factor
        return asked
    result: SignInResult = await program.challenge(asked).answer("right")
    return result


async def _preferred_code(program: Program, name: str) -> SignInResult:
    asked = await program.begin(name, flow="USER_AUTH", preferred_challenge="EMAIL_OTP")
    result: SignInResult = await program.challenge(asked).answer(program.code())
    return result


async def _chosen(program: Program, name: str, *, srp: bool) -> SignInResult:
    asked = await program.begin(name, flow="USER_AUTH")
    result: SignInResult = await program.challenge(asked).choose_password(PASSWORD, srp=srp)
    return result


async def _chosen_then_answered(program: Program, name: str, factor: str) -> SignInResult:
    asked = await program.begin(name, flow="USER_AUTH")
    asked = await program.challenge(asked).choose(factor)
    answer = program.code() if factor == "EMAIL_OTP" else PASSWORD
    result: SignInResult = await program.challenge(asked).answer(answer)
    return result


async def _new_password(program: Program, name: str) -> SignInResult:
    await program.local.user_pool().admin.set_password(CANONICAL, TEMPORARY, permanent=False)
    asked = await program.begin(name, TEMPORARY, flow="USER_PASSWORD_AUTH")
    assert isinstance(asked.challenge, challenges.NewPasswordRequired)
    result: SignInResult = await program.challenge(asked).answer(PASSWORD)
    return result


async def _step_up(program: Program, name: str) -> SignInResult:
    process = program.process()
    user = process.user_from_tokens(program.tokens) if program.store is None else await process.current_user()
    assert user.username in (name, CANONICAL)  # the session has the name
    result: SignInResult = await user.step_up(["urn:high"], **program.argument)
    return result


BY_PASSWORD: dict[str, Run] = {
    "USER_SRP_AUTH": lambda program, name: program.begin(name, PASSWORD),
    "USER_PASSWORD_AUTH": lambda program, name: program.begin(name, PASSWORD, flow="USER_PASSWORD_AUTH"),
    "USER_AUTH": lambda program, name: program.begin(name, PASSWORD, flow="USER_AUTH"),
    "PASSWORD preferred": lambda program, name: program.begin(
        name, PASSWORD, flow="USER_AUTH", preferred_challenge="PASSWORD"
    ),
    "CUSTOM_AUTH": lambda program, name: _custom(program, name, None),
    "CUSTOM_AUTH after SRP": lambda program, name: _custom(program, name, PASSWORD),
    "PASSWORD chosen": lambda program, name: _chosen(program, name, srp=False),
    "PASSWORD_SRP chosen": lambda program, name: _chosen(program, name, srp=True),
    "PASSWORD": lambda program, name: _chosen_then_answered(program, name, "PASSWORD"),
    "PASSWORD_SRP": lambda program, name: _chosen_then_answered(program, name, "PASSWORD_SRP"),
    "NEW_PASSWORD_REQUIRED": _new_password,
}
FLOWS: dict[str, Run] = {**BY_PASSWORD, "step_up": _step_up}
# The local pool offers a one-time password only to users without a second factor.
CODE_FLOWS: dict[str, Run] = {
    "EMAIL_OTP preferred": _preferred_code,
    "EMAIL_OTP chosen": lambda program, name: _chosen_then_answered(program, name, "EMAIL_OTP"),
}


Use = Callable[[Program, Run], Awaitable[None]]


async def run_known(program: Program, run: Run) -> None:
    for name in NAMES if FULL else NAMES[1:3]:
        program.transport.proofs = 0
        await check(program, await run(program, name), program.device.key)
        assert (program.transport.proofs, program.transport.refused) == (1, 0), name


async def run_deleted(program: Program, run: Run) -> None:
    """Sign in on a device that the pool has deleted: one request is refused, and a new device is registered."""
    await program.local.user_pool().admin.forget_device(CANONICAL, program.device.key)
    result = await run(program, ALIAS)
    while result.challenge is not None:
        assert isinstance(result.challenge, challenges.SoftwareTokenMfa)
        result = await program.challenge(result).answer(program.app_code())
    assert program.transport.refused == 1 and program.transport.proofs == 0
    device = result.user.device_secret
    assert device is not None and device.key != program.device.key
    await check(program, result, device.key)


USES: dict[str, Use] = {"known": run_known, "deleted": run_deleted}


@pytest.mark.parametrize(("flow", "source", "use"), each_row(FLOWS, SOURCES, USES, of=4))
async def test_device_replaces_the_second_factor_or_is_replaced(flow: str, source: str, use: str) -> None:
    await USES[use](await make_program(source), FLOWS[flow])


@pytest.mark.parametrize(("flow", "source", "use"), each_row(BY_PASSWORD, BY_ARGUMENT, USES))
async def test_device_is_used_or_replaced_by_an_administrator(flow: str, source: str, use: str) -> None:
    await USES[use](replace(await make_program(source), by_admin=True), BY_PASSWORD[flow])


@pytest.mark.parametrize(("flow", "source", "use"), each_row(CODE_FLOWS, SOURCES, USES))
async def test_device_is_kept_or_replaced_by_a_sign_in_with_a_code(flow: str, source: str, use: str) -> None:
    await USES[use](await make_program(source, app=False), CODE_FLOWS[flow])


async def test_first_sign_in_of_a_new_account_replaces_the_device_of_the_old_one() -> None:
    program = await make_program("store", app=False)
    await program.local.user_pool().admin.delete_user(CANONICAL)
    auth = program.process()
    sign_up = await auth.sign_up(CANONICAL, PASSWORD, attributes={"email": ALIAS})
    confirmed = await auth.confirm_sign_up(CANONICAL, program.code(), sign_up=sign_up)
    result = await auth.auto_sign_in(confirmed)
    assert program.transport.refused == 0, "the key of the old device could spend the Session"
    assert result.user.device_secret.key != program.device.key
    await check(program, result, result.user.device_secret.key)
