"""A remembered device and second factors, in a pool that requires both."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cognito_async import challenges
from cognito_async._facade.sign_in.results import SignInResult
from cognito_async._local.settings.pool import Mfa
from cognito_async.local import PoolSettings
from tests.device_programs import (
    ALIAS,
    CANONICAL,
    PASSWORD,
    SETTINGS,
    SOURCES,
    Program,
    check,
    make_program,
    set_factors,
)
from tests.sizes import each_row

pytestmark = [pytest.mark.anyio, pytest.mark.table]

# The second factors of the user. Without one, the pool requires that the user sets an app up.
FACTORS: dict[str, tuple[Mfa, ...]] = {
    "app": ("SOFTWARE_TOKEN_MFA",),
    "text message": ("SMS_MFA",),
    "e-mail": ("EMAIL_OTP",),
    "choice": ("SMS_MFA", "SOFTWARE_TOKEN_MFA"),
    "set-up": (),
}


async def answer(program: Program, asked: SignInResult) -> SignInResult:
    """Answer a challenge with the user's second factor, or set an app up."""
    challenge = program.challenge(asked)
    result: SignInResult
    match challenge:
        case challenges.SelectMfaType():
            result = await challenge.choose("SMS_MFA")
        case challenges.MfaSetup():
            program.secret = (await challenge.associate()).secret
            associated = SignInResult(user=asked.user, challenge=challenge)
            result = await program.challenge(associated).verify(program.app_code())
        case challenges.SoftwareTokenMfa():
            result = await challenge.answer(program.app_code())
        case _:
            result = await challenge.answer(program.code())
    return result


async def sign_in(program: Program, factor: str) -> tuple[SignInResult, list[str]]:
    """Sign in by the alias; return the result and the names of the challenges."""
    set_factors(program.local, *FACTORS[factor])
    result, seen = await program.begin(ALIAS, PASSWORD, flow="USER_PASSWORD_AUTH"), list[str]()
    while result.challenge is not None:
        seen.append(result.challenge.name)
        result = await answer(program, result)
    return result, seen


def settings(factor: str) -> PoolSettings:
    if FACTORS[factor]:
        return replace(SETTINGS, device_replaces_mfa=False)
    required = replace(SETTINGS, device_replaces_mfa=False, first_factors=("PASSWORD",), mfa="ON")
    return replace(required, mfa_methods=("SOFTWARE_TOKEN_MFA",))


@pytest.mark.parametrize(("factor", "source", "typed"), each_row(FACTORS, SOURCES, [CANONICAL, ALIAS]))
async def test_known_device_is_kept_after_each_second_factor(factor: str, source: str, typed: str) -> None:
    """If the store has no alias yet, the answer to the challenge is the first request that can name the device."""
    program = await make_program(source, settings(factor), app="app" in factor, typed=typed)
    result, seen = await sign_in(program, factor)
    await check(program, result, program.device.key)
    assert seen and (program.transport.proofs, program.transport.refused) == (1, 0)


@pytest.mark.parametrize(("factor", "source"), each_row(FACTORS, SOURCES))
async def test_device_deleted_before_a_second_factor_is_replaced(factor: str, source: str) -> None:
    program = await make_program(source, settings(factor), app="app" in factor, typed=CANONICAL)
    await program.local.user_pool().admin.forget_device(CANONICAL, program.device.key)
    result, seen = await sign_in(program, factor)
    device = result.user.device_secret
    assert seen and device is not None and device.key != program.device.key
    await check(program, result, device.key)
    assert (program.transport.proofs, program.transport.refused) == (0, 1)
