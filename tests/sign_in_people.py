"""The people of the random sign-ins, what they hold, what is asked of them, and the witnesses of all that is shown."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from typing import Any

import httpx

from cognito_async import CognitoUser, MemoryStore, challenges
from cognito_async.local import Triggers


@dataclass(eq=False)
class Person:
    """Somebody with an account, and what that person knows and holds."""

    name: str
    password: str
    totp_secret: str | None = None
    store: MemoryStore = field(default_factory=MemoryStore)
    wrong_answers: int = 0
    changes: int = 0
    """How often the password or the second factor has been another one."""


@dataclass(eq=False)
class Open:
    """A challenge that waits for its answer."""

    person: Person
    challenge: challenges.AnyChallenge
    asked_at: float
    store: MemoryStore
    code: str
    changes: int

    @property
    def may_be_superseded(self) -> bool:
        """A sign-in that would set a password or a factor gives way to one that has done so meanwhile."""
        sets_up = challenges.NewPasswordRequired, challenges.MfaSetup, challenges.EmailOtp
        return self.changes != self.person.changes and isinstance(self.challenge, sets_up)


@dataclass(eq=False)
class Session:
    """Somebody signed in."""

    person: Person
    user: CognitoUser


@dataclass
class Witness(httpx.AsyncBaseTransport):
    """Notes every request with its reply, and collects what must never be shown."""

    inner: httpx.AsyncBaseTransport
    exchanges: list[tuple[str, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(await request.aread())
        response = await self.inner.handle_async_request(request)
        reply = json.loads(await response.aread())
        self.exchanges.append((request.headers["x-amz-target"].partition(".")[2], body, reply))
        self.secrets |= {reply[name] for name in ("Session", "SecretCode") if reply.get(name)}
        result = reply.get("AuthenticationResult", {})
        self.secrets |= {result[name] for name in ("AccessToken", "IdToken", "RefreshToken") if name in result}
        return response


class Shown(logging.Handler):
    """Everything that is logged, as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += self.format(record)


async def _define(event: dict[str, Any]) -> None:
    """Two rounds of a custom challenge, after SRP if the client began with it; a wrong answer costs one more."""
    rounds = event["request"]["session"]
    right = sum(each["challengeName"] == "CUSTOM_CHALLENGE" and each["challengeResult"] for each in rounds)
    if rounds and rounds[-1]["challengeName"] == "SRP_A":
        event["response"]["challengeName"] = "PASSWORD_VERIFIER"
    elif right >= 2:
        event["response"]["issueTokens"] = True
    elif len(rounds) > 6:
        event["response"]["failAuthentication"] = True
    else:
        event["response"]["challengeName"] = "CUSTOM_CHALLENGE"


async def _create(event: dict[str, Any]) -> None:
    number = len(event["request"]["session"])
    event["response"]["publicChallengeParameters"] = {"question": f"{number} + 1"}
    event["response"]["privateChallengeParameters"] = {"answer": str(number + 1)}


async def _verify(event: dict[str, Any]) -> None:
    right = event["request"]["privateChallengeParameters"]["answer"]
    event["response"]["answerCorrect"] = event["request"]["challengeAnswer"] == right


TRIGGERS = Triggers(
    define_auth_challenge=_define, create_auth_challenge=_create, verify_auth_challenge_response=_verify
)
