"""The steps of a verification: first the form of a token, then its signature, and then its claims."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, NamedTuple

from .._core.errors import CognitoError, ConfigurationError
from .._core.secret import Secret
from .._core.token_errors import InvalidToken, RefusedByCheck, WrongIssuer, WrongSignature
from .claims import AnyClaims, typed_claims
from .key_source import KeySource, unknown_key
from .requirements import Requirements
from .rules import PoolRules
from .token_parts import TokenParts, split_token

# A pool has one header for each of its keys.
_MOST_HEADERS = 64


class Candidate(NamedTuple):
    """A well-formed token of a known issuer."""

    parts: Secret[TokenParts]
    claims: Secret[AnyClaims]
    rules: PoolRules
    source: KeySource

    def wants_keys(self) -> bool:
        """Return whether to fetch keys before the signature is verified."""
        return self.source.wants_fetch(self.parts.reveal().kid)

    async def fetch_keys(self) -> None:
        """Fetch the keys, or wait for a fetch that is running. This does not raise if that fails."""
        await self.source.fetch(Secret(self.parts.reveal().kid))

    async def outcome(self) -> Candidate | CognitoError:
        """Return the error if the user's own check refuses the token, otherwise the token."""
        check = self.rules.check
        if check is None:
            return self
        accepted = check(self.claims.reveal())
        return self._judged(await accepted if inspect.isawaitable(accepted) else accepted)

    def outcome_nowait(self) -> Candidate | CognitoError:
        """Return the same as `outcome`; an error if the check is async."""
        check = self.rules.check
        if check is None:
            return self
        accepted = check(self.claims.reveal())
        if inspect.isawaitable(accepted):
            if inspect.iscoroutine(accepted):
                accepted.close()  # otherwise Python warns that it was never awaited
            return ConfigurationError("verify_nowait cannot wait for an async check: use verify")
        return self._judged(accepted)

    def _judged(self, accepted: object) -> Candidate | CognitoError:
        if accepted is True:
            return self
        if accepted is None or accepted is False:
            return RefusedByCheck("the verifier's own check does not accept the token")
        # Any other value, such as a function that was not called, is a mistake: it says nothing about the token.
        return ConfigurationError(f"check must return True or False, not {type(accepted).__name__}")


class Examiner:
    """Examines tokens by the rules of one or more user pools. The methods return errors, and never raise them.

    Raising would put the parts of a token into tracebacks, as the local variables of these methods. `Requirements` are
    those of one call.
    """

    def __init__(self, rules: Iterable[PoolRules]) -> None:
        self.rules = tuple(rules)
        self.by_issuer = {issuer: (each, source) for each in self.rules for issuer, source in each.sources.items()}
        self._headers: dict[bytes, str] = {}

    async def verify(self, token: Secret[Any], call: Requirements) -> Candidate | CognitoError:
        """Return the verified token or the error. Wait only to fetch keys, and for the user's own check."""
        found: Candidate | CognitoError = self._open(token)
        if isinstance(found, Candidate):
            if found.wants_keys():
                await found.fetch_keys()
            found = self._judge(found, call)
        return await found.outcome() if isinstance(found, Candidate) else found

    def verify_nowait(self, token: Secret[Any], call: Requirements) -> Candidate | CognitoError:
        """Return the same as `verify` if no keys must be fetched for that; otherwise `KeysUnavailable`."""
        found: Candidate | CognitoError = self._open(token)
        if isinstance(found, Candidate):
            found = self._judge(found, call, may_fetch=True)
        return found.outcome_nowait() if isinstance(found, Candidate) else found

    def _open(self, token: Secret[Any]) -> Candidate | InvalidToken:
        """Decode a token, and find the pool that its issuer names. Nothing is verified yet.

        So a malformed token, and one of another issuer, never costs a request for keys.
        """
        parts = split_token(token, self._headers)
        if isinstance(parts, InvalidToken):
            return parts
        claims = typed_claims(parts.reveal().claims)
        if isinstance(claims, InvalidToken):
            return claims
        known = self.by_issuer.get(claims.iss)
        if known is None:
            expected = " or ".join(self.by_issuer)
            return WrongIssuer(f"another user pool or another service has issued the token, not {expected}")
        return Candidate(parts, Secret(claims), *known)

    def _judge(self, found: Candidate, call: Requirements, *, may_fetch: bool = False) -> Candidate | CognitoError:
        """Verify the signature and the claims of a token.

        Args:
            found: the token.
            call: the requirements of this call.
            may_fetch: whether a missing key may be fetched later, so that nothing is known about the token yet.
        """
        parts, source = found.parts.reveal(), found.source
        key = source.find(parts.kid)
        if key is None:
            if source.does_not_exist and any(each.has_keys for each in found.rules.sources.values()):
                return unknown_key()  # the pool does not use this form of its issuer, so the token is a forgery
            return source.unavailable() if may_fetch and source.wants_fetch(parts.kid) else source.error()
        if not key.has_signed(parts.signed, parts.signature):
            return WrongSignature("the signature of the token is wrong")
        if parts.header not in self._headers:  # only genuine ones, so that an attacker cannot fill the table
            if len(self._headers) >= _MOST_HEADERS:
                self._headers.clear()
            self._headers[parts.header] = parts.kid
        return found.rules.broken_by(found.claims.reveal(), call) or found
