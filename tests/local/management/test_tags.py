"""Tags of user pools."""

from __future__ import annotations

import pytest

from .helpers import INVALID, Manager

pytestmark = [pytest.mark.anyio, pytest.mark.table]


async def test_tags_are_set_removed_and_listed() -> None:
    wire = Manager()
    pool = await wire.new_pool(UserPoolTags={"team": "shop"})
    arn = {"ResourceArn": pool["Arn"]}
    await wire.manage("TagResource", **arn, Tags={"stage": "test", "team": "store"})
    assert await wire.manage("ListTagsForResource", **arn) == {"Tags": {"stage": "test", "team": "store"}}
    await wire.manage("UntagResource", **arn, TagKeys=["team", "color"])
    assert (await wire.described(pool["Id"]))["UserPoolTags"] == {"stage": "test"}


async def test_unknown_resource_is_refused() -> None:
    wire = Manager()
    arn = (await wire.described(wire.pool.id))["Arn"] + "x"
    assert (await wire.manage_refused("ListTagsForResource", ResourceArn=arn))[0] == "ResourceNotFoundException"


async def test_limits_of_tags_are_checked() -> None:
    code, message = await Manager().manage_refused(
        "CreateUserPool", PoolName="shop", UserPoolTags={"x" * 129: "y" * 257}
    )
    assert (code, message.startswith("2 validation errors detected: Value at 'userPoolTags' failed")) == (INVALID, True)
