"""A test of a program that uses an SDK of AWS: it calls a server."""

import botocore.session
import pytest

from cognito_async.integrations.pytest import MakeUser
from cognito_async.local import PoolServer


def test_program_with_boto(
    cognito_server: PoolServer, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in cognito_server.env.items():
        monkeypatch.setenv(name, value)
    make_user("alice", groups=["editors"])
    boto = botocore.session.get_session().create_client("cognito-idp")
    found = boto.list_users_in_group(
        UserPoolId=cognito_server.user_pool_id, GroupName="editors"
    )
    assert [each["Username"] for each in found["Users"]] == ["alice"]
