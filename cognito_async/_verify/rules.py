"""The rules of one user pool for its tokens: issuers with their keys, app clients, the kind of token, times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from .._core.token_errors import InvalidToken, TokenExpired, TokenNotYetValid, WrongClient, WrongTokenUse
from .claims import AnyClaims
from .key_source import KeySource
from .options import Check
from .requirements import NOTHING, Requirements


class PoolRules(NamedTuple):
    """The rules for the tokens of one user pool.

    Attributes:
        sources: the keys of each issuer.
        clients: the app clients whose tokens are accepted; `None` for all.
        token_use: `"access"`, `"id"`, or `None` for both.
        leeway: seconds by which the clocks of the service and of this machine may differ.
        requirements: the requirements for all tokens.
        check: the user's own check.
        now: returns the current time.
    """

    sources: Mapping[str, KeySource]
    clients: frozenset[str] | None
    token_use: str | None
    leeway: float
    requirements: Requirements
    check: Check | None
    now: Callable[[], datetime]

    def broken_by(self, claims: AnyClaims, call: Requirements) -> InvalidToken | None:
        """Return the error of the first rule that these claims break. Their signature and issuer are right.

        `call`: the additional requirements of this call.
        """
        if self.token_use is not None and claims.token_use != self.token_use:
            return WrongTokenUse(f"the token is an {claims.token_use} token, not an {self.token_use} token")
        if self.clients is not None and claims.client_id not in self.clients:
            return WrongClient(f"the token was issued to another app client than {' or '.join(sorted(self.clients))}")
        now = self.now().timestamp()
        if now >= claims.exp + self.leeway:
            return TokenExpired("the token has expired")
        if claims.nbf is not None and now < claims.nbf - self.leeway:
            return TokenNotYetValid("the token is not valid yet")
        unmet = None if self.requirements is NOTHING else self.requirements.unmet_by(claims)
        return unmet or (None if call is NOTHING else call.unmet_by(claims))
