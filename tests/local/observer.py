"""An observer of a local pool: it records the form of each answer, and the exponentiations behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from cognito_async._crypto.power import Steps, power, power_of_g
from cognito_async._local.accounts import srp_server

from .helpers import Wire
from .srp_client import SrpClient

UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_LENGTHS = ("Session", "SECRET_BLOCK", "SALT")
_NAMES = ("USERNAME", "USER_ID_FOR_SRP")
_DESTINATIONS = ("Destination", "CODE_DELIVERY_DESTINATION")


def form(value: Any, typed: str, member: str = "") -> Any:
    """Return an answer without its random parts: these are replaced by their form."""
    if isinstance(value, dict):
        return {name: form(each, typed, name) for name, each in value.items()}
    if member in _LENGTHS:
        return len(value)
    if member == "SRP_B":
        return int(value, 16) > 2**3000
    if member in _NAMES and value == typed.lower():
        return "as typed, in lower case"
    if member in _NAMES and UUID.fullmatch(value):
        return "a UUID"
    if member in _NAMES or member in _DESTINATIONS:
        return re.sub("[a-z]", "a", re.sub("[0-9]", "0", value))
    return value


@contextmanager
def counted_arithmetic() -> Iterator[list[str]]:
    """Yield the list of the pool's exponentiations: `g` for one with the base of SRP, `v` for any other."""
    done: list[str] = []

    def of_g(exponent: int) -> Steps[int]:
        done.append("g")
        return power_of_g(exponent)

    def of_any(base: int, exponent: int) -> Steps[int]:
        done.append("v")
        return power(base, exponent)

    with mock.patch.multiple(srp_server, power_of_g=of_g, power=of_any):
        yield done


class Observer:
    """Calls operations for one name, and records the form of each answer."""

    def __init__(self, wire: Wire, name: str) -> None:
        self.wire = wire
        self.name = name
        self.srp = SrpClient(wire.pool.id)
        self.seen: list[Any] = []

    async def call(self, operation: str, /, **members: Any) -> Any:
        body = members if "Software" in operation else {"ClientId": self.wire.client.id, **members}
        with counted_arithmetic() as done:
            reply = await self.wire.post(operation, body)
        self.seen.append((operation, reply.status_code, form(reply.json(), self.name), done))
        return reply.json()

    async def begin(self, flow: str, /, **parameters: str) -> Any:
        return await self.call("InitiateAuth", AuthFlow=flow, AuthParameters={"USERNAME": self.name, **parameters})

    async def answer(self, asked: Any, challenge: str, /, **responses: str) -> Any:
        """Answer a challenge. A name that got another one is caught by the record, so do not fail here."""
        session = {"Session": asked["Session"]} if "Session" in asked else {}
        given = {"USERNAME": self.name, **responses}
        return await self.call("RespondToAuthChallenge", ChallengeName=challenge, ChallengeResponses=given, **session)

    async def prove(self, asked: Any, password: str, /, **more: str) -> Any:
        parameters = asked["ChallengeParameters"]
        claim = self.srp.answer(parameters, password, self.wire.clock.now()) if "SRP_B" in parameters else {}
        return await self.answer(asked, "PASSWORD_VERIFIER", **{**claim, **more})
