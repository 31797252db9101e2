"""The first step of a sign-in: the user, and the challenge to prove the password by SRP."""

from __future__ import annotations

from ..._core.concurrency.arithmetic import run_sliced
from ..._triggers.authentication import PreAuthentication, PreAuthenticationRequest
from ..accounts.password_verifiers import number_to_text, salt_and_verifier
from ..accounts.srp_server import challenge
from ..settings.client import AppClientSettings
from ..state.attributes import trigger_attributes
from ..state.checks import check_status, hides_unknown_users, user_not_found_flag
from ..state.pending_sign_ins import PendingSignIn
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..state.sign_in_sessions import issue_challenge
from ..state.unknown_users import fake_username
from ..triggers.calls import fire
from ..wire.refusals import user_not_found
from ..wire.replies import Reply

# As long as a `sub`, so that the SECRET_BLOCK of an unknown user is as long as that of a known one.
NO_SUB = " " * 36


async def begin_sign_in(
    state: ServiceState, pool: Pool, client: AppClientSettings, name: str, metadata: dict[str, str]
) -> PendingSignIn:
    """Begin the sign-in of a user who may sign in. If the client hides unknown users, begin one for every name.

    The metadata of the first call goes to the pre-authentication trigger only, not to later triggers.
    """
    user = pool.find(name)
    if not hides_unknown_users(client):
        if user is None:
            raise user_not_found()
        check_status(user)
    # Make the fake one for every user, because its time would reveal that the user is unknown.
    fake = fake_username(state, pool, name)
    username = user.username if user is not None else fake
    request = PreAuthenticationRequest(
        user_attributes=trigger_attributes(user) if user is not None else {},
        validation_data=metadata,
        user_not_found=user_not_found_flag(client, user),
    )
    event = PreAuthentication(user_name=username, trigger_source="PreAuthentication_Authentication", request=request)
    await fire(state, pool.origin(client.id), event)
    return PendingSignIn(pool, client, user, username, name)


async def issue_password_verifier(
    state: ServiceState, pending: PendingSignIn, a_public: int, *, with_session: bool, device_key: str | None = None
) -> Reply:
    """Issue PASSWORD_VERIFIER. Without a `Session`, the SECRET_BLOCK alone identifies the sign-in later.

    `device_key` is the device that the first call named. It is used unless the answer names one too.
    """
    user = pending.user
    salt, known_verifier = salt_and_verifier(state, pending.pool, pending.name, user)
    b, b_public = await run_sliced(challenge(known_verifier), urgent=False)
    handshake = a_public, b, b_public
    block = state.opaque_tokens.secret_block(
        {
            "pool": pending.pool.settings.id,
            "client": pending.client.id,
            "user": pending.name,
            "sub": NO_SUB if user is None else user.sub,
            "numbers": [number_to_text(number) for number in handshake],
            "ends": state.now().timestamp() + pending.client.auth_session_validity,
            "session": with_session,
            "device": device_key,
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
