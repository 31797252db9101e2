"""The SRP proof of a password: SRP_A starts it, the answer to PASSWORD_VERIFIER completes it."""

from __future__ import annotations

from collections.abc import Callable

from .._core.secret import Secret, Texts
from .._crypto.srp import SrpClient
from .context import PendingChallenge, SignIn
from .protocol import Flow, Pause, with_pauses
from .requests import AuthReply
from .respond import respond

NewSrp = Callable[[str], SrpClient]


def begin(sign_in: SignIn, password: Secret[str], new_srp: NewSrp = SrpClient, *, urgent: bool = False) -> Flow[str]:
    """Start a handshake and return its SRP_A. The answer to the next PASSWORD_VERIFIER completes the handshake.

    Pass `urgent` if a `Session` is open, because the `Session` could expire while the arithmetic waits.
    """
    srp = new_srp(sign_in.client.pool_name)
    srp_a = yield from with_pauses(srp.start_steps(), urgent=urgent)
    sign_in.handshake = (srp, password)
    return srp_a


def answer(sign_in: SignIn, challenge: PendingChallenge) -> Flow[AuthReply]:
    """Answer PASSWORD_VERIFIER: compute the proof and send it."""
    srp, password = sign_in.take_handshake()
    user_id = challenge.parameters.get("USER_ID_FOR_SRP") or challenge.username
    claim = yield from prove(sign_in, challenge, srp, user_id, password)
    return (yield from respond(sign_in, challenge, claim))


def prove(
    sign_in: SignIn, challenge: PendingChallenge, srp: SrpClient, user_id: str, password: Secret[str]
) -> Flow[Texts]:
    """Compute the responses to a verifier challenge, for a password or for a device."""
    given = challenge.secret_parameter
    # Wait for the arithmetic lock before reading the clock, so that the timestamp in the proof is fresh.
    yield Pause(urgent=True)
    steps = srp.prove_steps(
        user_id,
        password,
        srp_b=given("SRP_B"),
        salt=given("SALT"),
        secret_block=given("SECRET_BLOCK"),
        at=sign_in.now(),
    )
    claim = yield from with_pauses(steps, urgent=True)
    return {
        "PASSWORD_CLAIM_SECRET_BLOCK": Secret(claim.secret_block),
        "PASSWORD_CLAIM_SIGNATURE": Secret(claim.signature),
        "TIMESTAMP": claim.timestamp,
    }
