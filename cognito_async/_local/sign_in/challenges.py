"""RespondToAuthChallenge: the table of challenges, and the checks that all answers share."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from ..accounts.password_verifiers import verifier_of
from ..settings.client import AppClientSettings
from ..state.checks import check_secret_hash, check_status, count_password_attempt, hides_unknown_users
from ..state.pending_sign_ins import PendingSignIn
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..state.sign_in_sessions import answering, check_name, find_session
from ..state.unknown_users import fake_username
from ..wire.refusals import invalid_parameter, not_authorized
from ..wire.replies import Reply
from ..wire.requests import Request
from . import choice, custom_auth, device_proof, new_password, second_factors
from .completion import set_named_device
from .next_step import after_first_factor
from .password_challenge import NO_SUB
from .srp_proof import Claim

_CLAIM = ("USERNAME", "TIMESTAMP", "PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK")
Handler = Callable[[ServiceState, PendingSignIn, dict[str, str]], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge: the responses that an answer must have, and the function that checks them.

    With `only_once`, a wrong answer makes the `Session` unusable.
    """

    required: tuple[str, ...]
    handler: Handler
    only_once: bool = False


CHALLENGES: dict[str, Challenge] = {
    "NEW_PASSWORD_REQUIRED": Challenge(("USERNAME", "NEW_PASSWORD"), new_password.new_password),
    "SMS_MFA": Challenge(("USERNAME", "SMS_MFA_CODE"), second_factors.sent_code),
    "EMAIL_OTP": Challenge(("USERNAME", "EMAIL_OTP_CODE"), second_factors.sent_code),
    "SMS_OTP": Challenge(("USERNAME", "SMS_OTP_CODE"), second_factors.sent_code),
    "SOFTWARE_TOKEN_MFA": Challenge(("USERNAME", "SOFTWARE_TOKEN_MFA_CODE"), second_factors.software_token),
    "SELECT_MFA_TYPE": Challenge(("USERNAME", "ANSWER"), second_factors.select_type),
    "MFA_SETUP": Challenge(("USERNAME",), second_factors.set_up),
    "CUSTOM_CHALLENGE": Challenge(("USERNAME", "ANSWER"), custom_auth.check_answer, only_once=True),
    "SELECT_CHALLENGE": Challenge(("USERNAME", "ANSWER"), choice.select),
    "PASSWORD": Challenge(("USERNAME", "PASSWORD"), choice.password),
    "PASSWORD_SRP": Challenge(("USERNAME", "SRP_A"), choice.password_srp),
    "DEVICE_SRP_AUTH": Challenge(("USERNAME", "DEVICE_KEY", "SRP_A"), device_proof.begin),
    "DEVICE_PASSWORD_VERIFIER": Challenge((*_CLAIM, "DEVICE_KEY"), device_proof.prove),
}


async def respond_to_auth_challenge(state: ServiceState, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    return await respond(state, pool, client, request)


async def respond(state: ServiceState, pool: Pool, client: AppClientSettings, request: Request) -> Reply:
    """Check the answer to a challenge, and return the next challenge or the tokens."""
    responses: dict[str, str] = request.get("ChallengeResponses", {})
    if not responses:
        raise invalid_parameter("Missing required parameter challenge responses.")
    if request["ChallengeName"] == "PASSWORD_VERIFIER":
        return await _password_verifier(state, pool, client, request, responses)
    is_of_device = request["ChallengeName"].startswith("DEVICE_")
    if not request.get("Session") and not is_of_device:
        raise invalid_parameter("Missing required parameter Session")
    expected = CHALLENGES.get(request["ChallengeName"])
    if expected is None:
        raise not_authorized("Invalid session for the user.")
    _require(responses, *expected.required)
    check_secret_hash(client, responses["USERNAME"], responses.get("SECRET_HASH"), ignored_without_secret=True)
    if request.get("Session"):
        asked = find_session(state, request["Session"], client.id, request["ChallengeName"])
    else:
        asked = device_proof.find_without_session(state, client.id, request["ChallengeName"], responses)
    check_name(asked, responses["USERNAME"])
    # Use a copy, because a wrong answer must not change the pending sign-in.
    pending = replace(asked, metadata=request.get("ClientMetadata", {}))
    if not is_of_device:
        set_named_device(pending, responses.get("DEVICE_KEY"))
    with answering(asked, only_once=expected.only_once):
        return await expected.handler(state, pending, responses)


async def _password_verifier(
    state: ServiceState, pool: Pool, client: AppClientSettings, request: Request, responses: dict[str, str]
) -> Reply:
    _require(responses, *_CLAIM)
    name, claim = responses["USERNAME"], Claim(responses)
    check_secret_hash(client, name, responses.get("SECRET_HASH"), ignored_without_secret=True)
    known = state.opaque_tokens.open_secret_block(claim.block)
    if known is None or not _is_for(state, known, pool, client, name) or state.now().timestamp() >= known["ends"]:
        raise not_authorized("Incorrect username or password.")
    if not known["session"]:
        pending = PendingSignIn(pool, client, pool.find_by_sub(known["sub"]), known["user"], name)
        return await _check_claim(state, pending, known, claim, request)
    if not request.get("Session"):
        raise invalid_parameter("Missing required parameter Session")
    asked = find_session(state, request["Session"], client.id, "PASSWORD_VERIFIER")
    if asked.handshake != _handshake(known):
        raise not_authorized("Incorrect username or password.")
    with answering(asked):
        return await _check_claim(state, replace(asked, handshake=None), known, claim, request)


async def _check_claim(
    state: ServiceState, pending: PendingSignIn, known: dict[str, Any], claim: Claim, request: Request
) -> Reply:
    pool, user = pending.pool, pending.user
    if user is not None and not hides_unknown_users(pending.client):
        check_status(user)
    verifier = verifier_of(state, pool, pending.name, user)
    is_right = await claim.proves(verifier, _handshake(known), pool.settings.srp_name, pending.name)
    has_password = user is not None and user.verifier is not None
    right = user if is_right and has_password and claim.is_in_time(state) else None
    proven = count_password_attempt(pool, pending.name, right, state.now())
    set_named_device(pending, request["ChallengeResponses"].get("DEVICE_KEY") or known["device"])
    pending.metadata = request.get("ClientMetadata", {})
    pending.proven = ("pwd",)
    return await after_first_factor(state, pending, proven)


def _handshake(known: dict[str, Any]) -> tuple[int, int, int]:
    a_public, b, b_public = (int.from_bytes(base64.b64decode(text), "big") for text in known["numbers"])
    return a_public, b, b_public


def _is_for(state: ServiceState, known: dict[str, Any], pool: Pool, client: AppClientSettings, name: str) -> bool:
    """Return whether a SECRET_BLOCK was made for this client and user. `name` may be any name of the user.

    Check the name of an unknown user too: otherwise, only a block of a known user would be refused without arithmetic.
    """
    if known.get("pool") != pool.settings.id or known["client"] != client.id:
        return False
    if known["sub"] == NO_SUB:
        return known["user"] in (name, fake_username(state, pool, name))
    user = pool.find(name)
    return user is not None and user.sub == known["sub"]


def _require(responses: dict[str, str], *names: str) -> None:
    for name in names:
        if not responses.get(name):
            raise invalid_parameter(f"Missing required parameter {name}")
