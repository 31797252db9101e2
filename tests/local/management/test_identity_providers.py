"""Identity providers of user pools."""

from __future__ import annotations

import pytest

from .helpers import INVALID, NOW, Manager

pytestmark = [pytest.mark.anyio, pytest.mark.table]
SECRET = "providers0client0secret"
GOOGLE = {
    "ProviderName": "Google",
    "ProviderType": "Google",
    "ProviderDetails": {"client_id": "1", "client_secret": SECRET},
    "AttributeMapping": {"email": "email"},
    "IdpIdentifiers": ["example.com"],
}


async def test_provider_is_created_changed_and_deleted() -> None:
    wire = Manager()
    pool = {"UserPoolId": wire.pool.id}
    name = {**pool, "ProviderName": "Google"}
    shown = {**pool, **GOOGLE, **NOW}
    assert await wire.manage("CreateIdentityProvider", **pool, **GOOGLE) == {"IdentityProvider": shown}
    assert await wire.manage("DescribeIdentityProvider", **name) == {"IdentityProvider": shown}
    by_identifier = {**pool, "IdpIdentifier": "example.com"}
    assert await wire.manage("GetIdentityProviderByIdentifier", **by_identifier) == {"IdentityProvider": shown}
    wire.clock.advance(10)
    changed = {**shown, "ProviderDetails": {"client_id": "2"}, "LastModifiedDate": NOW["LastModifiedDate"] + 10}
    details = {"ProviderDetails": {"client_id": "2"}}
    assert await wire.manage("UpdateIdentityProvider", **name, **details) == {"IdentityProvider": changed}
    [listed] = (await wire.manage("ListIdentityProviders", **pool))["Providers"]
    assert listed == {key: changed[key] for key in ("ProviderName", "ProviderType", *NOW)}
    assert await wire.manage("DeleteIdentityProvider", **name) == {}
    for operation in ("DescribeIdentityProvider", "UpdateIdentityProvider", "DeleteIdentityProvider"):
        assert (await wire.manage_refused(operation, **name))[0] == "ResourceNotFoundException"
    refused = await wire.manage_refused("GetIdentityProviderByIdentifier", **by_identifier)
    assert refused[0] == "ResourceNotFoundException"


async def test_names_and_identifiers_are_unique() -> None:
    wire = Manager()
    pool = {"UserPoolId": wire.pool.id}
    await wire.manage("CreateIdentityProvider", **pool, **GOOGLE)
    taken = await wire.manage_refused("CreateIdentityProvider", **pool, **{**GOOGLE, "IdpIdentifiers": []})
    assert taken[0] == "DuplicateProviderException" and SECRET not in taken[1]
    other = {**GOOGLE, "ProviderName": "Other", "ProviderType": "OIDC"}
    assert (await wire.manage_refused("CreateIdentityProvider", **pool, **other))[0] == "DuplicateProviderException"
    again = {"ProviderName": "Google", "IdpIdentifiers": ["example.com", "example.org"]}
    assert await wire.manage("UpdateIdentityProvider", **pool, **again)


async def test_authentication_levels_are_refused() -> None:
    levels = {"AcrMapping": {"Level1": "low"}}
    refused = await Manager().admin_refused("CreateIdentityProvider", **GOOGLE, **levels)
    message = "The local pool does not have authentication levels: it cannot honor AcrMapping."
    assert refused == (INVALID, message)


async def test_number_of_authentication_levels_is_limited() -> None:
    levels = {"AcrMapping": {f"Level{number}": "low" for number in range(1, 6)}}
    code, message = await Manager().admin_refused("CreateIdentityProvider", **GOOGLE, **levels)
    assert (code, "at 'acrMapping' failed to satisfy constraint: Member must have length" in message) == (INVALID, True)


async def test_providers_are_listed_in_pages() -> None:
    wire = Manager()
    names = [f"Provider{number}" for number in range(5)]
    for name in reversed(names):
        made = {"ProviderName": name, "ProviderType": "OIDC", "ProviderDetails": {}}
        await wire.manage("CreateIdentityProvider", UserPoolId=wire.pool.id, **made)
    listing = "ListIdentityProviders", "Providers", "ProviderName"
    pages = await wire.pages(*listing, UserPoolId=wire.pool.id, MaxResults=2)
    assert pages == [names[:2], names[2:4], names[4:]]
    assert await wire.pages(*listing, UserPoolId=wire.pool.id, MaxResults=0) == [names]
