"""Resource servers of user pools."""

from __future__ import annotations

import pytest

from .helpers import INVALID, Manager

pytestmark = [pytest.mark.anyio, pytest.mark.table]
SCOPES = [{"ScopeName": "read", "ScopeDescription": "see orders"}, {"ScopeName": "write", "ScopeDescription": "order"}]


async def test_server_is_created_changed_and_deleted() -> None:
    wire = Manager()
    pool = {"UserPoolId": wire.pool.id}
    orders = {**pool, "Identifier": "https://orders.example.com", "Name": "orders", "Scopes": SCOPES}
    identifier = {**pool, "Identifier": orders["Identifier"]}
    assert await wire.manage("CreateResourceServer", **orders) == {"ResourceServer": orders}
    taken = f"https://orders.example.com already exists in user pool {wire.pool.id}."
    assert await wire.manage_refused("CreateResourceServer", **orders) == (INVALID, taken)
    assert await wire.manage("DescribeResourceServer", **identifier) == {"ResourceServer": orders}
    renamed = {**identifier, "Name": "all orders"}
    assert await wire.manage("UpdateResourceServer", **renamed) == {"ResourceServer": renamed}
    assert await wire.manage("DescribeResourceServer", **identifier) == {"ResourceServer": renamed}
    assert await wire.manage("DeleteResourceServer", **identifier) == {}
    gone = ("ResourceNotFoundException", "Resource server https://orders.example.com does not exist.")
    assert await wire.manage_refused("UpdateResourceServer", **renamed) == gone
    for operation in ("DescribeResourceServer", "DeleteResourceServer"):
        assert await wire.manage_refused(operation, **identifier) == gone


async def test_servers_are_listed_in_pages() -> None:
    wire = Manager()
    names = [f"server-{number}" for number in range(5)]
    for name in reversed(names):
        await wire.manage("CreateResourceServer", UserPoolId=wire.pool.id, Identifier=name, Name=name)
    listing = "ListResourceServers", "ResourceServers", "Identifier"
    pages = await wire.pages(*listing, UserPoolId=wire.pool.id, MaxResults=2)
    assert pages == [names[:2], names[2:4], names[4:]]
