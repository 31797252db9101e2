"""InitiateAuth: the first call of a sign-in, for each flow."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..accounts.migration import migrate
from ..accounts.password_verifiers import check_plain_password
from ..settings.client import AppClientSettings, AuthFlow
from ..state.callers import Caller
from ..state.checks import check_secret_hash
from ..state.pending_sign_ins import PendingSignIn, auth_round
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..state.sign_in_sessions import CONFIRMED, answering, find_session
from ..tokens.access_tokens import grant_of_access_token
from ..tokens.refresh import refresh_by_flow
from ..wire.refusals import invalid_parameter, not_authorized
from ..wire.replies import Reply
from ..wire.requests import Request
from . import choice, custom_auth
from .completion import set_named_device
from .next_step import after_first_factor
from .password_challenge import begin_sign_in, issue_password_verifier
from .srp_proof import parse_a

# Maps each flow to the setting that allows it for a client, and to the message for clients without this setting.
Flows = dict[str, tuple[AuthFlow, str]]
COMMON_FLOWS: Flows = {
    "USER_SRP_AUTH": ("ALLOW_USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client."),
    "CUSTOM_AUTH": ("ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH is not enabled for the client."),
    "USER_AUTH": ("ALLOW_USER_AUTH", "USER_AUTH is not enabled for the client."),
    "REFRESH_TOKEN_AUTH": ("ALLOW_REFRESH_TOKEN_AUTH", "REFRESH_TOKEN_AUTH flow not enabled for this client"),
    "REFRESH_TOKEN": ("ALLOW_REFRESH_TOKEN_AUTH", "REFRESH_TOKEN flow not enabled for this client"),
}
_FLOWS: Flows = {
    **COMMON_FLOWS,
    "USER_PASSWORD_AUTH": ("ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client"),
}


@dataclass(frozen=True, slots=True)
class _Start:
    """The first request of a sign-in."""

    pool: Pool
    client: AppClientSettings
    name: str
    parameters: dict[str, str] = field(repr=False)
    metadata: dict[str, str] = field(repr=False)

    def require(self, name: str) -> str:
        return _parameter(self.parameters, name)

    async def begin(self, state: ServiceState) -> PendingSignIn:
        check_secret_hash(self.client, self.name, self.parameters.get("SECRET_HASH"))
        return await begin_sign_in(state, self.pool, self.client, self.name, self.metadata)


async def initiate_auth(state: ServiceState, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    return await initiate(state, pool, client, request, _FLOWS)


async def initiate(state: ServiceState, pool: Pool, client: AppClientSettings, request: Request, flows: Flows) -> Reply:
    """Begin a sign-in with one of these flows."""
    parameters: dict[str, str] = request.get("AuthParameters", {})
    metadata: dict[str, str] = request.get("ClientMetadata", {})
    flow = request["AuthFlow"]
    if flow not in flows:
        raise invalid_parameter("Initiate Auth method not supported.")
    needed, message = flows[flow]
    if needed not in client.allowed_flows:
        raise invalid_parameter(message)
    if needed == "ALLOW_REFRESH_TOKEN_AUTH":
        return await refresh_by_flow(state, pool, client, parameters)
    start = _Start(pool, client, _parameter(parameters, "USERNAME"), parameters, metadata)
    match flow:
        case "USER_SRP_AUTH":
            a_public = parse_a(start.require("SRP_A"))
            pending, device_key = await start.begin(state), parameters.get("DEVICE_KEY")
            return await issue_password_verifier(state, pending, a_public, with_session=False, device_key=device_key)
        case "USER_PASSWORD_AUTH" | "ADMIN_USER_PASSWORD_AUTH" | "ADMIN_NO_SRP_AUTH":
            return await _by_password(state, start)
        case "CUSTOM_AUTH":
            return await _by_triggers(state, start)
        case _:
            return await _by_choice(state, start, request.get("Session"))


async def _by_password(state: ServiceState, start: _Start) -> Reply:
    password = start.require("PASSWORD")
    check_secret_hash(start.client, start.name, start.parameters.get("SECRET_HASH"))
    if start.pool.find(start.name) is None:
        caller = Caller(start.pool, start.client.id, start.metadata)
        await migrate(state, caller, start.client, start.name, password)
    pending = await start.begin(state)
    user = await check_plain_password(state, pending.pool, pending.name, pending.user, password)
    set_named_device(pending, start.parameters.get("DEVICE_KEY"))
    pending.proven = ("pwd",)
    return await after_first_factor(state, pending, user)


async def _by_triggers(state: ServiceState, start: _Start) -> Reply:
    if not start.pool.settings.triggers.has_custom_auth:
        raise invalid_parameter("Custom auth lambda trigger is not configured for the user pool.")
    pending = await start.begin(state)
    set_named_device(pending, start.parameters.get("DEVICE_KEY"))
    pending.rounds = []
    if start.parameters.get("CHALLENGE_NAME") == "SRP_A":
        pending.srp_a = parse_a(start.require("SRP_A"))
        pending.rounds = [auth_round("SRP_A", succeeded=True)]
    return await custom_auth.next_round(state, pending)


async def _by_choice(state: ServiceState, start: _Start, session: str | None) -> Reply:
    pending = await start.begin(state)
    set_named_device(pending, start.parameters.get("DEVICE_KEY"))
    if session is not None:
        signed_up = find_session(state, session, start.client.id, CONFIRMED)
        if pending.user is None or signed_up.user is not pending.user:
            raise not_authorized("Invalid session for the user.")
        with answering(signed_up):
            return await choice.after_sign_up(state, pending)
    if await _steps_up(state, pending, start.parameters):
        return await choice.step_up(state, pending)
    return await choice.begin(state, pending, start.parameters)


async def _steps_up(state: ServiceState, pending: PendingSignIn, parameters: dict[str, str]) -> bool:
    """Return whether an access token proves a recent first factor. In any case, store the requested level.

    The local pool does not check levels: it puts the first requested one into the tokens.
    """
    levels = parameters.get("TARGET_ACR_VALUES", "").split()
    pending.acr = levels[0] if levels else None
    token = parameters.get("ACCESS_TOKEN")
    if token is None:
        return False
    if not levels:
        raise invalid_parameter("ACCESS_TOKEN requires TARGET_ACR_VALUES")
    grant = await grant_of_access_token(state, token)
    if grant.user is not pending.user or grant.family.client_id != pending.client.id:
        raise not_authorized("Access Token does not belong to the user")
    age = int(state.now().timestamp()) - grant.family.auth_time
    if "MAX_AGE" in parameters and age > _seconds(parameters["MAX_AGE"]):
        return False
    if grant.user.status != "CONFIRMED":  # only the temporary password allows to set a new one
        return False
    pending.proven = ("pwd",)
    return True


def _parameter(parameters: dict[str, str], name: str) -> str:
    if not parameters.get(name):
        raise invalid_parameter(f"Missing required parameter {name}")
    return parameters[name]


def _seconds(text: str) -> int:
    # Python refuses to convert thousands of digits.
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise invalid_parameter("MAX_AGE must be a number of seconds")
    return int(text)
