"""AdminLinkProviderForUser and AdminDisableProviderForUser: a user's accounts at identity providers.

The local pool has no identity providers, so it accepts any provider's name, and users cannot sign in through one.
"""

from __future__ import annotations

from ..state.entities import User
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..tokens.identities import identities_of, set_identities
from ..wire.refusals import Refusal, invalid_parameter, user_not_found
from ..wire.replies import Reply
from ..wire.requests import Request

_NATIVE = "Cognito"
_SUBJECT = "Cognito_Subject"
_SOCIAL = frozenset({"Facebook", "Google", "LoginWithAmazon", "SignInWithApple"})
_MOST_LINKED = 5


async def admin_link_provider_for_user(state: ServiceState, request: Request) -> Reply:
    pool = state.pool(request["UserPoolId"])
    user = _user(pool, *_identifier(request, "DestinationUser"))
    provider, subject = _identifier(request, "SourceUser")
    if provider == _NATIVE:
        raise invalid_parameter(
            "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, "
            "only as a DestinationUser"
        )
    _check_attribute_name(request, "SourceUser", provider)
    owner = _linked(pool, provider, subject)
    if owner is user:
        raise invalid_parameter("SourceUser is already linked to DestinationUser")
    if owner is not None or pool.key(f"{provider}_{subject}") in pool.users:
        raise invalid_parameter(
            "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link"
        )
    identities = identities_of(user)
    if len(identities) >= _MOST_LINKED:
        raise Refusal("LimitExceededException", f"A user can have at most {_MOST_LINKED} linked identities.")
    added = {
        "userId": subject,
        "providerName": provider,
        "providerType": provider if provider in _SOCIAL else "OIDC",
        "issuer": None,
        "primary": False,
        "dateCreated": int(state.now().timestamp() * 1000),
    }
    set_identities(user, [*identities, added])
    user.modified = state.now()
    return {}


async def admin_disable_provider_for_user(state: ServiceState, request: Request) -> Reply:
    """Unlink a provider's account from its user. If the provider is `Cognito`, remove the user's password instead."""
    pool = state.pool(request["UserPoolId"])
    provider, subject = _identifier(request, "User")
    _check_attribute_name(request, "User", provider)
    if provider == _NATIVE:
        user = _user(pool, provider, subject)
        user.verifier = None
    else:
        owner = _linked(pool, provider, subject)
        if owner is None:
            raise user_not_found()
        user = owner
        others = [each for each in identities_of(user) if (each["providerName"], each["userId"]) != (provider, subject)]
        set_identities(user, others)
    user.modified = state.now()
    return {}


def _identifier(request: Request, member: str) -> tuple[str, str]:
    """Return the provider's name, and the user's id there. Both are required, although optional in the model."""
    given = request[member]
    for name in ("ProviderName", "ProviderAttributeValue"):
        if not given.get(name):
            raise invalid_parameter(f"{member}.{name} is required.")
    return given["ProviderName"], given["ProviderAttributeValue"]


def _check_attribute_name(request: Request, member: str, provider: str) -> None:
    """Refuse another attribute than the subject for social providers, and for a local user."""
    if provider in {_NATIVE, *_SOCIAL} and request[member].get("ProviderAttributeName") != _SUBJECT:
        raise invalid_parameter(f"{member}.ProviderAttributeName must be {_SUBJECT} for {provider}.")


def _user(pool: Pool, provider: str, name: str) -> User:
    """Return a user by name. Names of users from a provider begin with the provider's name."""
    user = pool.users.get(pool.key(name if provider == _NATIVE else f"{provider}_{name}"))
    if user is None:
        raise user_not_found()
    return user


def _linked(pool: Pool, provider: str, subject: str) -> User | None:
    for user in pool.users.values():
        if any((each["providerName"], each["userId"]) == (provider, subject) for each in identities_of(user)):
            return user
    return None
