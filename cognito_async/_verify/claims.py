"""The typed claims of verified tokens, which `TokenVerifier.verify` returns.

The annotations are not postponed: pydantic would look for their names in the public module, which lacks them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, TypeAlias, cast

from .._core.outside import EARLIEST, time_of
from .._core.secret import Secret, opened
from .._core.token_errors import InvalidToken, MalformedToken, WrongTokenUse
from .claim_types import (
    FLAG,
    INTEGER,
    INTEGER_OR_TEXT,
    OBJECTS,
    SECONDS,
    TEXT,
    TEXT_OR_OBJECT,
    TEXT_OR_TEXTS,
    TEXTS,
    WORDS,
    ClaimTable,
    read_claims,
)
from .event_claims import claims_of_event


@dataclass(frozen=True, kw_only=True)
class _Claims:
    """The claims that all tokens have. `repr` shows the names, the groups and the scopes only.

    Times are whole seconds since 1970, as in the token.
    """

    sub: str
    iss: str = field(repr=False)
    exp: int = field(repr=False)
    nbf: int | None = field(default=None, repr=False)
    iat: int | None = field(default=None, repr=False)
    auth_time: int | None = field(default=None, repr=False)
    jti: str | None = field(default=None, repr=False)
    origin_jti: str | None = field(default=None, repr=False)
    event_id: str | None = field(default=None, repr=False)
    acr: str | None = field(default=None, repr=False)
    amr: tuple[str, ...] = field(default=(), repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False, hash=False)

    @property
    def expires_at(self) -> datetime:
        """The expiry, an aware datetime in UTC."""
        return time_of(self.exp) or EARLIEST  # a verified `exp` is a time


@dataclass(frozen=True, kw_only=True)
class AccessClaims(_Claims):
    """The claims of a user's access token: the user, the app client, and the permissions of the call.

    Attributes:
        sub: the user's permanent id. Use it as the key of your data.
        username: the user's name in the pool.
        client_id: the app client that has signed the user in.
        scopes: the claim `scope`; a sign-in without a browser has `aws.cognito.signin.user.admin` only.
        groups: the claim `cognito:groups`; empty if the user is in no group.
        aud: the resource that the token was issued for, if one was asked for.
        device_key: the remembered device of the sign-in.
        version: 2 in tokens of the OAuth endpoints.
        acr, amr: how strongly the user has authenticated, after a step-up.
        exp, iat, auth_time: expiry, issue, and the sign-in itself, in seconds since 1970.
        jti, origin_jti, event_id: ids of the token, of its session, and of the sign-in.
        iss: the issuer, which names the user pool.
        extra: the other claims, such as those that a Lambda trigger has added, under their names in the token.
    """

    token_use: ClassVar[Literal["access"]] = "access"  # noqa: S105

    username: str
    client_id: str
    scopes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    aud: tuple[str, ...] = field(default=(), repr=False)
    device_key: str | None = field(default=None, repr=False)
    version: int | None = field(default=None, repr=False)

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "AccessClaims":
        """Return the claims that API Gateway has verified, from the event that it passes to a Lambda function.

        It reads the events of HTTP APIs with a JWT authorizer, and of REST APIs with a Cognito authorizer. It does not
        verify the claims, so use it only in a function that only API Gateway can call. API Gateway converts all claims
        to text, and joins groups with commas or spaces. So a group with a comma in its name is read as two groups.

        Raises:
            InvalidToken: if the event has no claims of an access token of a user.
        """
        event = cast("Mapping[str, Any]", Secret(event))  # tracebacks show arguments
        outcome = _access_claims_of(event)
        if isinstance(outcome, InvalidToken):
            raise outcome
        return outcome


@dataclass(frozen=True, kw_only=True)
class ClientClaims(_Claims):
    """The claims of a machine's access token, which an app client gets for itself (client credentials).

    Attributes:
        sub: the id of the app client.
        client_id: the app client that calls.
        scopes: the permissions of the call, such as `orders/read`.
        username, groups: `None` and empty, so that code for users and machines can read both.
        version, aud, exp, iat, auth_time, jti, origin_jti, event_id, iss, extra: as in `AccessClaims`.
    """

    token_use: ClassVar[Literal["access"]] = "access"  # noqa: S105
    username: ClassVar[None] = None
    groups: ClassVar[tuple[()]] = ()

    client_id: str
    scopes: tuple[str, ...] = ()
    aud: tuple[str, ...] = field(default=(), repr=False)
    version: int | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class IdClaims(_Claims):
    """The claims of an ID token, which describe the user. An API should require access tokens instead.

    Attributes:
        sub: the user's permanent id. Use it as the key of your data.
        username: the claim `cognito:username`, the user's name in the pool.
        aud: the app client that has signed the user in; `client_id` is the same.
        groups: the claim `cognito:groups`; empty if the user is in no group.
        roles, preferred_role: the IAM roles of these groups, as ARNs.
        identities: the accounts at other providers, as in the token.
        email_verified, phone_number_verified: whether the user has proved this contact; `None` if it is not known.
        name, email, phone_number, …: the standard attributes that the app client may read, as text.
        address, updated_at: as in the token.
        nonce, at_hash: bind the token to a sign-in and to an access token.
        acr, amr, exp, iat, auth_time, jti, origin_jti, event_id, iss: as in `AccessClaims`.
        extra: the other claims, such as `custom:tenant`, under their names in the token.
    """

    token_use: ClassVar[Literal["id"]] = "id"  # noqa: S105
    scopes: ClassVar[tuple[()]] = ()

    username: str
    aud: str
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = field(default=(), repr=False)
    preferred_role: str | None = field(default=None, repr=False)
    identities: tuple[Mapping[str, Any], ...] = field(default=(), repr=False, hash=False)
    email: str | None = field(default=None, repr=False)
    email_verified: bool | None = field(default=None, repr=False)
    phone_number: str | None = field(default=None, repr=False)
    phone_number_verified: bool | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    given_name: str | None = field(default=None, repr=False)
    family_name: str | None = field(default=None, repr=False)
    middle_name: str | None = field(default=None, repr=False)
    nickname: str | None = field(default=None, repr=False)
    preferred_username: str | None = field(default=None, repr=False)
    profile: str | None = field(default=None, repr=False)
    picture: str | None = field(default=None, repr=False)
    website: str | None = field(default=None, repr=False)
    gender: str | None = field(default=None, repr=False)
    birthdate: str | None = field(default=None, repr=False)
    zoneinfo: str | None = field(default=None, repr=False)
    locale: str | None = field(default=None, repr=False)
    address: str | Mapping[str, Any] | None = field(default=None, repr=False, hash=False)
    updated_at: int | str | None = field(default=None, repr=False)
    nonce: str | None = field(default=None, repr=False)
    at_hash: str | None = field(default=None, repr=False)

    @property
    def client_id(self) -> str:
        """The app client that has signed the user in: the claim `aud`."""
        return self.aud


AnyClaims: TypeAlias = AccessClaims | IdClaims | ClientClaims

_COMMON: ClaimTable = {
    **{name: (name, TEXT) for name in ("sub", "iss", "jti", "origin_jti", "event_id", "acr")},
    **{name: (name, SECONDS) for name in ("exp", "nbf", "iat", "auth_time")},
    "amr": ("amr", TEXT_OR_TEXTS),
    "token_use": ("token_use", TEXT),
}
_CLIENT: ClaimTable = {
    **_COMMON,
    "client_id": ("client_id", TEXT),
    "scope": ("scopes", WORDS),
    "aud": ("aud", TEXT_OR_TEXTS),
    "version": ("version", INTEGER),
}
_ACCESS: ClaimTable = {
    **_CLIENT,
    "username": ("username", TEXT),
    "cognito:groups": ("groups", TEXTS),
    "device_key": ("device_key", TEXT),
}
_ATTRIBUTES = (
    *("name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture"),
    *("website", "gender", "birthdate", "zoneinfo", "locale", "email", "phone_number"),
)
_ID: ClaimTable = {
    **_COMMON,
    **{name: (name, TEXT) for name in (*_ATTRIBUTES, "aud", "nonce", "at_hash")},
    "cognito:username": ("username", TEXT),
    "cognito:groups": ("groups", TEXTS),
    "cognito:roles": ("roles", TEXTS),
    "cognito:preferred_role": ("preferred_role", TEXT),
    "identities": ("identities", OBJECTS),
    "email_verified": ("email_verified", FLAG),
    "phone_number_verified": ("phone_number_verified", FLAG),
    "address": ("address", TEXT_OR_OBJECT),
    "updated_at": ("updated_at", INTEGER_OR_TEXT),
}
_REQUIRED: dict[type[AnyClaims], set[str]] = {
    AccessClaims: {"sub", "iss", "exp", "client_id", "username"},
    ClientClaims: {"sub", "iss", "exp", "client_id"},
    IdClaims: {"sub", "iss", "exp", "aud", "username"},
}


def typed_claims(claims: Mapping[str, Any]) -> AnyClaims | InvalidToken:
    """Return the claims of a token in the class for its kind, or the error to raise. This never raises.

    An access token without a username belongs to a machine.
    """
    kind: type[AnyClaims]
    if claims.get("token_use") == "access":
        kind, table = (AccessClaims, _ACCESS) if "username" in claims else (ClientClaims, _CLIENT)
    elif claims.get("token_use") == "id":
        kind, table = IdClaims, _ID
    else:
        return WrongTokenUse("the token is neither an access token nor an ID token")
    values = read_claims(claims, table)
    if values is None or not _REQUIRED[kind] <= values.keys():
        return MalformedToken("a claim of the token is missing or has the wrong type", reason="claim")
    del values["token_use"]
    # The constructor is slow: it would take a tenth of the time of a verification. The class has the defaults of the
    # other attributes.
    made = object.__new__(kind)
    vars(made).update(values)
    return made


def _access_claims_of(event: object) -> AccessClaims | InvalidToken:
    """Return the claims in an event, which is a `Secret`, or the error to raise."""
    found = claims_of_event(opened(event))
    if found is None:
        return MalformedToken("the event has no claims of an authorizer", reason="claim")
    outcome = typed_claims(found)
    if isinstance(outcome, (AccessClaims, InvalidToken)):
        return outcome
    return WrongTokenUse("the event has the claims of another kind of token")
