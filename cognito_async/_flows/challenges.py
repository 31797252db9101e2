"""THE table of challenges, and the one dispatcher through which every reply of a sign-in goes.

Rules:
1. Any challenge may follow any other: nothing but this file decides what a reply means.
2. A challenge whose row has an `answer` is answered here and never handed out; any other goes to the caller.
3. The `Session` of the newest reply is the one that is sent; after an error it is the one that still stands.
4. An automatic answer spends the handshake it was made for, and a chain of them is bounded, so a hostile
   server cannot keep a client proving.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .._generated.common import AuthenticationResultType
from .._generated.sign_in import (
    RESPOND_TO_AUTH_CHALLENGE,
    InitiateAuthResponse,
    RespondToAuthChallengeRequest,
    RespondToAuthChallengeResponse,
)
from .._ground.errors import InvalidReply, UnexpectedChallenge
from .._ground.redact import Masked
from .._tokens.tokens import Tokens
from .context import PendingChallenge, SignIn
from .protocol import Done, Flow, Outcome, Pause, Pending, call, paused

AuthReply = InitiateAuthResponse | RespondToAuthChallengeResponse
_MOST_AUTOMATIC_STEPS = 4


@dataclass(frozen=True, slots=True)
class ChallengeRow:
    """What this library knows of a challenge; `answer` is there if it answers by itself."""

    name: str
    answer: Callable[[SignIn, PendingChallenge], Flow[RespondToAuthChallengeResponse]] | None = None


def settle(sign_in: SignIn, reply: AuthReply) -> Flow[Outcome]:
    """Go on from any reply of a sign-in until there are tokens, or a challenge for the caller."""
    for _ in range(_MOST_AUTOMATIC_STEPS):
        if reply.authentication_result is not None:
            return Done(read_tokens(reply.authentication_result), sign_in.username)
        challenge = _read_challenge(sign_in, reply)
        sign_in.username = challenge.username
        row = CHALLENGES.get(challenge.name)
        if row is None or row.answer is None:
            return Pending(challenge)
        reply = yield from row.answer(sign_in, challenge)
    raise UnexpectedChallenge("the service asks for one proof after the other without end")


def respond(
    sign_in: SignIn, challenge: PendingChallenge, responses: Mapping[str, str]
) -> Flow[RespondToAuthChallengeResponse]:
    """Answer a challenge: USERNAME, SECRET_HASH and the `Session` are added to the responses."""
    request = RespondToAuthChallengeRequest(
        client_id=sign_in.client.client_id,
        challenge_name=challenge.name,
        session=challenge.session,
        challenge_responses=sign_in.client.with_secret_hash({"USERNAME": challenge.username, **responses}),
        client_metadata=sign_in.caller.metadata,
        user_context_data=sign_in.caller.user_context_data,
    )
    return (yield from call(RESPOND_TO_AUTH_CHALLENGE, request))


def answer(sign_in: SignIn, challenge: PendingChallenge, responses: Mapping[str, str]) -> Flow[Outcome]:
    """The caller's answer to a challenge that was handed out, and whatever follows it."""
    reply = yield from respond(sign_in, challenge, responses)
    return (yield from settle(sign_in, reply))


def read_tokens(result: AuthenticationResultType | None, *, refresh_token: str | None = None) -> Tokens:
    """The tokens of a reply; `refresh_token` stays where the service gives no new one."""
    if result is None or not result.access_token:
        raise InvalidReply("the reply holds neither tokens nor a challenge")
    return Tokens(
        result.access_token,
        result.id_token or None,
        result.refresh_token or refresh_token,
        token_type=result.token_type or "Bearer",
    )


def _read_challenge(sign_in: SignIn, reply: AuthReply) -> PendingChallenge:
    if not reply.challenge_name:
        raise InvalidReply("the reply holds neither tokens nor a challenge")
    parameters = reply.challenge_parameters or {}
    available = reply.available_challenges if isinstance(reply, InitiateAuthResponse) else None
    return PendingChallenge(
        name=reply.challenge_name,
        # The service's own name for the user; SECRET_HASH in the answer is made of the same text.
        username=parameters.get("USERNAME") or parameters.get("USER_ID_FOR_SRP") or sign_in.username,
        session=Masked(reply.session) if reply.session else None,
        parameters=dict(parameters),
        available=tuple(available or ()),
    )


def _prove_password(sign_in: SignIn, challenge: PendingChallenge) -> Flow[RespondToAuthChallengeResponse]:
    srp, password = sign_in.take_handshake()
    given = challenge.parameters
    # Wait for the turn first: the timestamp in the proof is then as fresh as it can be.
    yield Pause(urgent=True)
    steps = srp.prove_steps(
        given.get("USER_ID_FOR_SRP") or challenge.username,
        password,
        srp_b=given.get("SRP_B", ""),
        salt=given.get("SALT", ""),
        secret_block=given.get("SECRET_BLOCK", ""),
        at=sign_in.now(),
    )
    claim = yield from paused(steps, urgent=True)
    return (
        yield from respond(
            sign_in,
            challenge,
            {
                "PASSWORD_CLAIM_SECRET_BLOCK": claim.secret_block,
                "PASSWORD_CLAIM_SIGNATURE": claim.signature,
                "TIMESTAMP": claim.timestamp,
            },
        )
    )


CHALLENGES: dict[str, ChallengeRow] = {
    row.name: row
    for row in [
        ChallengeRow("PASSWORD_VERIFIER", answer=_prove_password),
    ]
}
