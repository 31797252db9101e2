"""moto's DynamoDB and SES, which the functions use. Their events are written by hand, because moto calls no trigger."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from shop_triggers import outside

OLD_CUSTOMERS = {("olga", "0ld-passw0rd!"): {"email": "olga@example.com"}}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "ALLOWED_DOMAINS": "example.com,example.org",
        "MEMBERS_TABLE": "members",
        "MAIL_FROM": "shop@example.com",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(outside, "find_old_customer", lambda name, password: OLD_CUSTOMERS.get((name, password)))
    with mock_aws():
        yield


@pytest.fixture
def members(aws: None) -> Any:
    return boto3.resource("dynamodb").create_table(
        TableName="members",
        KeySchema=[{"AttributeName": "sub", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "sub", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.fixture
def mails(aws: None) -> Any:
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.ses.models import ses_backends

    boto3.client("ses").verify_email_identity(EmailAddress="shop@example.com")
    return ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages


@pytest.fixture
def event() -> Callable[..., dict[str, Any]]:
    """Write an event as in AWS's documentation."""

    def make(source: str, request: dict[str, Any], response: dict[str, Any], version: str = "1") -> dict[str, Any]:
        return {
            "version": version,
            "region": "us-east-1",
            "userPoolId": "us-east-1_Example12",
            "userName": "alice",
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "1example23456789"},
            "triggerSource": source,
            "request": request,
            "response": response,
        }

    return make
