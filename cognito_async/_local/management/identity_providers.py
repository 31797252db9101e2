"""The identity providers of a pool: create, describe, update, delete, list, and find by an identifier.

The local pool only describes them. Nobody can sign in through one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..state.descriptions import Description, IdentityProvider
from ..state.pages import page
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..wire.refusals import Refusal
from ..wire.replies import Reply
from ..wire.requests import Request
from .members import not_supported

# For each member that a request may set: the field.
_FIELDS = {"ProviderDetails": "details", "AttributeMapping": "attribute_mapping", "IdpIdentifiers": "identifiers"}


async def create_identity_provider(state: ServiceState, request: Request) -> Reply:
    pool, name = state.pool(request["UserPoolId"]), request["ProviderName"]
    if name in pool.identity_providers:
        raise Refusal("DuplicateProviderException", f"A provider with the name {name} already exists in the user pool.")
    made = IdentityProvider(name, request["ProviderType"], Description.new(state.now()), **_read(pool, request, name))
    pool.identity_providers[name] = made
    return {"IdentityProvider": _show(pool, made)}


async def describe_identity_provider(state: ServiceState, request: Request) -> Reply:
    return {"IdentityProvider": _show(*_require(state, request))}


async def update_identity_provider(state: ServiceState, request: Request) -> Reply:
    """Change the members that the request has, and no others."""
    pool, old = _require(state, request)
    modified = replace(old.description, modified=state.now())
    new = replace(old, description=modified, **_read(pool, request, old.name))
    pool.identity_providers[new.name] = new
    return {"IdentityProvider": _show(pool, new)}


async def delete_identity_provider(state: ServiceState, request: Request) -> Reply:
    pool, provider = _require(state, request)
    del pool.identity_providers[provider.name]
    return {}


async def list_identity_providers(state: ServiceState, request: Request) -> Reply:
    """List the providers of a pool, sorted by name."""
    pool = state.pool(request["UserPoolId"])
    providers = (pool.identity_providers[each] for each in sorted(pool.identity_providers))
    shown, more = page(state, request, "NextToken", providers, _name, "ListIdentityProviders", pool.settings.id)
    listed = [{"ProviderName": each.name, "ProviderType": each.type, **each.description.times()} for each in shown]
    return {"Providers": listed, **more}


async def get_identity_provider_by_identifier(state: ServiceState, request: Request) -> Reply:
    pool = state.pool(request["UserPoolId"])
    found = _with_identifier(pool, request["IdpIdentifier"])
    if found is None:
        raise _unknown(request["IdpIdentifier"])
    return {"IdentityProvider": _show(pool, found)}


def _read(pool: Pool, request: Request, name: str) -> dict[str, Any]:
    if "AcrMapping" in request:
        raise not_supported("authentication levels", "AcrMapping")
    for identifier in request.get("IdpIdentifiers", []):
        owner = _with_identifier(pool, identifier)
        if owner is not None and owner.name != name:
            raise Refusal("DuplicateProviderException", f"Another provider has the identifier {identifier}.")
    return {field: request[member] for member, field in _FIELDS.items() if member in request}


def _with_identifier(pool: Pool, identifier: str) -> IdentityProvider | None:
    return next((each for each in pool.identity_providers.values() if identifier in each.identifiers), None)


def _require(state: ServiceState, request: Request) -> tuple[Pool, IdentityProvider]:
    pool = state.pool(request["UserPoolId"])
    provider = pool.identity_providers.get(request["ProviderName"])
    if provider is None:
        raise _unknown(request["ProviderName"])
    return pool, provider


def _unknown(name: str) -> Refusal:
    return Refusal("ResourceNotFoundException", f"Identity provider {name} does not exist.")


def _show(pool: Pool, provider: IdentityProvider) -> Reply:
    mapping: Mapping[str, str] = provider.attribute_mapping
    return {
        "UserPoolId": pool.settings.id,
        "ProviderName": provider.name,
        "ProviderType": provider.type,
        "ProviderDetails": dict(provider.details),
        "AttributeMapping": dict(mapping),
        "IdpIdentifiers": list(provider.identifiers),
        **provider.description.times(),
    }


def _name(provider: IdentityProvider) -> str:
    return provider.name
