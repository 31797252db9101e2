"""The first step of a sign-in by password: who it is, and the challenge to prove the password."""

from __future__ import annotations

import base64
import hmac

from ..._core.arithmetic import run_sliced
from ..accounts.srp_server import SALT_BYTES, challenge, pretended_verifier, verifier
from ..state.entities import PendingSignIn, Pool, User
from ..state.pending_sign_ins import issue_challenge
from ..state.service_state import ServiceState, check_status, count_password_attempt
from ..state.settings import AppClientSettings
from ..state.triggers import attributes_of, run
from ..wire.refusals import user_not_found
from ..wire.replies import Reply


async def find_user(
    state: ServiceState, pool: Pool, client: AppClientSettings, name: str, metadata: dict[str, str]
) -> PendingSignIn:
    """An attempt of somebody who exists and may sign in, or of somebody pretended where the client hides that.

    The metadata of a first call is for the trigger before the sign-in, and for none that comes later.
    """
    user = pool.find(name)
    if user is None and client.prevent_user_existence_errors == "LEGACY":
        raise user_not_found()
    pending = PendingSignIn(
        pool, client, user, user.username if user is not None else state.pretended_username(pool, name)
    )
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
        await run(trigger, "PreAuthentication", source, pool, client.id, pending.name, request, {})
    return pending


async def issue_password_verifier(
    state: ServiceState, pending: PendingSignIn, a_public: int, *, with_session: bool
) -> Reply:
    """PASSWORD_VERIFIER. On its own it has no `Session`: the block that the client sends back is the handle."""
    user = pending.user
    salt, known_verifier = _secret_of(state, pending)
    b, b_public = await run_sliced(challenge(known_verifier), urgent=False)
    handshake = a_public, b, b_public
    block = state.opaque_tokens.secret_block(
        {
            "pool": pending.pool.settings.id,
            "client": pending.client.id,
            "user": pending.name,
            "sub": None if user is None else user.sub,
            "numbers": [to_text(number) for number in handshake],
            "ends": state.now().timestamp() + pending.client.auth_session_validity,
            "session": with_session,
        }
    )
    parameters = {
        "SALT": salt.hex(),
        "SECRET_BLOCK": block,
        "SRP_B": f"{b_public:x}",
        "USERNAME": pending.name,
        "USER_ID_FOR_SRP": pending.name,
    }
    if with_session:
        return issue_challenge(state, pending, "PASSWORD_VERIFIER", parameters, handshake=handshake)
    return {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": parameters}


async def check_plain_password(state: ServiceState, pending: PendingSignIn, password: str) -> User:
    """The user, if this is the password. Somebody unknown costs the same work, so that time tells nothing."""
    salt, known_verifier = _secret_of(state, pending)
    steps = verifier(pending.pool.settings.srp_name, pending.name, password, salt)
    given = await run_sliced(steps, urgent=True)
    has_password = pending.user is not None and pending.user.verifier is not None
    right = hmac.compare_digest(to_text(given), to_text(known_verifier)) and has_password
    return count_password_attempt(pending.pool, pending.name, pending.user if right else None, state.now())


def verifier_of(state: ServiceState, pool: Pool, user: User | None, name: str) -> int:
    """A user's verifier; a pretended one for who does not exist or has no password."""
    if user is not None and user.verifier is not None:
        return user.verifier
    return pretended_verifier(state.pretended_bytes(pool, name, "verifier"))


def _secret_of(state: ServiceState, pending: PendingSignIn) -> tuple[bytes, int]:
    user, pool = pending.user, pending.pool
    known_verifier = verifier_of(state, pool, user, pending.name)
    if user is not None and user.verifier is not None:
        return user.salt, known_verifier
    salt = state.pretended_bytes(pool, pending.name, "salt")[:SALT_BYTES]
    return bytes([salt[0] or 1]) + salt[1:], known_verifier


def to_text(number: int) -> str:
    return base64.b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode()
