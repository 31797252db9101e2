"""Domains of user pools."""

from __future__ import annotations

from typing import Any

import pytest

from .helpers import INVALID, ROLE, Manager

pytestmark = [pytest.mark.anyio, pytest.mark.table]
CERTIFICATE = {"CustomDomainConfig": {"CertificateArn": ROLE, "SecurityPolicy": "TLS_V1_2_2021"}}


async def of_pool() -> tuple[Manager, dict[str, str]]:
    wire = Manager()
    return wire, {"UserPoolId": (await wire.new_pool())["Id"]}


async def domain_of(wire: Manager, name: str) -> Any:
    return (await wire.manage("DescribeUserPoolDomain", Domain=name))["DomainDescription"]


async def test_prefix_is_created_changed_and_deleted() -> None:
    wire, pool = await of_pool()
    shop = {**pool, "Domain": "shop"}
    assert await wire.manage("CreateUserPoolDomain", **shop) == {"ManagedLoginVersion": 1}
    described = await domain_of(wire, "shop")
    assert described.items() > {**shop, "Status": "ACTIVE", "ManagedLoginVersion": 1}.items()
    assert (await wire.described(pool["UserPoolId"]))["Domain"] == "shop"
    assert await wire.manage("UpdateUserPoolDomain", **shop, ManagedLoginVersion=2) == {"ManagedLoginVersion": 2}
    assert (await domain_of(wire, "shop"))["ManagedLoginVersion"] == 2
    has_domain = "User pool cannot be deleted. It has a domain configured that should be deleted first."
    assert await wire.manage_refused("DeleteUserPool", **pool) == (INVALID, has_domain)
    assert await wire.manage("DeleteUserPoolDomain", **shop) == {}
    assert await domain_of(wire, "shop") == {}
    assert await wire.manage("DeleteUserPool", **pool) == {}


async def test_pool_has_a_prefix_and_a_domain_of_its_own() -> None:
    wire, pool = await of_pool()
    own = {**pool, "Domain": "auth.example.com"}
    await wire.manage("CreateUserPoolDomain", **pool, Domain="shop")
    made = await wire.manage("CreateUserPoolDomain", **own, **CERTIFICATE)
    assert made["CloudFrontDomain"].endswith(".cloudfront.net")
    assert (await domain_of(wire, "auth.example.com"))["CustomDomainConfig"] == CERTIFICATE["CustomDomainConfig"]
    described = await wire.described(pool["UserPoolId"])
    assert (described["Domain"], described["CustomDomain"]) == ("shop", "auth.example.com")
    assert "CloudFrontDomain" in await wire.manage("UpdateUserPoolDomain", **own, **CERTIFICATE)


async def test_domain_has_one_pool() -> None:
    wire, pool = await of_pool()
    await wire.manage("CreateUserPoolDomain", **pool, Domain="shop")
    taken = (INVALID, "Domain already associated with another user pool.")
    assert await wire.manage_refused("CreateUserPoolDomain", UserPoolId=wire.pool.id, Domain="shop") == taken
    second = await wire.manage_refused("CreateUserPoolDomain", **pool, Domain="store")
    assert second == (INVALID, "The user pool already has a domain of this kind.")


@pytest.mark.parametrize(
    "members",
    [
        {"Domain": "auth.example.com"},
        {"Domain": "Shop"},
        {"Domain": "shop", "ManagedLoginVersion": 3},
        {"Domain": "shop", "Routing": {}},
    ],
)
async def test_invalid_domains_are_refused(members: dict[str, Any]) -> None:
    wire, pool = await of_pool()
    assert (await wire.manage_refused("CreateUserPoolDomain", **pool, **members))[0] == INVALID


async def test_unknown_domain_is_neither_changed_nor_deleted() -> None:
    wire, pool = await of_pool()
    await wire.manage("CreateUserPoolDomain", **pool, Domain="shop")
    unknown = (INVALID, "No such domain or user pool exists.")
    for of in ({**pool, "Domain": "store"}, {"UserPoolId": wire.pool.id, "Domain": "shop"}):
        assert await wire.manage_refused("UpdateUserPoolDomain", **of) == unknown
        assert await wire.manage_refused("DeleteUserPoolDomain", **of) == unknown
    assert (await wire.manage_refused("UpdateUserPoolDomain", **pool, Domain="shop", **CERTIFICATE))[0] == INVALID
