"""The table of all challenges, and the dispatcher that handles every reply of a sign-in.

To add a challenge, add a row to the table, and a class to `_facade/sign_in/kinds.py` unless the row has an `answer`.
Tests prove that rows and classes match, and that `challenges` exports every class.

Rules:
1. Any challenge may follow any other. Only this module interprets replies.
2. A challenge whose row has an `answer` is answered automatically. Any other is returned to the caller.
3. An answer carries the `Session` of the newest reply. After an error, it carries the same `Session` again.
4. Each handshake serves one automatic answer, and the number of automatic answers is limited. A hostile server
   therefore cannot make a client compute proofs for ever.
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

# A sign-in needs at most three automatic answers: the password proof and the two steps of a device. The fourth pass of
# the loop handles the reply to the third.
_MOST_AUTOMATIC_STEPS = 4


class ChallengeRow(NamedTuple):
    """A challenge that this library supports.

    `response`: the key of the answer in the request. `answer`: the flow that answers the challenge automatically;
    `None` if the caller answers.
    """

    name: str
    response: str = "ANSWER"
    answer: Callable[[SignIn, PendingChallenge], Flow[AuthReply]] | None = None


CHALLENGES: dict[str, ChallengeRow] = {
    row.name: row
    for row in [
        ChallengeRow("PASSWORD_VERIFIER", answer=password_proof.answer),
        ChallengeRow("DEVICE_SRP_AUTH", answer=device_srp.begin),
        ChallengeRow("DEVICE_PASSWORD_VERIFIER", answer=device_srp.answer),
        ChallengeRow("SMS_MFA", "SMS_MFA_CODE"),
        ChallengeRow("SOFTWARE_TOKEN_MFA", "SOFTWARE_TOKEN_MFA_CODE"),
        ChallengeRow("EMAIL_OTP", "EMAIL_OTP_CODE"),
        ChallengeRow("SMS_OTP", "SMS_OTP_CODE"),
        ChallengeRow("SELECT_MFA_TYPE"),
        ChallengeRow("MFA_SETUP", "EMAIL"),
        ChallengeRow("NEW_PASSWORD_REQUIRED", "NEW_PASSWORD"),
        ChallengeRow("CUSTOM_CHALLENGE"),
        ChallengeRow("SELECT_CHALLENGE"),
        ChallengeRow("PASSWORD", "PASSWORD"),
        ChallengeRow("PASSWORD_SRP", "SRP_A"),
    ]
}
_UNKNOWN = ChallengeRow("")


def handle_reply(sign_in: SignIn, reply: AuthReply) -> Flow[Outcome]:
    """Handle any reply of a sign-in: give automatic answers until it has tokens or a challenge for the caller."""
    for _ in range(_MOST_AUTOMATIC_STEPS):
        if reply.authentication_result is not None:
            return (yield from _complete(sign_in, reply.authentication_result))
        challenge = _read_challenge(sign_in, reply)
        sign_in.username = challenge.username
        row = CHALLENGES.get(challenge.name, _UNKNOWN)
        if row.answer is None:
            return Pending(challenge)
        reply = yield from row.answer(sign_in, challenge)
    raise UnexpectedChallenge(f"stopped after {_MOST_AUTOMATIC_STEPS} consecutive proof challenges")


def answer(sign_in: SignIn, challenge: PendingChallenge, responses: Texts) -> Flow[Outcome]:
    """Send the caller's answer to a challenge, and handle the reply."""
    reply = yield from respond(sign_in, challenge, responses)
    return (yield from handle_reply(sign_in, reply))


def read_tokens(result: common.AuthenticationResultType | None, *, refresh_token: Secret[str] | None = None) -> Tokens:
    """Return the tokens of a reply. If the reply has no refresh token, use `refresh_token`."""
    if result is None or not result.access_token:
        raise InvalidReply("the reply holds neither tokens nor a challenge")
    from .._tokens.tokens import Tokens  # noqa: PLC0415 - the reply's module has imported it

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
    session = open_session(reply)  # first, because it may raise: a traceback must not show parameters among the locals
    parameters = reply.challenge_parameters or {}
    return PendingChallenge(
        name=reply.challenge_name,
        # The name that the service uses for the user. The SECRET_HASH of the answer must be made with the same name.
        username=parameters.get("USERNAME") or parameters.get("USER_ID_FOR_SRP") or sign_in.username,
        session=session,
        parameters=dict(parameters),
        available=tuple(reply.available_challenges or ()),
    )
