"""RevokeToken and GlobalSignOut."""

from __future__ import annotations

from ..state.checks import fault_of_client_secret
from ..state.service_state import ServiceState
from ..wire.refusals import Refusal
from ..wire.replies import Reply
from ..wire.requests import Request
from .access_tokens import owner_of_live_token, unverified_claims


async def revoke_token(state: ServiceState, request: Request) -> Reply:
    """Revoke the family of a refresh token. As in RFC 7009, unknown and revoked tokens are ignored."""
    try:
        pool, client = state.client(request["ClientId"])
    except Refusal:
        raise Refusal("UnauthorizedException", "Invalid client.") from None
    fault = fault_of_client_secret(client, request.get("ClientSecret"))
    if fault is not None:
        raise Refusal("UnauthorizedException", fault)
    if not client.enable_token_revocation:
        raise Refusal("UnsupportedOperationException", "Token revocation is not enabled for the client.")
    if unverified_claims(request["Token"]) is not None:
        raise Refusal("UnsupportedTokenTypeException", "Only refresh tokens can be revoked.")
    known = state.opaque_tokens.open_refresh_token(request["Token"])
    if known is not None and known["client"] != client.id:
        raise Refusal("UnauthorizedException", "The token was issued to another client.")
    if known is not None:
        pool.token_families.pop(known["event"], None)
    return {}


async def global_sign_out(state: ServiceState, request: Request) -> Reply:
    pool, _, user = await owner_of_live_token(state, request["AccessToken"])
    pool.revoke_tokens(user)
    return {}
