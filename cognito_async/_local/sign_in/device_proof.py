"""DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER: a remembered device proves itself as a user does a password."""

from __future__ import annotations

from ..._core.arithmetic import run_sliced
from ..accounts.srp_server import challenge
from ..state.entities import Attempt, Device, User
from ..state.pending_sign_ins import ask, check_open
from ..state.service_state import State
from ..wire.replies import Refusal, Reply, not_authorized
from .completion import complete
from .srp_proof import Claim, parse_a


async def begin(state: State, attempt: Attempt, responses: dict[str, str]) -> Reply:
    user, device, verifier = _device(attempt, responses)
    a_public = parse_a(responses["SRP_A"])
    b, b_public = await run_sliced(challenge(verifier), urgent=True)
    parameters = {
        "SALT": device.salt.hex(),
        "SECRET_BLOCK": state.seal.secret_block({"device_public": f"{b_public:x}"}),
        "SRP_B": f"{b_public:x}",
        "USERNAME": user.username,
        "DEVICE_KEY": device.key,
    }
    return ask(state, attempt, "DEVICE_PASSWORD_VERIFIER", parameters, handshake=(a_public, b, b_public))


async def prove(state: State, attempt: Attempt, responses: dict[str, str]) -> Reply:
    user, device, verifier = _device(attempt, responses)
    claim = Claim(responses)
    is_ours = _public_of_block(state, claim.block) == _public(attempt) and claim.is_in_time(state)
    if attempt.handshake is None or not is_ours:
        raise not_authorized("Incorrect username or password.")
    if not await claim.proves(verifier, attempt.handshake, device.group_key, device.key):
        raise not_authorized("Incorrect username or password.")
    attempt.proven = (*attempt.proven, "dev")
    attempt.trigger_source = "TokenGeneration_AuthenticateDevice"
    return await complete(state, attempt, user)


def find_without_session(state: State, client_id: str, challenge: str, responses: dict[str, str]) -> Attempt:
    """The newest sign-in that waits for this answer: the service, too, takes one for a device without `Session`."""
    public = _public_of_block(state, responses.get("PASSWORD_CLAIM_SECRET_BLOCK", ""))
    for attempt in reversed(state.attempts.values()):
        asked = (attempt.client.id, attempt.challenge, attempt.device and attempt.device.key, _public(attempt))
        if asked == (client_id, challenge, responses["DEVICE_KEY"], public) and not attempt.used:
            check_open(state, attempt)
            return attempt
    raise not_authorized("Invalid session for the user.")


def _public(attempt: Attempt) -> str | None:
    """B of the handshake, by which it and its block are known."""
    return None if attempt.handshake is None else f"{attempt.handshake[2]:x}"


def _public_of_block(state: State, block: str) -> str | None:
    return (state.seal.open_secret_block(block) or {}).get("device_public")


def _device(attempt: Attempt, responses: dict[str, str]) -> tuple[User, Device, int]:
    """The device that the attempt is about, if it is still one of the user's and the answer names it."""
    user, device = attempt.user, attempt.device
    if (
        user is None
        or device is None
        or device.verifier is None
        or user.devices.get(device.key) is not device
        or responses["DEVICE_KEY"] != device.key
    ):
        raise Refusal("ResourceNotFoundException", "Device does not exist.")
    return user, device, device.verifier
