"""THE table of challenges, and the one dispatcher through which every reply of a sign-in goes.

A new challenge is a row here, and a class in `_facade/sign_in/kinds.py` unless its row has an `answer`. Tests prove
that the two agree, and that `challenges` exports every class.

Rules:
1. Any challenge may follow any other: nothing but this file decides what a reply means.
2. A challenge whose row has an `answer` is answered here and never handed out; any other goes to the caller.
3. The `Session` of the newest reply is the one that is sent; after an error it is the one that still stands.
4. An automatic answer spends the handshake it was made for, and a chain of them is bounded, so a hostile
   server cannot keep a client proving.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from .._aws._generated import common
from .._core.errors import InvalidReply, UnexpectedChallenge
from .._core.secret import Secret, Texts, as_member
from . import device_srp, password_proof
from .context import PendingChallenge, SignIn, open_session
from .protocol import Done, Flow, Outcome, Pending
from .requests import AuthReply
from .respond import respond

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens

# A password proof and both steps of a device are three; nothing needs more.
_MOST_AUTOMATIC_STEPS = 4


class ChallengeRow(NamedTuple):
    """What this library knows of a challenge.

    `response` is the key of its one answer; `names_device` says that DEVICE_KEY may go along; `answer` is there
    if the challenge is answered without the caller.
    """

    name: str
    response: str = "ANSWER"
    names_device: bool = False
    answer: Callable[[SignIn, PendingChallenge], Flow[AuthReply]] | None = None


CHALLENGES: dict[str, ChallengeRow] = {
    row.name: row
    for row in [
        ChallengeRow("PASSWORD_VERIFIER", answer=password_proof.answer),
        ChallengeRow("DEVICE_SRP_AUTH", answer=device_srp.begin),
        ChallengeRow("DEVICE_PASSWORD_VERIFIER", answer=device_srp.answer),
        ChallengeRow("SMS_MFA", "SMS_MFA_CODE", names_device=True),
        ChallengeRow("SOFTWARE_TOKEN_MFA", "SOFTWARE_TOKEN_MFA_CODE", names_device=True),
        ChallengeRow("EMAIL_OTP", "EMAIL_OTP_CODE", names_device=True),
        ChallengeRow("SMS_OTP", "SMS_OTP_CODE", names_device=True),
        ChallengeRow("SELECT_MFA_TYPE"),
        ChallengeRow("MFA_SETUP", "EMAIL"),
        ChallengeRow("NEW_PASSWORD_REQUIRED", "NEW_PASSWORD"),
        ChallengeRow("CUSTOM_CHALLENGE", names_device=True),
        ChallengeRow("SELECT_CHALLENGE"),
        ChallengeRow("PASSWORD", "PASSWORD"),
        ChallengeRow("PASSWORD_SRP", "SRP_A"),
    ]
}
_UNKNOWN = ChallengeRow("")


def settle(sign_in: SignIn, reply: AuthReply) -> Flow[Outcome]:
    """Go on from any reply of a sign-in until there are tokens, or a challenge for the caller."""
    for _ in range(_MOST_AUTOMATIC_STEPS):
        if reply.authentication_result is not None:
            return (yield from _complete(sign_in, reply.authentication_result))
        challenge = _read_challenge(sign_in, reply)
        sign_in.username = challenge.username
        row = CHALLENGES.get(challenge.name, _UNKNOWN)
        if row.answer is None:
            return Pending(challenge)
        reply = yield from row.answer(sign_in, challenge)
    raise UnexpectedChallenge("the service asks for one proof after the other without end")


def answer(sign_in: SignIn, challenge: PendingChallenge, responses: Texts) -> Flow[Outcome]:
    """The caller's answer to a challenge that was handed out, and whatever follows it."""
    names_device = CHALLENGES.get(challenge.name, _UNKNOWN).names_device
    reply = yield from respond(sign_in, challenge, responses, names_device=names_device)
    return (yield from settle(sign_in, reply))


def read_tokens(result: common.AuthenticationResultType | None, *, refresh_token: Secret[str] | None = None) -> Tokens:
    """The tokens of a reply; `refresh_token` stays where the service gives no new one."""
    if result is None or not result.access_token:
        raise InvalidReply("the reply holds neither tokens nor a challenge")
    from .._tokens.tokens import Tokens  # noqa: PLC0415 - it was imported with the reply

    access_token, id_token = Secret(result.access_token), Secret.maybe(result.id_token or None)
    refresh_token = Secret.maybe(result.refresh_token or None) or refresh_token
    token_type = result.token_type or "Bearer"
    return Tokens(as_member(access_token), as_member(id_token), as_member(refresh_token), token_type=token_type)


def _complete(sign_in: SignIn, result: common.AuthenticationResultType) -> Flow[Outcome]:
    tokens = read_tokens(result)
    new_device = yield from device_srp.confirm(sign_in, tokens, result.new_device_metadata)
    return Done(tokens, sign_in.username, new_device or sign_in.device)


def _read_challenge(sign_in: SignIn, reply: AuthReply) -> PendingChallenge:
    if not reply.challenge_name:
        raise InvalidReply("the reply holds neither tokens nor a challenge")
    session = open_session(reply)  # before there is a local that shows what the server may have echoed
    parameters = reply.challenge_parameters or {}
    return PendingChallenge(
        name=reply.challenge_name,
        # The service's own name for the user; SECRET_HASH in the answer is made of the same text.
        username=parameters.get("USERNAME") or parameters.get("USER_ID_FOR_SRP") or sign_in.username,
        session=session,
        parameters=dict(parameters),
        available=tuple(reply.available_challenges or ()),
    )
