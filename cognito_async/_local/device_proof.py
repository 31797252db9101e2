"""DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER: a remembered device proves itself as a user does a password."""

from __future__ import annotations

import secrets

from .._ground.arithmetic import run_sliced
from .attempts import ask
from .finish import complete
from .records import Attempt, Device, User
from .srp_proof import Claim, parse_a
from .srp_server import challenge
from .state import State
from .wire import Refusal, Reply, not_authorized


async def begin(state: State, attempt: Attempt, responses: dict[str, str]) -> Reply:
    user, device, verifier = _device(attempt, responses)
    a_public = parse_a(responses["SRP_A"])
    b, b_public = await run_sliced(challenge(verifier), urgent=True)
    parameters = {
        "SALT": device.salt.hex(),
        "SECRET_BLOCK": state.seal.secret_block({"device": device.key, "noise": secrets.token_hex(8)}),
        "SRP_B": f"{b_public:x}",
        "USERNAME": user.username,
        "DEVICE_KEY": device.key,
    }
    return ask(state, attempt, "DEVICE_PASSWORD_VERIFIER", parameters, handshake=(a_public, b, b_public))


async def prove(state: State, attempt: Attempt, responses: dict[str, str]) -> Reply:
    user, device, verifier = _device(attempt, responses)
    claim = Claim(responses)
    block = state.seal.open_secret_block(claim.block)
    is_ours = block is not None and block.get("device") == device.key and claim.is_in_time(state)
    is_right = await claim.proves(verifier, attempt.handshake or (1, 1, 1), device.group_key, device.key)
    if not (is_ours and is_right and attempt.handshake):
        raise not_authorized("Incorrect username or password.")
    attempt.proven = (*attempt.proven, "dev")
    attempt.trigger_source = "TokenGeneration_AuthenticateDevice"
    return await complete(state, attempt, user)


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
