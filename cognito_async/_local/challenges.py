"""RespondToAuthChallenge, and what comes after a right password."""

from __future__ import annotations

import base64
import hmac
import json
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from .._crypto.encoding import timestamp as written
from .._ground.arithmetic import run_sliced
from .attributes import VERIFIED_FLAGS, check_attributes, missing, readable
from .passwords import check_password
from .records import Pool, User
from .sessions import signed_in
from .settings import AppClientSettings
from .srp_server import claim_signature, new_salt, pretended_verifier, shared_key, verifier
from .state import State, check_secret_hash, check_status, judge_password
from .timestamps import parse_timestamp
from .wire import Refusal, Reply, Request, invalid_parameter, not_authorized

# The service only says "within a certain time interval"; five minutes is what it allows SigV4.
_TIMESTAMP_WINDOW = timedelta(minutes=5)
_CLAIM = ("USERNAME", "TIMESTAMP", "PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK")
_USER_ATTRIBUTE = "userAttributes."


async def respond_to_auth_challenge(state: State, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    responses: dict[str, str] = request.get("ChallengeResponses", {})
    if not responses:
        raise invalid_parameter("Missing required parameter challenge responses.")
    if request["ChallengeName"] == "PASSWORD_VERIFIER":
        return await _password_verifier(state, pool, client, responses)
    if not request.get("Session"):
        raise invalid_parameter("Missing required parameter Session")
    if request["ChallengeName"] != "NEW_PASSWORD_REQUIRED":
        raise not_authorized("Invalid session for the user.")
    return await _new_password(state, pool, client, request["Session"], responses)


async def after_password(state: State, pool: Pool, client: AppClientSettings, user: User) -> Reply:
    """Only who knows the password learns what else the user's state asks for."""
    if user.status == "RESET_REQUIRED":
        if client.prevent_user_existence_errors == "ENABLED":
            raise not_authorized("Incorrect username or password.")
        raise Refusal("PasswordResetRequiredException", "Password reset required for the user")
    if user.status != "FORCE_CHANGE_PASSWORD":
        return await signed_in(state, pool, client, user)
    if user.temporary_until is not None and state.now() >= user.temporary_until:
        raise not_authorized("Temporary password has expired and must be reset by an administrator.")
    return {
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": state.seal.session(
            {
                "id": str(uuid.uuid4()),
                "client": client.id,
                "sub": user.sub,
                "ends": state.now().timestamp() + client.auth_session_validity,
            }
        ),
        "ChallengeParameters": {
            "USER_ID_FOR_SRP": user.username,
            "requiredAttributes": json.dumps(
                [_USER_ATTRIBUTE + each for each in missing(user.attributes, pool.settings)]
            ),
            "userAttributes": json.dumps({k: v for k, v in readable(user, client).items() if k != "sub"}),
        },
    }


async def _password_verifier(state: State, pool: Pool, client: AppClientSettings, responses: dict[str, str]) -> Reply:
    _require(responses, *_CLAIM)
    name, moment = responses["USERNAME"], parse_timestamp(responses["TIMESTAMP"])
    signature = _signature(responses["PASSWORD_CLAIM_SIGNATURE"])
    check_secret_hash(client, name, responses.get("SECRET_HASH"), ignored_without_secret=True)
    block = responses["PASSWORD_CLAIM_SECRET_BLOCK"]
    known = state.seal.open_secret_block(block)
    if known is None or not _is_for(known, pool, client, name) or state.now().timestamp() >= known["ends"]:
        raise not_authorized("Incorrect username or password.")
    user = None if known["sub"] is None else pool.find_by_sub(known["sub"])
    if user is not None:
        check_status(user)
    is_right = await _proves(state, known, user, pool, block, moment, signature)
    in_time = abs(state.now() - moment) <= _TIMESTAMP_WINDOW
    proven = judge_password(pool, known["user"], user if is_right and in_time else None, state.now())
    return await after_password(state, pool, client, proven)


async def _proves(
    state: State,
    known: dict[str, Any],
    user: User | None,
    pool: Pool,
    block: str,
    moment: datetime,
    signature: bytes,
) -> bool:
    a_public, b, b_public = (int.from_bytes(base64.b64decode(text), "big") for text in known["numbers"])
    if user is not None:
        known_verifier = user.verifier
    else:
        known_verifier = pretended_verifier(state.pretence(pool, known["user"], "verifier"))
    key = await run_sliced(shared_key(known_verifier, a_public, b, b_public), urgent=True)
    # Over the moment as it should be written: a padded day or a wrong weekday was signed otherwise.
    right = claim_signature(key, pool.settings.srp_name, known["user"], base64.b64decode(block), written(moment))
    return hmac.compare_digest(right, signature)


def _is_for(known: dict[str, Any], pool: Pool, client: AppClientSettings, name: str) -> bool:
    """Whether a block was made for this client and user, whom the answer may name as the sign-in did."""
    if known["pool"] != pool.settings.id or known["client"] != client.id:
        return False
    user = pool.find(name)
    return (user.sub == known["sub"]) if user is not None else known["sub"] is None


def _signature(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        pass
    raise invalid_parameter("Invalid PASSWORD_CLAIM_SIGNATURE format. Must be a Base64 string.")


async def _new_password(
    state: State, pool: Pool, client: AppClientSettings, session: str, responses: dict[str, str]
) -> Reply:
    _require(responses, "USERNAME", "NEW_PASSWORD")
    check_secret_hash(client, responses["USERNAME"], responses.get("SECRET_HASH"), ignored_without_secret=True)
    session_id, user = _open_session(state, pool, client, session, responses["USERNAME"])
    check_password(responses["NEW_PASSWORD"], pool.settings.password_policy)
    given = dict(_given_attributes(responses, user))
    check_attributes(given, pool.settings)
    for name in missing({**user.attributes, **given}, pool.settings):
        raise invalid_parameter(f"Invalid attributes given, {name} is missing")
    salt = new_salt()
    steps = verifier(pool.settings.srp_name, user.username, responses["NEW_PASSWORD"], salt)
    new_verifier = await run_sliced(steps, urgent=True)
    _open_session(state, pool, client, session, responses["USERNAME"])
    state.used_sessions.add(session_id)
    user.salt, user.verifier, user.temporary_until = salt, new_verifier, None
    user.attributes.update(given)
    user.status, user.modified = "CONFIRMED", state.now()
    return await signed_in(state, pool, client, user)


def _open_session(state: State, pool: Pool, client: AppClientSettings, session: str, name: str) -> tuple[str, User]:
    known = state.seal.open_session(session)
    user = None if known is None else pool.find_by_sub(known["sub"])
    if known is None or user is None or known["client"] != client.id or pool.find(name) is not user:
        raise not_authorized("Invalid session for the user.")
    if known["id"] in state.used_sessions:
        raise not_authorized("Invalid session for the user, session can only be used once.")
    if state.now().timestamp() >= known["ends"]:
        raise not_authorized("Invalid session for the user, session is expired.")
    check_status(user)
    return known["id"], user


def _given_attributes(responses: dict[str, str], user: User) -> Iterator[tuple[str, str]]:
    for key, value in responses.items():
        name = key.removeprefix(_USER_ATTRIBUTE)
        if name == key:
            continue
        if name in VERIFIED_FLAGS or user.attributes.get(name):
            raise not_authorized(f"Cannot modify an already provided {name}")
        yield name, value


def _require(responses: dict[str, str], *names: str) -> None:
    for name in names:
        if not responses.get(name):
            raise invalid_parameter(f"Missing required parameter {name}")
