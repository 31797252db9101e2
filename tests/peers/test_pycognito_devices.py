"""pycognito's devices against our served local pool, where they replace the second factor."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest

from .running import AppClient, module
from .test_pycognito import PASSWORD, signed_up
from .test_pycognito_challenges import app_code, asked_for, with_app

pytestmark = [
    pytest.mark.peer,
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
DEVICE = ("device_key", "device_group_key", "device_password")
OK = "<Response [200]>"


@pytest.fixture
def client(served_with_devices: AppClient, monkeypatch: pytest.MonkeyPatch) -> AppClient:
    """Return an app client of our pool, and redirect pycognito's operations on devices to this pool.

    pycognito sends these operations to AWS, whatever its endpoint is.
    """
    requests = module("requests")

    def post(url: str, **how: Any) -> Any:
        assert url == "https://cognito-idp.us-east-1.amazonaws.com/"
        return requests.post(served_with_devices.endpoint, **how)

    monkeypatch.setattr(module("pycognito.aws_srp"), "requests", types.SimpleNamespace(post=post))
    return served_with_devices


@pytest.fixture
def user(client: AppClient, name: str, pycognito_user: Callable[[AppClient, str], Any]) -> Any:
    user = pycognito_user(client, name)
    signed_up(user, name)
    return user


def proof(user: Any, device: dict[str, str] | None = None, **changed: str) -> Any:
    """Return the object with which pycognito proves the password, and the device if one is given."""
    names = {**(device or {}), **changed}
    return module("pycognito.aws_srp").AWSSRP(
        user.username, PASSWORD, user.user_pool_id, user.client_id, client=user.client, **names
    )


def with_device(user: Any) -> tuple[dict[str, str], str]:
    """Sign in on a new device, confirm the device, and return its secrets and an access token."""
    tokens = proof(user).authenticate_user()
    reply, password = proof(user).confirm_device(tokens, "phone")
    assert (reply.status_code, reply.json()) == (200, {"UserConfirmationNecessary": False})
    offered = tokens["AuthenticationResult"]["NewDeviceMetadata"]
    secrets = (offered["DeviceKey"], offered["DeviceGroupKey"], password)
    return dict(zip(DEVICE, secrets, strict=True)), tokens["AuthenticationResult"]["AccessToken"]


def claims(user: Any, tokens: Any) -> Any:
    return user.verify_token(tokens["AuthenticationResult"]["AccessToken"], "access_token", "access")


def test_confirmed_device_proves_itself(user: Any, refused: type[Exception]) -> None:
    device, _ = with_device(user)
    tokens = proof(user, device).authenticate_user()
    assert "NewDeviceMetadata" not in tokens["AuthenticationResult"]
    assert claims(user, tokens)["device_key"] == device["device_key"]
    with pytest.raises(refused, match=r"NotAuthorizedException.*Incorrect username or password\."):
        proof(user, device, device_password="another").authenticate_user()
    with pytest.raises(refused, match=r"NotAuthorizedException.*Incorrect username or password\."):
        proof(user, device, device_group_key="-another1").authenticate_user()
    with pytest.raises(refused, match=r"ResourceNotFoundException.*Device does not exist\."):
        proof(user, device, device_key="us-east-1_0000").authenticate_user()
    assert claims(user, proof(user, device).authenticate_user())["device_key"] == device["device_key"]


def test_device_session_needs_the_device_key_to_refresh(user: Any, refused: type[Exception]) -> None:
    """pycognito does not send the device's key when it refreshes."""
    user.authenticate(PASSWORD)
    with pytest.raises(refused, match=r"NotAuthorizedException.*Invalid Refresh Token\."):
        user.renew_access_token()


def test_remembered_device_replaces_the_second_factor(user: Any, refused: type[Exception]) -> None:
    device, user.access_token = with_device(user)
    secret = with_app(user)
    user.set_user_mfa_preference(False, True, "SOFTWARE_TOKEN")
    asked_for(user, "SoftwareToken")
    token = proof(user, device).authenticate_user()["AuthenticationResult"]["AccessToken"]

    asked = module("pycognito.exceptions").SoftwareTokenMFAChallengeException
    key = device["device_key"]
    assert proof(user).update_device_status(False, token, key).startswith(OK)
    with pytest.raises(asked):
        proof(user, device).authenticate_user()
    assert proof(user).update_device_status(True, token, key).startswith(OK)
    assert claims(user, proof(user, device).authenticate_user())["device_key"] == key
    assert proof(user).forget_device(token, key).startswith(OK)
    with pytest.raises(refused, match=r"ResourceNotFoundException.*Device does not exist\."):
        proof(user, device).authenticate_user()

    asked_for(user, "SoftwareToken")
    user.respond_to_software_token_mfa_challenge(app_code(secret, 1))
    user.verify_tokens()


def test_device_of_another_user_is_refused(
    user: Any, client: AppClient, name: str, refused: type[Exception], pycognito_user: Callable[[AppClient, str], Any]
) -> None:
    device, token = with_device(user)
    other = pycognito_user(client, f"{name}-2")
    signed_up(other, f"{name}-2")
    with pytest.raises(refused, match=r"ResourceNotFoundException.*Device does not exist\."):
        proof(other, device).authenticate_user()
    other.authenticate(PASSWORD)
    reply = proof(other).forget_device(other.access_token, device["device_key"])
    assert reply.startswith("<Response [400]>")
    assert claims(user, proof(user, device).authenticate_user())["device_key"] == device["device_key"]
    assert user.client.list_devices(AccessToken=token)["Devices"][0]["DeviceKey"] == device["device_key"]
