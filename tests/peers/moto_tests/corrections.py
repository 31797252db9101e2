"""Corrections of requests in moto's own tests that the service refuses. The rest of such a test still judges our pool.

moto accepts more than the service: attributes that no schema has, passwords that break the default policy, names that
are too long, flows that the client does not have by default, authenticator apps in a pool without MFA, and calls of a
client with a secret that do not prove it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import boto3

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}")
_PASSWORDS = ("Password", "TemporaryPassword", "PreviousPassword", "ProposedPassword")
_FLOWS = (
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
)
_NESTED_PASSWORDS = (("AuthParameters", "PASSWORD"), ("ChallengeResponses", "NEW_PASSWORD"))


class _ShortUuid(uuid.UUID):
    """A UUID that is written without hyphens, because names of identity providers have at most 32 characters."""

    def __str__(self) -> str:
        return self.hex


def install() -> None:
    """Correct the requests of all boto3 clients that are made after this."""
    secrets: dict[str, str] = {}
    made = uuid.uuid4
    uuid.uuid4 = lambda: _ShortUuid(int=made().int)
    boto3.setup_default_session()
    events = boto3.DEFAULT_SESSION.events
    events.register("provide-client-params.cognito-identity-provider", _correct)
    for operation in ("SignUp", "ConfirmSignUp", "InitiateAuth", "RespondToAuthChallenge"):
        events.register(f"provide-client-params.cognito-identity-provider.{operation}", _prover(secrets))
    events.register("provide-client-params.cognito-identity-provider.CreateUserPoolClient", _allow_flows)
    events.register("provide-client-params.cognito-identity-provider.AssociateSoftwareToken", _offer_apps)
    events.register("after-call.cognito-identity-provider.CreateUserPoolClient", _rememberer(secrets))


def _correct(params: dict[str, Any], **_: Any) -> None:
    if "UserAttributes" in params:
        params["UserAttributes"] = [each for each in params["UserAttributes"] if _is_in_schema(each["Name"])]
    if "ReadAttributes" in params:
        params["ReadAttributes"] = [name for name in params["ReadAttributes"] if _is_in_schema(name)]
        if not params["ReadAttributes"]:
            del params["ReadAttributes"]
    holders = [(params, name) for name in _PASSWORDS]
    holders += [(params.get(outer, {}), name) for outer, name in _NESTED_PASSWORDS]
    for holder, name in holders:
        if _UUID.fullmatch(holder.get(name, "")):
            holder[name] = f"Ag-{holder[name]}"


def _allow_flows(params: dict[str, Any], **_: Any) -> None:
    params.setdefault("ExplicitAuthFlows", list(_FLOWS))


def _offer_apps(params: dict[str, Any], **_: Any) -> None:
    if "AccessToken" in params:
        claims = params["AccessToken"].split(".")[1]
        pool_id = json.loads(base64.urlsafe_b64decode(claims + "=="))["iss"].rpartition("/")[2]
        cognito = boto3.client("cognito-idp", pool_id.partition("_")[0])
        if cognito.get_user_pool_mfa_config(UserPoolId=pool_id)["MfaConfiguration"] == "OFF":
            app = {"Enabled": True}
            cognito.set_user_pool_mfa_config(
                UserPoolId=pool_id,
                MfaConfiguration="OPTIONAL",
                SoftwareTokenMfaConfiguration=app,
                SmsMfaConfiguration={"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms"}},
            )
        cognito.close()


def _is_in_schema(name: str) -> bool:
    return name != "thing" and not _UUID.fullmatch(name)


def _prover(secrets: dict[str, str]) -> Callable[..., None]:
    def prove(params: dict[str, Any], **_: Any) -> None:
        secret = secrets.get(params["ClientId"])
        holder = params.get("AuthParameters", params.get("ChallengeResponses", params))
        name, member = (
            holder.get("USERNAME", params.get("Username")),
            "SecretHash" if holder is params else "SECRET_HASH",
        )
        if secret is not None and name is not None and member not in holder:
            digest = hmac.digest(secret.encode(), (name + params["ClientId"]).encode(), hashlib.sha256)
            holder[member] = base64.b64encode(digest).decode()

    return prove


def _rememberer(secrets: dict[str, str]) -> Callable[..., None]:
    def remember(parsed: dict[str, Any], **_: Any) -> None:
        client = parsed.get("UserPoolClient", {})
        if "ClientSecret" in client:
            secrets[client["ClientId"]] = client["ClientSecret"]

    return remember
