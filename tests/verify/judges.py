"""Verifiers that others wrote. Each makes the same checks of claims as ours."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import joserfc.jwk
import joserfc.jws
import joserfc.jwt
import jwt
from joserfc.errors import JoseError

from .agreement import Claims
from .making import CLIENT_ID, ISSUER, UPDATED_ISSUER, pool_keys
from .mutations import Use

Judge = Callable[[str, Use], Claims | None]
_ISSUERS = [ISSUER, UPDATED_ISSUER]
# Errors that these libraries raise for some malformed tokens, besides their own.
_CRASHES = (AttributeError, KeyError, TypeError, ValueError, RecursionError)


def by_pyjwt(token: str, use: Use) -> Claims | None:
    try:
        key = _pyjwt_keys()[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=_ISSUERS,
            options={"require": ["exp", "iss", "sub", "token_use"], "verify_aud": False, "verify_iat": False},
        )
    except (jwt.PyJWTError, *_CRASHES):
        return None
    return claims if _fits(claims, use) else None


def by_joserfc(token: str, use: Use) -> Claims | None:
    registry = joserfc.jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)
    registry.max_header_length = registry.max_payload_length = 1_000_000
    try:
        decoded = joserfc.jwt.decode(token, _joserfc_keys(), registry=registry)
        _Registry(
            iss={"essential": True, "values": _ISSUERS},
            exp={"essential": True},
            sub={"essential": True, "allow_blank": True},
        ).validate(decoded.claims)
    except (JoseError, *_CRASHES):
        return None
    return decoded.claims if _fits(decoded.claims, use) else None


JUDGES: dict[str, Judge] = {"PyJWT": by_pyjwt, "joserfc": by_joserfc}


class _Registry(joserfc.jwt.JWTClaimsRegistry):
    def validate_iat(self, value: object) -> None:
        """Do not refuse a token from the future, as we do not either: its issuer's clock may be wrong."""


def _fits(claims: Claims, use: Use) -> bool:
    return claims.get("token_use") == use and claims.get("client_id" if use == "access" else "aud") == CLIENT_ID


@functools.cache
def _pyjwt_keys() -> jwt.PyJWKSet:
    return jwt.PyJWKSet.from_dict(pool_keys().jwks)


@functools.cache
def _joserfc_keys() -> joserfc.jwk.KeySet:
    found: Any = pool_keys().jwks
    return joserfc.jwk.KeySet.import_key_set(found)
