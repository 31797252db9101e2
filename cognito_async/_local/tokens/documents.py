"""The public documents of a pool, with which other programs verify its tokens."""

from __future__ import annotations

from ..state.pools import Pool
from ..wire.replies import Reply


async def jwks(pool: Pool) -> Reply:
    return await pool.keys.jwks()


async def openid_configuration(pool: Pool) -> Reply:
    """Return the OpenID Connect document. It omits the addresses of sign-in pages, because a local pool has none."""
    issuer = pool.settings.issuer
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }
