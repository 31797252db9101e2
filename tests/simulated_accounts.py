"""The users, challenges and sessions of `test_sign_in_machine`, and the recorders that find shown secrets."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from typing import Any

import httpx

from cognito_async import CognitoUser, MemoryStore, challenges
from cognito_async.local import Triggers


@dataclass(eq=False)
class Account:
    """A user's account with the secrets that the user knows, and the store of the user's device."""

    name: str
    password: str
    totp_secret: str | None = None
    store: MemoryStore = field(default_factory=MemoryStore)
    wrong_answers: int = 0
    changes: int = 0
    """The number of changes of the password or the second factor."""


@dataclass(eq=False)
class OpenChallenge:
    """A challenge that is not answered yet.

    Args:
        asked_at: when the challenge was issued, as a timestamp of the pool's clock.
        store: the store with the device of the sign-in.
        code: the last code that was sent to the user; empty if there is none.
        changes: `account.changes` when the sign-in began.
    """

    account: Account
    challenge: challenges.AnyChallenge
    asked_at: float
    store: MemoryStore
    code: str
    changes: int

    @property
    def may_be_superseded(self) -> bool:
        """Return whether another sign-in may have set the password or factor that this challenge would set."""
        sets_up = challenges.NewPasswordRequired, challenges.MfaSetup, challenges.EmailOtp
        return self.changes != self.account.changes and isinstance(self.challenge, sets_up)


@dataclass(eq=False)
class Session:
    """A signed-in user."""

    account: Account
    user: CognitoUser


@dataclass
class Witness(httpx.AsyncBaseTransport):
    """Records every request with its reply, and collects the secrets of the replies."""

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


class LogText(logging.Handler):
    """Collects all log messages as one string."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += self.format(record)


async def _define(event: dict[str, Any]) -> None:
    """Require two right answers, and fail after more than six rounds. With SRP, check the password first."""
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
