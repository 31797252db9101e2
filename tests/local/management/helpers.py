"""A local service whose pools are made by calls."""

from __future__ import annotations

from typing import Any

from ..helpers import PASSWORD, START, Wire, fault

INVALID = "InvalidParameterException"
NO_POOL = ("ResourceNotFoundException", "User pool us-east-1_Unknown does not exist.")
NOW = {"CreationDate": START.timestamp(), "LastModifiedDate": START.timestamp()}
ALL_FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
ROLE = "arn:aws:iam::123456789012:role/sms"
SMS = {"SnsCallerArn": ROLE}


class Manager(Wire):
    """A wire whose `manage` makes signed calls."""

    async def manage(self, operation: str, /, **members: Any) -> Any:
        """Make a call that must succeed, and return its reply.

        `region` is the one for which the call is signed; us-east-1 by default.
        """
        region = members.pop("region", "us-east-1")
        reply = await self.signed(operation, members, region=region)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def manage_refused(self, operation: str, /, **members: Any) -> tuple[str, str]:
        """Make a call that must be refused, and return the type and message of its error."""
        region = members.pop("region", "us-east-1")
        return fault(await self.signed(operation, members, region=region))

    async def new_pool(self, **members: Any) -> Any:
        return (await self.manage("CreateUserPool", **{"PoolName": "shop", **members}))["UserPool"]

    async def described(self, pool_id: str) -> Any:
        return (await self.manage("DescribeUserPool", UserPoolId=pool_id))["UserPool"]

    async def new_client(self, pool_id: str, **members: Any) -> Any:
        made = await self.manage("CreateUserPoolClient", **{"UserPoolId": pool_id, "ClientName": "app", **members})
        return made["UserPoolClient"]

    async def new_user(self, pool_id: str, name: str = "alice") -> None:
        user = {"UserPoolId": pool_id, "Username": name}
        await self.manage("AdminCreateUser", **user, MessageAction="SUPPRESS")
        await self.manage("AdminSetUserPassword", **user, Password=PASSWORD, Permanent=True)

    async def tokens_of(self, client_id: str, name: str = "alice") -> Any:
        parameters = {"USERNAME": name, "PASSWORD": PASSWORD}
        reply = await self.call(
            "InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", ClientId=client_id, AuthParameters=parameters
        )
        return reply["AuthenticationResult"]

    async def pages(self, operation: str, listed: str, name: str, /, **members: Any) -> list[list[str]]:
        """Return the member `name` of each item in each page of a listing."""
        pages: list[list[str]] = []
        token: dict[str, str] = {}
        while not pages or token:
            reply = await self.manage(operation, **members, **token)
            pages.append([each[name] for each in reply[listed]])
            token = {"NextToken": reply["NextToken"]} if "NextToken" in reply else {}
        return pages
