"""The challenges of a sign-in, as values with methods that answer them.

`SignInResult.challenge` is one of `AnyChallenge`, a closed union made for `match`:

    match result.challenge:
        case None:
            ...  # signed in
        case challenges.SmsMfa() | challenges.EmailOtp() as challenge:
            result = await challenge.answer(input(f"The code sent to {challenge.delivery.destination}: "))
        case challenges.NewPasswordRequired() as challenge:
            result = await challenge.answer(new_password)
        case challenges.UnknownChallenge() as challenge:
            result = await challenge.answer({"ANSWER": "…"})
"""

from __future__ import annotations

from ._facade.sign_in.challenge import Challenge
from ._facade.sign_in.kinds import (
    AnyChallenge,
    CustomChallenge,
    EmailOtp,
    SelectMfaType,
    SmsMfa,
    SmsOtp,
    SoftwareTokenMfa,
    UnknownChallenge,
)
from ._facade.sign_in.mfa_setup import MfaSetup, MfaTotpSetup
from ._facade.sign_in.password_challenges import NewPasswordRequired, Password, PasswordSrp, SelectChallenge

__all__ = [
    "AnyChallenge",
    "Challenge",
    "CustomChallenge",
    "EmailOtp",
    "MfaSetup",
    "MfaTotpSetup",
    "NewPasswordRequired",
    "Password",
    "PasswordSrp",
    "SelectChallenge",
    "SelectMfaType",
    "SmsMfa",
    "SmsOtp",
    "SoftwareTokenMfa",
    "UnknownChallenge",
]


def __dir__() -> list[str]:
    return sorted(__all__)
