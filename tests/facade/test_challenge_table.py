"""The table of challenges is complete: classes and exports match it."""

from __future__ import annotations

from typing import get_args

from cognito_async import challenges
from cognito_async._facade.sign_in.kinds import CHALLENGE_TYPES
from cognito_async._flows.challenges import CHALLENGES


def test_challenge_is_answered_automatically_or_has_a_class() -> None:
    assert CHALLENGE_TYPES.keys() == {row.name for row in CHALLENGES.values() if row.answer is None}


def test_every_class_is_exported() -> None:
    kinds = {kind.__name__ for kind in get_args(challenges.AnyChallenge)}
    assert kinds == {kind.__name__ for kind in CHALLENGE_TYPES.values()} | {"UnknownChallenge"}
    others = {"AnyChallenge", "Challenge", "MfaTotpSetup"}
    assert kinds | others == set(challenges.__all__)
