"""The errors of this package, as one tree.

    CognitoError
    ├── ConfigurationError (also ValueError)     bad arguments, before anything is sent
    ├── CredentialsError                         no AWS credentials for an operation that must be signed
    ├── TransportError                           no valid reply from the service
    │   ├── ConnectFailed                        nothing was sent
    │   ├── CallTimeout                          `timeout` has expired
    │   ├── InvalidReply                         the reply is not a valid one of the service
    │   ├── OutcomeUnknown                       sent, reply lost, not safe to repeat
    │   └── KeysUnavailable                      no keys to verify a token with: answer 503
    ├── InvalidToken                             a verifier refuses a token: answer 401
    │   ├── MalformedToken, WrongAlgorithm       it is not a token of Cognito
    │   ├── UnknownKey, WrongSignature           it is not genuine
    │   ├── WrongIssuer, WrongTokenUse, WrongClient, WrongAudience   it is meant for something else
    │   ├── TokenExpired, TokenNotYetValid       its time is over, or has not come
    │   ├── MissingPermission                    it is genuine, and does not allow this: answer 403
    │   │   └── MissingScope, MissingGroup
    │   ├── InsufficientAuthentication           step up first
    │   ├── WrongAccessToken, WrongNonce         an ID token of another sign-in
    │   └── RefusedByCheck                       your own check refuses it
    ├── StoreError                               the token store failed; the session stays valid
    ├── DecryptionFailed                         the code in an event of a custom sender cannot be decrypted
    ├── ServiceError                             the service replied with an error
    │   ├── NotAuthorizedException, UserNotFoundException, …   the service's 64 errors, under its names
    │   └── UnknownServiceError                  a code that this version does not know
    ├── ChallengeError
    │   ├── UnexpectedChallenge                  a step that cannot follow the previous steps
    │   └── SrpError                             a malformed or unsafe handshake
    └── SessionError
        ├── NotSignedIn                          this user has no tokens
        ├── NoCurrentUser                        `Auth` has no current user
        └── SessionExpired                       sign in again

Every error has the attributes of `CognitoError`, such as `code`, `message` and `request_id`. An attribute that does not
apply is `None`. Errors can be pickled, and never contain a secret.
"""

from __future__ import annotations

from ._aws._generated import errors as _service
from ._aws._generated.errors import *  # noqa: F403 - the generated module lists its names
from ._core.errors import (
    CallTimeout,
    ChallengeError,
    CognitoError,
    ConfigurationError,
    ConnectFailed,
    CredentialsError,
    DecryptionFailed,
    InvalidReply,
    KeysUnavailable,
    NoCurrentUser,
    NotSignedIn,
    OutcomeUnknown,
    ServiceError,
    SessionError,
    SessionExpired,
    SrpError,
    StoreError,
    TransportError,
    UnexpectedChallenge,
    UnknownServiceError,
)
from ._core.public_modules import set_module
from ._core.token_errors import (
    InsufficientAuthentication,
    InvalidToken,
    MalformedToken,
    MissingGroup,
    MissingPermission,
    MissingScope,
    RefusedByCheck,
    TokenExpired,
    TokenNotYetValid,
    UnknownKey,
    WrongAccessToken,
    WrongAlgorithm,
    WrongAudience,
    WrongClient,
    WrongIssuer,
    WrongNonce,
    WrongSignature,
    WrongTokenUse,
)

__all__ = [
    "CallTimeout",
    "ChallengeError",
    "CognitoError",
    "ConfigurationError",
    "ConnectFailed",
    "CredentialsError",
    "DecryptionFailed",
    "InsufficientAuthentication",
    "InvalidReply",
    "InvalidToken",
    "KeysUnavailable",
    "MalformedToken",
    "MissingGroup",
    "MissingPermission",
    "MissingScope",
    "NoCurrentUser",
    "NotSignedIn",
    "OutcomeUnknown",
    "RefusedByCheck",
    "ServiceError",
    "SessionError",
    "SessionExpired",
    "SrpError",
    "StoreError",
    "TokenExpired",
    "TokenNotYetValid",
    "TransportError",
    "UnexpectedChallenge",
    "UnknownKey",
    "UnknownServiceError",
    "WrongAccessToken",
    "WrongAlgorithm",
    "WrongAudience",
    "WrongClient",
    "WrongIssuer",
    "WrongNonce",
    "WrongSignature",
    "WrongTokenUse",
]
__all__ += _service.__all__
__all__.remove("ERRORS")  # noqa: PYI056 - both type checkers know it
set_module(globals(), __all__)


def __dir__() -> list[str]:
    return sorted(__all__)
