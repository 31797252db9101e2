"""An async SDK for Amazon Cognito user pools, on asyncio and trio.

Start with `UserPool` for a program that serves many users, or with `Auth` for a program with one user. Then read
`errors` and `challenges`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import challenges, errors
from ._core.hooks import Hooks, ReplyEvent, RequestEvent, RetryEvent
from ._core.options import RetryPolicy, UserContext
from ._core.public_modules import lazy_attributes, set_module
from ._facade.events import AuthEvent, EventStream
from ._facade.pool import Auth, UserPool
from ._facade.services import CognitoIdentity, CognitoIdentityProvider
from ._facade.user.mfa import TotpSetup
from ._facade.user.user import CognitoUser
from ._stores.store import MemoryStore, Record, TokenStore
from ._tokens.device import DeviceSecret

_RESULTS = (
    "AuthFactors",
    "CodeDelivery",
    "Device",
    "MfaPreference",
    "SignOutResult",
    "VerifiedContacts",
)
_SIGN_IN_RESULTS = ("ConfirmSignUpResult", "SignInResult", "SignUpResult")
# Imported on first access, because they import pydantic or most programs do not need them.
_LATER = {
    **dict.fromkeys(_RESULTS, "._facade.results"),
    **dict.fromkeys(_SIGN_IN_RESULTS, "._facade.sign_in.results"),
    **dict.fromkeys(("AccessClaims", "ClientClaims", "IdClaims"), "._verify.claims"),
    "AdminUser": "._facade.admin.results",
    "Bulk": "._facade.admin.bulk",
    "BulkFailure": "._facade.admin.bulk",
    "BulkProgress": "._facade.admin.bulk",
    "FileStore": "._stores.file_store",
    "Group": "._facade.admin.results",
    "RateLimits": "._aws.rate_limits",
    "TokenVerifier": "._verify.verifier",
    "Tokens": "._tokens.tokens",
    "UserPoolAdmin": "._facade.admin.admin",
}

if TYPE_CHECKING:
    from ._aws.rate_limits import RateLimits
    from ._facade.admin.admin import UserPoolAdmin
    from ._facade.admin.bulk import Bulk, BulkFailure, BulkProgress
    from ._facade.admin.results import AdminUser, Group
    from ._facade.results import AuthFactors, CodeDelivery, Device, MfaPreference, SignOutResult, VerifiedContacts
    from ._facade.sign_in.results import ConfirmSignUpResult, SignInResult, SignUpResult
    from ._stores.file_store import FileStore
    from ._tokens.tokens import Tokens
    from ._verify.claims import AccessClaims, ClientClaims, IdClaims
    from ._verify.verifier import TokenVerifier
else:
    __getattr__ = lazy_attributes(globals(), _LATER)

__version__ = "0.1.0"

__all__ = [
    "AccessClaims",
    "AdminUser",
    "Auth",
    "AuthEvent",
    "AuthFactors",
    "Bulk",
    "BulkFailure",
    "BulkProgress",
    "ClientClaims",
    "CodeDelivery",
    "CognitoIdentity",
    "CognitoIdentityProvider",
    "CognitoUser",
    "ConfirmSignUpResult",
    "Device",
    "DeviceSecret",
    "EventStream",
    "FileStore",
    "Group",
    "Hooks",
    "IdClaims",
    "MemoryStore",
    "MfaPreference",
    "RateLimits",
    "Record",
    "ReplyEvent",
    "RequestEvent",
    "RetryEvent",
    "RetryPolicy",
    "SignInResult",
    "SignOutResult",
    "SignUpResult",
    "TokenStore",
    "TokenVerifier",
    "Tokens",
    "TotpSetup",
    "UserContext",
    "UserPool",
    "UserPoolAdmin",
    "VerifiedContacts",
    "challenges",
    "errors",
]


def __dir__() -> list[str]:
    return sorted(__all__)


set_module(globals(), (name for name in __all__ if name not in _LATER))
