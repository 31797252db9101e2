"""Tokens with any claims, for tests of a program that accepts some tokens and refuses others."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import uuid4

from .._core.errors import ConfigurationError
from .._local.service import LocalService
from .._local.settings.client import AppClientSettings
from .._local.settings.pool import PoolSettings
from .._local.state.signing_keys import SigningKey, foreign_key
from .._local.tokens.access_tokens import SCOPE
from .pool_users import PoolUser


class TokenSigner:
    """Use this to make a token that your program has to accept, or one that it has to refuse.

    `local.sign_token` is such an object. `local.sign_token(user)` returns a new access token of a user, with the claims
    of `user.access_token`. With `token_use="id"`, it returns an ID token. Without a user, the token names a
    user that the pool does not know. A verifier of the pool accepts it.

    Other arguments replace claims: `scope="orders/read"`, `**{"cognito:groups": ["editors"]}`. `None` removes a claim.
    """

    def __init__(self, service: LocalService, pool: PoolSettings, client: AppClientSettings) -> None:
        self._service = service
        self._pool = pool
        self._client = client

    def __call__(self, user: PoolUser | None = None, /, **claims: Any) -> str:
        """Return a token that is valid, unless you replace or remove a claim that it needs."""
        return self._key(claims).sign(self._claims(user, claims))

    def expired(self, user: PoolUser | None = None, /, **claims: Any) -> str:
        """Return a token that was valid until a second ago."""
        now = self._now()
        return self(user, **{"auth_time": now - 3601, "iat": now - 3601, "exp": now - 1, **claims})

    def foreign_key(self, user: PoolUser | None = None, /, **claims: Any) -> str:
        """Return a token with a wrong signature: it names a key of the pool, but another key has signed it."""
        forged = SigningKey(self._key(claims).kid, foreign_key().private)
        return forged.sign(self._claims(user, claims))

    def other_pool(self, user: PoolUser | None = None, /, **claims: Any) -> str:
        """Return a token that another user pool has issued with its own keys."""
        return foreign_key().sign(self._claims(user, {"iss": f"{self._pool.issuer}Other", **claims}))

    def unsigned(self, user: PoolUser | None = None, /, **claims: Any) -> str:
        """Return a token without a signature, with the algorithm `none`."""
        parts = ({"alg": "none", "kid": self._key(claims).kid}, self._claims(user, claims))
        return "".join(f"{_base64url(json.dumps(part).encode())}." for part in parts)

    def _key(self, claims: dict[str, Any]) -> SigningKey:
        keys = self._service.signing_keys(self._pool.id)
        return keys.id if claims.get("token_use") == "id" else keys.access

    def _claims(self, user: PoolUser | None, claims: dict[str, Any]) -> dict[str, Any]:
        """Return the claims of a new token, with the replaced ones."""
        if user is not None and not isinstance(user, PoolUser):
            raise ConfigurationError("user must be a PoolUser, from make_user")
        if user is not None and not user.is_of(self._service):
            raise ConfigurationError("user must be a user of this pool")
        is_id = claims.get("token_use") == "id"
        known = self._invented(is_id=is_id) if user is None else _claims_of(user, is_id=is_id)
        now = self._now()
        lasts = self._client.id_token_validity if is_id else self._client.access_token_validity
        known |= {"auth_time": now, "iat": now, "exp": now + lasts, "jti": str(uuid4()), **claims}
        return {name: value for name, value in known.items() if value is not None}

    def _invented(self, *, is_id: bool) -> dict[str, Any]:
        ids = {name: str(uuid4()) for name in ("sub", "event_id", "origin_jti")}
        common = {**ids, "iss": self._pool.issuer}
        if is_id:
            return {**common, "aud": self._client.id, "token_use": "id", "cognito:username": ids["sub"]}
        access = {"client_id": self._client.id, "token_use": "access", "scope": SCOPE, "username": ids["sub"]}
        return {**common, **access}

    def _now(self) -> int:
        return int(self._service.clock.now().timestamp())


def _claims_of(user: PoolUser, *, is_id: bool) -> dict[str, Any]:
    return user.tokens.unverified_id_claims if is_id else user.tokens.unverified_access_claims


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
