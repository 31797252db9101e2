"""Everything that can go wrong, as one tree.

    CognitoError
    ├── ConfigurationError (also ValueError)     bad arguments, before anything is sent
    ├── CredentialsError                         no AWS credentials for an operation that must be signed
    ├── TransportError                           the service said nothing
    │   ├── ConnectFailed                        nothing was sent
    │   ├── CallTimeout                          `timeout` is over
    │   ├── InvalidReply                         something answered that is not the service
    │   └── OutcomeUnknown                       sent, reply lost, not safe to repeat
    ├── StoreError                               the store of sessions could not be used; the session stands
    ├── ServiceError                             the service's answer
    │   ├── NotAuthorizedException, UserNotFoundException, …   its 63 errors under their own names
    │   └── UnknownServiceError                  a code that this version does not know
    ├── ChallengeError
    │   ├── UnexpectedChallenge                  a step that cannot follow the steps so far
    │   └── SrpError                             a malformed or unsafe handshake
    └── SessionError
        ├── NotSignedIn                          this user has no tokens
        ├── NoCurrentUser                        `Auth` has no current user
        └── SessionExpired                       sign in again

Each has `.code .message .status_code .request_id .operation .retry_after .trigger .reason_code`, `None` where
it does not apply; each can be pickled; none holds a secret.
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
    InvalidReply,
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

__all__ = [
    "CallTimeout",
    "ChallengeError",
    "CognitoError",
    "ConfigurationError",
    "ConnectFailed",
    "CredentialsError",
    "InvalidReply",
    "NoCurrentUser",
    "NotSignedIn",
    "OutcomeUnknown",
    "ServiceError",
    "SessionError",
    "SessionExpired",
    "SrpError",
    "StoreError",
    "TransportError",
    "UnexpectedChallenge",
    "UnknownServiceError",
]
__all__ += _service.__all__
__all__.remove("ERRORS")  # noqa: PYI056 - both type checkers know it
set_module(globals(), __all__)
