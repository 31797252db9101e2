"""The challenges that a sign-in can ask for, as values with the methods that answer them.

`SignInResult.challenge` is one of `AnyChallenge`, a closed union made for `match`:

    match result.challenge:
        case None:
            ...  # signed in
        case challenges.UnknownChallenge(name="SMS_MFA") as challenge:
            result = await challenge.answer({"SMS_MFA_CODE": code})
"""

from __future__ import annotations

from ._facade.challenges import AnyChallenge, Challenge, UnknownChallenge

__all__ = ["AnyChallenge", "Challenge", "UnknownChallenge"]
