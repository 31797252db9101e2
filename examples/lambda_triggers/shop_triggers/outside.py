"""The table, the mail and the old shop, which the functions use. Tests replace these three functions.

boto3 is imported where it is needed, because the other functions start faster without it.
"""

import json
import os
from typing import Any
from urllib.request import Request, urlopen


def save_member(row: dict[str, Any]) -> None:
    """Write a row of the table of members."""
    import boto3  # noqa: PLC0415 - only where it is needed

    boto3.resource("dynamodb").Table(os.environ["MEMBERS_TABLE"]).put_item(Item=row)


def send_mail(to: str, text: str) -> None:
    """Send a mail."""
    import boto3  # noqa: PLC0415 - only where it is needed

    content = {"Simple": {"Subject": {"Data": "Sign in to the shop"}, "Body": {"Text": {"Data": text}}}}
    boto3.client("sesv2").send_email(
        FromEmailAddress=os.environ["MAIL_FROM"], Destination={"ToAddresses": [to]}, Content=content
    )


def find_old_customer(username: str, password: str | None) -> dict[str, str] | None:
    """Return the attributes of a customer of the old shop, or None if the password is wrong."""
    body = json.dumps({"username": username, "password": password}).encode()
    request = Request(os.environ["OLD_SHOP"], body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=3) as reply:
        found: dict[str, str] | None = json.load(reply)
    return found
