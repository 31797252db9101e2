"""The errors of tokens that a verifier refuses. Their messages contain no part of the token."""

from __future__ import annotations

from .errors import CognitoError


class InvalidToken(CognitoError):
    """Base of the errors of a token that must not be trusted. Answer a request with such a token with 401.

    `reason` is the cause as one word, for metrics and logs. The sender of the token should not learn it.
    """


class MalformedToken(InvalidToken):
    """Raised when a string is not a token of Cognito: it has another form, or a claim of the wrong type.

    `reason` is one of `"type"`, `"size"`, `"parts"`, `"encoding"`, `"json"`, `"duplicate"`, `"header"` and `"claim"`.
    """

    reason = "json"


class WrongAlgorithm(InvalidToken):
    """Raised when a token is not signed with RS256, or asks for an extension of the signature (`crit`).

    `reason` is `"algorithm"` or `"crit"`.
    """

    reason = "algorithm"


class UnknownKey(InvalidToken):
    """Raised when the user pool has no key with the id (`kid`) that the token names."""

    reason = "key"


class WrongSignature(InvalidToken):
    """Raised when the signature is wrong: the token was changed, or it is a forgery."""

    reason = "signature"


class WrongIssuer(InvalidToken):
    """Raised when another user pool, or another service, has issued the token (`iss`)."""

    reason = "issuer"


class WrongTokenUse(InvalidToken):
    """Raised when an access token was expected and an ID token came, or the other way round (`token_use`)."""

    reason = "token_use"


class WrongClient(InvalidToken):
    """Raised when the token was issued to another app client (`client_id`, or `aud` of an ID token)."""

    reason = "client"


class TokenExpired(InvalidToken):
    """Raised when a token is valid except for its age (`exp`). Its sender should refresh it."""

    reason = "expired"


class TokenNotYetValid(InvalidToken):
    """Raised when the token says that it is not valid yet (`nbf`). Cognito issues no such tokens."""

    reason = "not_yet_valid"


class WrongAudience(InvalidToken):
    """Raised when the access token was not issued for the resource that was asked for (`aud`)."""

    reason = "audience"


class MissingPermission(InvalidToken):
    """Base of the errors of a genuine token that does not allow what it was sent for. Answer with 403."""


class MissingScope(MissingPermission):
    """Raised when the access token lacks a required scope (`scope`). `required` has the scopes that it must have."""

    reason = "scope"


class MissingGroup(MissingPermission):
    """Raised when the user is in another group than the allowed ones, or not in a group (`cognito:groups`).

    `required` has the allowed groups.
    """

    reason = "group"


class InsufficientAuthentication(InvalidToken):
    """Raised when the user must authenticate more strongly first: step up, then send the new token (`acr`).

    `required` has the accepted levels, for `step_up`.
    """

    reason = "acr"


class WrongAccessToken(InvalidToken):
    """Raised when an ID token was not issued together with this access token (`at_hash`)."""

    reason = "at_hash"


class WrongNonce(InvalidToken):
    """Raised when an ID token was not issued for this sign-in (`nonce`)."""

    reason = "nonce"


class RefusedByCheck(InvalidToken):
    """Raised when the verifier's own `check` function does not accept the token."""

    reason = "check"
