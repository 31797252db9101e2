"""The first step of a sign-in by password: who it is, and the challenge to prove the password."""

from __future__ import annotations

import base64
import hmac

from ..._core.arithmetic import run_sliced
from ..accounts.srp_server import SALT_BYTES, challenge, pretended_verifier, verifier
from ..state.entities import Attempt, Pool, User
from ..state.pending_sign_ins import ask
from ..state.service_state import State, check_status, judge_password, user_not_found
from ..state.settings import AppClientSettings
from ..state.triggers import attributes_of, run
from ..wire.replies import Reply


async def find_user(
    state: State, pool: Pool, client: AppClientSettings, name: str, metadata: dict[str, str]
) -> Attempt:
    """An attempt of somebody who exists and may sign in, or of somebody pretended where the client hides that.

    The metadata of a first call is for the trigger before the sign-in, and for none that comes later.
    """
    user = pool.find(name)
    if user is None and client.prevent_user_existence_errors == "LEGACY":
        raise user_not_found()
    attempt = Attempt(pool, client, user, user.username if user is not None else state.pretended_username(pool, name))
    if user is not None:
        check_status(user)
    trigger = pool.settings.triggers.pre_authentication
    if trigger is not None:
        request = {
            "userAttributes": attributes_of(user) if user is not None else {},
            "validationData": metadata,
            **({"userNotFound": True} if user is None else {}),
        }
        source = "PreAuthentication_Authentication"
        await run(trigger, "PreAuthentication", source, pool, client.id, attempt.name, request, {})
    return attempt


async def ask_proof(state: State, attempt: Attempt, a_public: int, *, with_session: bool) -> Reply:
    """PASSWORD_VERIFIER. On its own it has no `Session`: the block that the client sends back is the handle."""
    user = attempt.user
    salt, known_verifier = _secret_of(state, attempt)
    b, b_public = await run_sliced(challenge(known_verifier), urgent=False)
    handshake = a_public, b, b_public
    block = state.seal.secret_block(
        {
            "pool": attempt.pool.settings.id,
            "client": attempt.client.id,
            "user": attempt.name,
            "sub": None if user is None else user.sub,
            "numbers": [to_text(number) for number in handshake],
            "ends": state.now().timestamp() + attempt.client.auth_session_validity,
            "session": with_session,
        }
    )
    parameters = {
        "SALT": salt.hex(),
        "SECRET_BLOCK": block,
        "SRP_B": f"{b_public:x}",
        "USERNAME": attempt.name,
        "USER_ID_FOR_SRP": attempt.name,
    }
    if with_session:
        return ask(state, attempt, "PASSWORD_VERIFIER", parameters, handshake=handshake)
    return {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": parameters}


async def check_plain(state: State, attempt: Attempt, password: str) -> User:
    """The user, if this is the password. Somebody unknown costs the same work, so that time tells nothing."""
    salt, known_verifier = _secret_of(state, attempt)
    steps = verifier(attempt.pool.settings.srp_name, attempt.name, password, salt)
    given = await run_sliced(steps, urgent=True)
    has_password = attempt.user is not None and attempt.user.verifier is not None
    right = hmac.compare_digest(to_text(given), to_text(known_verifier)) and has_password
    return judge_password(attempt.pool, attempt.name, attempt.user if right else None, state.now())


def verifier_of(state: State, pool: Pool, user: User | None, name: str) -> int:
    """A user's verifier; a pretended one for who does not exist or has no password."""
    if user is not None and user.verifier is not None:
        return user.verifier
    return pretended_verifier(state.pretence(pool, name, "verifier"))


def _secret_of(state: State, attempt: Attempt) -> tuple[bytes, int]:
    user, pool = attempt.user, attempt.pool
    known_verifier = verifier_of(state, pool, user, attempt.name)
    if user is not None and user.verifier is not None:
        return user.salt, known_verifier
    salt = state.pretence(pool, attempt.name, "salt")[:SALT_BYTES]
    return bytes([salt[0] or 1]) + salt[1:], known_verifier


def to_text(number: int) -> str:
    return base64.b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode()
