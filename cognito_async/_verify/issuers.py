"""The issuers of one user pool, and the address of the keys of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .._aws.settings.endpoint import endpoint_for
from .._core.ids import REGION
from .._core.secret import Text
from .._http.origin import Url, check_base_url

# The hosts in `iss`: the original form, and that of pools whose `IssuerConfiguration` is UPDATED.
_SERVICES = ("cognito-idp", "issuer-cognito-idp")
_KEYS = "/.well-known/jwks.json"


def issuers_of(user_pool_id: str, regions: Iterable[str] = ()) -> list[str]:
    """Return the accepted issuers of a pool: both forms, for the pool's region and for the regions of its replicas.

    Raises:
        ConfigurationError: if a region is not the name of a region.
    """
    named = dict.fromkeys((user_pool_id.partition("_")[0], *regions))
    return [f"{endpoint_for(region, service=service)}/{user_pool_id}" for region in named for service in _SERVICES]


def key_urls(issuers: Iterable[str], jwks_url: Text | None) -> Mapping[str, Url]:
    """Return the address of the keys of each issuer: below the issuer, or `jwks_url` for all.

    Raises:
        ConfigurationError: if an address is invalid.
    """
    given = None if jwks_url is None else Url.parse(jwks_url, "jwks_url")
    return {each: given or Url.parse(check_base_url(each, "issuer") + _KEYS, "issuer") for each in issuers}


def issuers_at(endpoint: str, user_pool_id: str) -> list[str]:
    """Return the accepted issuers of a pool at a server other than Cognito's, such as an emulator.

    Some emulators name themselves as the issuer, others name Cognito. `endpoint` does not end with a slash.
    """
    region = user_pool_id.partition("_")[0]
    of_cognito = issuers_of(user_pool_id) if re.fullmatch(REGION, region) else []
    return [*of_cognito, f"{endpoint}/{user_pool_id}"]


def key_url_at(endpoint: str, user_pool_id: str) -> str:
    """Return the address at which a server other than Cognito's has the keys of a pool."""
    return f"{endpoint}/{user_pool_id}{_KEYS}"
