"""The plugin and moto in one test: each has its own services."""

from __future__ import annotations

import boto3
import pytest
from moto import mock_aws

from cognito_async.local import LocalUserPool, PoolUser

from .sides import OPTIONS


@pytest.mark.anyio
async def test_user_of_the_pool_has_a_row_in_a_table_of_moto(
    cognito_pool: LocalUserPool, cognito_user: PoolUser
) -> None:
    with mock_aws():
        table = boto3.resource("dynamodb", **OPTIONS).create_table(
            TableName="members",
            KeySchema=[{"AttributeName": "sub", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "sub", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        result = await cognito_pool.user_pool().sign_in(cognito_user.username, cognito_user.password)
        table.put_item(Item={"sub": (await result.user.attributes())["sub"]})
        assert table.scan()["Items"] == [{"sub": cognito_user.sub}]
