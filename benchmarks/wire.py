"""The requests and replies of the workload `calls`.

Plain HTTP clients send `BODY` and `HEADERS`. Our package and aiobotocore build the same request themselves.
"""

from __future__ import annotations

import json

from .worker import POOL_ID, USERNAME

# As long as a real access token.
ACCESS_TOKEN = ".".join(["h" * 180, "c" * 560, "s" * 342])
HEADERS = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "AWSCognitoIdentityProviderService.GetUser",
    "accept-encoding": "identity",
}
BODY = json.dumps({"AccessToken": ACCESS_TOKEN}, separators=(",", ":")).encode()

_ATTRIBUTES = {
    "sub": "5f0b7a52-2c4e-4b57-9d39-2f9f6f5ed0b1",
    "email": "alice@example.com",
    "email_verified": "true",
    "phone_number": "+491701234567",
    "phone_number_verified": "false",
    "given_name": "Alice",
    "family_name": "Example",
}
_LIST = [{"Name": name, "Value": value} for name, value in _ATTRIBUTES.items()]
_GET_USER = json.dumps({"Username": USERNAME, "UserAttributes": _LIST}, separators=(",", ":")).encode()
_ADMIN_GET_USER = json.dumps(
    {
        "Username": USERNAME,
        "UserAttributes": _LIST,
        "UserCreateDate": 1767225600.123,
        "UserLastModifiedDate": 1769904000.456,
        "Enabled": True,
        "UserStatus": "CONFIRMED",
    },
    separators=(",", ":"),
).encode()
ADMIN_REQUEST = {"UserPoolId": POOL_ID, "Username": USERNAME}


def reply_to(head: bytes, date: bytes) -> bytes:
    """Return the complete HTTP reply to a request with this head, in the format of the service.

    Args:
        date: the value of the `Date` header.
    """
    body = _ADMIN_GET_USER if b"AdminGetUser" in head else _GET_USER
    return b"".join(
        (
            b"HTTP/1.1 200 OK\r\nDate: ",
            date,
            b"\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: ",
            str(len(body)).encode(),
            b"\r\nConnection: keep-alive\r\nx-amzn-RequestId: 3c1f2c58-9a3e-4c0b-8c39-0c6f1c2ad7f5\r\n\r\n",
            body,
        )
    )
