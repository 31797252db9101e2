"""Right and wrong answers to every challenge, for `test_sign_in_machine`."""

from __future__ import annotations

from cognito_async import SignInResult, challenges
from cognito_async.local import MovableClock
from cognito_async.lowlevel import totp_code
from tests.simulated_accounts import Account, OpenChallenge


class Answers:
    """Answers challenges correctly, and adds each new secret to `secrets`."""

    def __init__(self, clock: MovableClock, secrets: set[str]) -> None:
        self._clock = clock
        self._secrets = secrets

    def hide(self, secret: str) -> None:
        """Add a string to the secrets that must not be shown."""
        self._secrets.add(secret)

    def totp(self, secret: str) -> str:
        """Advance the clock, and return a code that was not used before."""
        self._clock.advance(31)  # each code is accepted once, and 31 s later a new one is valid
        code = totp_code(secret, self._clock.now())
        self.hide(code)
        return code

    async def give_right_answer(  # noqa: C901 - one case for each challenge
        self, item: OpenChallenge, challenge: challenges.AnyChallenge, choice: int
    ) -> SignInResult:
        """Answer a challenge correctly. If it has several options, the number `choice` selects one."""
        account = item.account
        match challenge:
            case challenges.SmsMfa() | challenges.EmailOtp() | challenges.SmsOtp():
                return await challenge.answer(item.code)
            case challenges.SoftwareTokenMfa():
                assert account.totp_secret is not None
                return await challenge.answer(self.totp(account.totp_secret))
            case challenges.SelectMfaType():
                return await challenge.choose(challenge.options[choice % len(challenge.options)])
            case challenges.MfaSetup():
                return await self._set_up(account, challenge, choice)
            case challenges.NewPasswordRequired():
                new = f"{account.name}-N3w-passw0rd"
                self.hide(new)
                result = await challenge.answer(new)
                account.password = new
                account.changes += 1
                return result
            case challenges.CustomChallenge():
                return await challenge.answer(str(int(challenge.parameters["question"].split()[0]) + 1))
            case challenges.SelectChallenge():
                chosen = challenge.options[choice % len(challenge.options)]
                if chosen.startswith("PASSWORD") and choice > 4:
                    return await challenge.choose_password(account.password, srp=chosen.endswith("SRP"))
                return await challenge.choose(chosen)
            case challenges.Password() | challenges.PasswordSrp():
                return await challenge.answer(account.password)
            case challenges.UnknownChallenge():
                raise AssertionError(f"the local pool asks for {challenge.name}")

    async def _set_up(self, account: Account, challenge: challenges.MfaSetup, choice: int) -> SignInResult:
        if choice % 2:
            return await challenge.set_up_email(f"{account.name}@example.com")
        setup = await challenge.associate()
        self.hide(setup.secret)
        code = self.totp(setup.secret)
        result = await setup.verify(code)
        account.totp_secret = setup.secret
        return result


async def give_wrong_answer(challenge: challenges.AnyChallenge) -> object:
    """Answer a challenge wrongly."""
    match challenge:
        case challenges.SelectMfaType() | challenges.SelectChallenge():
            return await challenge.choose("NOT_YET_INVENTED")
        case challenges.MfaSetup():
            return await challenge.set_up_email("no address")
        case challenges.NewPasswordRequired():
            return await challenge.answer("weak")
        case challenges.UnknownChallenge():
            return await challenge.answer({"ANSWER": "?"})
        case _:
            return await challenge.answer("000000-wrong")
