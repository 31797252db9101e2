"""DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER: a confirmed device proves itself by SRP."""

from __future__ import annotations

from ..._core.concurrency.arithmetic import run_sliced
from ..accounts.srp_server import challenge
from ..state.entities import Device, User
from ..state.pending_sign_ins import PendingSignIn
from ..state.service_state import ServiceState
from ..state.sign_in_sessions import check_open, issue_challenge
from ..wire.refusals import Refusal, not_authorized
from ..wire.replies import Reply
from .completion import complete
from .srp_proof import Claim, parse_a


async def begin(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    user, device, verifier = _device(pending, responses)
    a_public = parse_a(responses["SRP_A"])
    b, b_public = await run_sliced(challenge(verifier), urgent=True)
    parameters = {
        "SALT": device.salt.hex(),
        "SECRET_BLOCK": state.opaque_tokens.secret_block({"device_public": f"{b_public:x}"}),
        "SRP_B": f"{b_public:x}",
        "USERNAME": user.username,
        "DEVICE_KEY": device.key,
    }
    return issue_challenge(state, pending, "DEVICE_PASSWORD_VERIFIER", parameters, handshake=(a_public, b, b_public))


async def prove(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    user, device, verifier = _device(pending, responses)
    claim = Claim(responses)
    is_ours = _public_of_block(state, claim.block) == _public(pending) and claim.is_in_time(state)
    if pending.handshake is None or not is_ours:
        raise not_authorized("Incorrect username or password.")
    if not await claim.proves(verifier, pending.handshake, device.group_key, device.key):
        raise not_authorized("Incorrect username or password.")
    pending.proven = (*pending.proven, "dev")
    pending.trigger_source = "TokenGeneration_AuthenticateDevice"
    return await complete(state, pending, user)


def find_without_session(
    state: ServiceState, client_id: str, challenge: str, responses: dict[str, str]
) -> PendingSignIn:
    """Return the newest sign-in that waits for this answer. Like the service, accept answers without a `Session`."""
    public = _public_of_block(state, responses.get("PASSWORD_CLAIM_SECRET_BLOCK", ""))
    for pending in reversed(state.pending_sign_ins.values()):
        asked = (pending.client.id, pending.challenge, pending.device and pending.device.key, _public(pending))
        if asked == (client_id, challenge, responses["DEVICE_KEY"], public) and not pending.used:
            check_open(state, pending)
            return pending
    raise not_authorized("Invalid session for the user.")


def _public(pending: PendingSignIn) -> str | None:
    """Return the number B of the handshake. The SECRET_BLOCK contains B too, which shows that they belong together."""
    return None if pending.handshake is None else f"{pending.handshake[2]:x}"


def _public_of_block(state: ServiceState, block: str) -> str | None:
    return (state.opaque_tokens.open_secret_block(block) or {}).get("device_public")


def _device(pending: PendingSignIn, responses: dict[str, str]) -> tuple[User, Device, int]:
    """Return the device of the sign-in. Refuse an answer that names a different one. Refuse a deleted device."""
    user, device = pending.user, pending.device
    if (
        user is None
        or device is None
        or device.verifier is None
        or user.devices.get(device.key) is not device
        or responses["DEVICE_KEY"] != device.key
    ):
        raise Refusal("ResourceNotFoundException", "Device does not exist.")
    return user, device, device.verifier
