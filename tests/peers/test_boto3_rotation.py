"""boto3 against our served local pool with refresh token rotation. Each reply must fit the service's model."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from .running import AppClient

pytestmark = [
    pytest.mark.peer,
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
PASSWORD = "Passw0rd!"


@pytest.fixture
def cognito(administrator: Callable[[AppClient], Any], moving: AppClient) -> Any:
    return administrator(moving)


def advance(client: AppClient, seconds: int) -> None:
    request = urllib.request.Request(f"{client.endpoint}/clock", str(seconds).encode())
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as reply:
        assert reply.status == 204


def signed_in(cognito: Any, client: AppClient, name: str) -> Any:
    return cognito.initiate_auth(
        ClientId=client.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]


def signed_up(cognito: Any, client: AppClient, name: str) -> Any:
    cognito.sign_up(ClientId=client.client_id, Username=name, Password=PASSWORD)
    cognito.admin_confirm_sign_up(UserPoolId=client.user_pool_id, Username=name)
    return signed_in(cognito, client, name)


def refreshed(cognito: Any, client: AppClient, token: str) -> Any:
    return cognito.get_tokens_from_refresh_token(ClientId=client.client_id, RefreshToken=token)["AuthenticationResult"]


def test_replaced_token_is_valid_in_its_grace_period_only(cognito: Any, moving: AppClient, name: str) -> None:
    refused = cognito.exceptions
    first = signed_up(cognito, moving, name)["RefreshToken"]
    second = refreshed(cognito, moving, first)
    assert second.keys() == {"AccessToken", "IdToken", "RefreshToken", "ExpiresIn", "TokenType"}
    sibling = refreshed(cognito, moving, first)["RefreshToken"]
    advance(moving, 10)
    with pytest.raises(refused.RefreshTokenReuseException):
        refreshed(cognito, moving, first)
    with pytest.raises(refused.InvalidParameterException, match="REFRESH_TOKEN_AUTH flow not enabled for this client"):
        cognito.initiate_auth(
            ClientId=moving.client_id, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": sibling}
        )
    advance(moving, 290)
    with pytest.raises(refused.NotAuthorizedException, match="Access Token has expired"):
        cognito.get_user(AccessToken=second["AccessToken"])
    renewed = refreshed(cognito, moving, second["RefreshToken"])
    assert cognito.get_user(AccessToken=renewed["AccessToken"])["Username"] == name
    advance(moving, 3300)
    for token in (sibling, renewed["RefreshToken"]):
        with pytest.raises(refused.NotAuthorizedException, match="Refresh Token has expired"):
            refreshed(cognito, moving, token)


def test_revoking_a_replaced_token_revokes_its_successors(cognito: Any, moving: AppClient, name: str) -> None:
    refused = cognito.exceptions
    first, other = signed_up(cognito, moving, name), signed_in(cognito, moving, name)
    second = refreshed(cognito, moving, first["RefreshToken"])
    advance(moving, 10)
    cognito.revoke_token(ClientId=moving.client_id, Token=first["RefreshToken"])
    for tokens in (first, second):
        with pytest.raises(refused.NotAuthorizedException, match="Refresh Token has been revoked"):
            refreshed(cognito, moving, tokens["RefreshToken"])
        with pytest.raises(refused.NotAuthorizedException, match="Access Token has been revoked"):
            cognito.get_user(AccessToken=tokens["AccessToken"])
    assert cognito.get_user(AccessToken=other["AccessToken"])["Username"] == name
    assert refreshed(cognito, moving, other["RefreshToken"])["RefreshToken"]
