"""InitiateAuth: the beginning of a sign-in by each flow."""

from __future__ import annotations

import base64
import hmac
import re
import uuid

from .._crypto.groups import N
from .._ground.arithmetic import run_sliced
from .challenges import after_password
from .records import Pool, User
from .sessions import refresh_by_flow
from .settings import AppClientSettings, AuthFlow
from .srp_server import SALT_BYTES, challenge, pretended_verifier, verifier
from .state import State, check_secret_hash, check_status, judge_password, user_not_found
from .wire import Reply, Request, invalid_parameter

_HEX = "^[0-9a-fA-F]+$"


async def initiate_auth(state: State, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    parameters: dict[str, str] = request.get("AuthParameters", {})
    match request["AuthFlow"]:
        case "USER_SRP_AUTH":
            _check_flow(client, "ALLOW_USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client.")
            return await _by_srp(state, pool, client, parameters)
        case "USER_PASSWORD_AUTH":
            _check_flow(client, "ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client")
            return await _by_password(state, pool, client, parameters)
        case "REFRESH_TOKEN_AUTH" | "REFRESH_TOKEN" as flow:
            _check_flow(client, "ALLOW_REFRESH_TOKEN_AUTH", f"{flow} flow not enabled for this client")
            return await refresh_by_flow(state, pool, client, parameters)
        case "CUSTOM_AUTH":
            raise invalid_parameter("Custom auth lambda trigger is not configured for the user pool.")
        case "USER_AUTH":
            raise invalid_parameter("USER_AUTH is not enabled for the client.")
        case _:
            raise invalid_parameter("Initiate Auth method not supported.")


async def _by_srp(state: State, pool: Pool, client: AppClientSettings, parameters: dict[str, str]) -> Reply:
    name = _parameter(parameters, "USERNAME")
    a_public = _a_public(_parameter(parameters, "SRP_A"))
    check_secret_hash(client, name, parameters.get("SECRET_HASH"))
    user = _find(pool, client, name)
    if user is not None:
        check_status(user)
        user_id, salt, known_verifier = user.username, user.salt, user.verifier
    else:
        user_id, salt, known_verifier = _pretended_user(state, pool, name)
    b, b_public = await run_sliced(challenge(known_verifier), urgent=False)
    secret_block = state.seal.secret_block(
        {
            "pool": pool.settings.id,
            "client": client.id,
            "user": user_id,
            "sub": None if user is None else user.sub,
            "numbers": [_text(number) for number in (a_public, b, b_public)],
            "ends": state.now().timestamp() + client.auth_session_validity,
        }
    )
    # There is no `Session` here: the block that the client sends back is the handle.
    return {
        "ChallengeName": "PASSWORD_VERIFIER",
        "ChallengeParameters": {
            "SALT": salt.hex(),
            "SECRET_BLOCK": secret_block,
            "SRP_B": f"{b_public:x}",
            "USERNAME": user_id,
            "USER_ID_FOR_SRP": user_id,
        },
    }


async def _by_password(state: State, pool: Pool, client: AppClientSettings, parameters: dict[str, str]) -> Reply:
    name, password = _parameter(parameters, "USERNAME"), _parameter(parameters, "PASSWORD")
    check_secret_hash(client, name, parameters.get("SECRET_HASH"))
    user = _find(pool, client, name)
    if user is not None:
        check_status(user)
        user_id, salt, known_verifier = user.username, user.salt, user.verifier
    else:
        user_id, salt, known_verifier = _pretended_user(state, pool, name)
    # Somebody unknown costs the same work, so that time tells nothing.
    given = await run_sliced(verifier(pool.settings.srp_name, user_id, password, salt), urgent=True)
    right = hmac.compare_digest(_text(given), _text(known_verifier))
    proven = judge_password(pool, user_id, user if right else None, state.now())
    return await after_password(state, pool, client, proven)


def _find(pool: Pool, client: AppClientSettings, name: str) -> User | None:
    user = pool.find(name)
    if user is None and client.prevent_user_existence_errors == "LEGACY":
        raise user_not_found()
    return user


def _pretended_user(state: State, pool: Pool, name: str) -> tuple[str, bytes, int]:
    salt = state.pretence(pool, name, "salt")[:SALT_BYTES]
    user_id = str(uuid.UUID(bytes=state.pretence(pool, name, "id")[:16]))
    return user_id, bytes([salt[0] or 1]) + salt[1:], pretended_verifier(state.pretence(pool, user_id, "verifier"))


def _a_public(text: str) -> int:
    if not re.fullmatch(_HEX, text):
        raise invalid_parameter(
            f"1 validation error detected: Value '{text}' at 'sRPA' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {_HEX}"
        )
    # Reduced, so that a long number makes no long block; a client sends it reduced anyway.
    a_public = int(text, 16) % N
    # With A = 0 anybody would know the shared secret.
    if a_public == 0:
        raise invalid_parameter("SRP_A must not be zero modulo N")
    return a_public


def _check_flow(client: AppClientSettings, needed: AuthFlow, message: str) -> None:
    if needed not in client.explicit_auth_flows:
        raise invalid_parameter(message)


def _parameter(parameters: dict[str, str], name: str) -> str:
    if not parameters.get(name):
        raise invalid_parameter(f"Missing required parameter {name}")
    return parameters[name]


def _text(number: int) -> str:
    return base64.b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode()
