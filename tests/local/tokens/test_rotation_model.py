"""Random refreshes, sign-outs and pauses, compared with a small model that does not know how the pool stores tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_async._local.settings.client import AppClientSettings
from tests.sizes import examples

from ..helpers import Wire

pytestmark = [pytest.mark.anyio, pytest.mark.table]
ACCESS_VALIDITY, REFRESH_VALIDITY = 300, 3600
NOT_AUTHORIZED, REUSED = "NotAuthorizedException", "RefreshTokenReuseException"
ACTIONS = st.sampled_from([*["refresh"] * 7, "ask", "ask", "sign in", "revoke", "sign out everywhere"])
# Short pauses add up to the grace periods, and long ones to the lifetimes.
PAUSES = st.sampled_from([0, 0, 1, 5, 9, 10, 50, 60, 250, 300, 900, 1800])
# An action, the seconds to wait before it, and the reply whose tokens it uses (0 is the newest).
STEPS = st.lists(st.tuples(ACTIONS, PAUSES, st.integers(0, 5)), min_size=10, max_size=60)


@dataclass(eq=False)
class Family:
    """A sign-in, whose tokens are revoked together."""

    began: int
    revoked: bool = False


@dataclass(eq=False)
class Issued:
    """The tokens of one reply."""

    family: Family
    issued: int
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    first_use: int | None = None


class Walk:
    """One user's sign-ins, and the expected result of each call."""

    def __init__(self, grace: int, rotates: bool) -> None:
        self.now, self.grace, self.rotates = 0, grace, rotates
        self.issued: list[Issued] = []
        self.wire = Wire(
            client=AppClientSettings(
                access_token_validity=ACCESS_VALIDITY,
                refresh_token_validity=REFRESH_VALIDITY,
                refresh_token_rotation=rotates,
                refresh_token_grace_period=grace if rotates else 0,
            )
        )

    async def step(self, action: str, pause: int, which: int) -> None:
        self.wire.clock.advance(pause)
        self.now += pause
        item = self.issued[-1 - which % len(self.issued)]
        match action:
            case "sign in":
                await self.sign_in()
            case "refresh":
                await self.refresh(item)
            case "ask":
                assert await self.error("GetUser", AccessToken=item.access) == self.error_of_access(item)
            case "revoke":
                assert await self.error("RevokeToken", ClientId=self.wire.client.id, Token=item.refresh) == ""
                item.family.revoked = True
            case _:
                await self.sign_out_everywhere(item)

    async def sign_in(self) -> None:
        self.add(Family(self.now), await self.wire.tokens())

    async def refresh(self, item: Issued) -> None:
        body = {"ClientId": self.wire.client.id, "RefreshToken": item.refresh}
        reply = (await self.wire.post("GetTokensFromRefreshToken", body)).json()
        assert reply.get("__type", "") == self.error_of_refresh(item)
        if "__type" not in reply:
            result = reply["AuthenticationResult"]
            assert ("RefreshToken" in result) == self.rotates
            item.first_use = self.now if item.first_use is None else item.first_use
            self.add(item.family, {"RefreshToken": item.refresh, **result})

    async def sign_out_everywhere(self, item: Issued) -> None:
        expected = self.error_of_access(item)
        assert await self.error("GlobalSignOut", AccessToken=item.access) == expected
        for each in self.issued if not expected else ():
            each.family.revoked = True

    async def error(self, operation: str, **members: str) -> str:
        """Return the type of the error, or "" if the call succeeds."""
        reply = (await self.wire.post(operation, members)).json()
        return str(reply.get("__type", ""))

    def add(self, family: Family, result: dict[str, Any]) -> None:
        self.issued.append(Issued(family, self.now, result["AccessToken"], result["RefreshToken"]))

    def error_of_access(self, item: Issued) -> str:
        return NOT_AUTHORIZED if item.family.revoked or self.now >= item.issued + ACCESS_VALIDITY else ""

    def error_of_refresh(self, item: Issued) -> str:
        if item.family.revoked or self.now >= item.family.began + REFRESH_VALIDITY:
            return NOT_AUTHORIZED
        if self.rotates and item.first_use is not None and self.now >= item.first_use + self.grace:
            return REUSED
        return ""


@given(steps=STEPS, grace=st.sampled_from([0, 10, 60]), rotates=st.sampled_from([True, True, True, False]))
@settings(max_examples=examples(40), deadline=None)
async def test_tokens_are_valid_as_long_as_in_the_model(
    steps: list[tuple[str, int, int]], grace: int, rotates: bool
) -> None:
    walk = Walk(grace, rotates)
    await walk.wire.signed_up()
    await walk.sign_in()
    for action, pause, which in steps:
        await walk.step(action, pause, which)
