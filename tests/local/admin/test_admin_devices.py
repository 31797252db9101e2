"""Administrators' operations on users' devices."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.pool import PoolSettings

from ..device_client import confirm
from ..helpers import START, Wire, attributes_of

pytestmark = [pytest.mark.anyio, pytest.mark.table]
NO_DEVICE = ("ResourceNotFoundException", "Device does not exist.")


async def with_device() -> tuple[Wire, dict[str, Any], dict[str, Any]]:
    """Return a pool, a user's access token, and the members with which an administrator names the user's device."""
    wire = Wire(PoolSettings(device_tracking="OPT_IN"))
    await wire.signed_up()
    tokens = await wire.tokens()
    await confirm(wire, tokens)
    device = {"Username": "alice", "DeviceKey": tokens["NewDeviceMetadata"]["DeviceKey"]}
    return wire, {"AccessToken": tokens["AccessToken"]}, device


async def test_administrator_sees_devices_and_their_status() -> None:
    wire, access, device = await with_device()
    await wire.tokens()  # an unconfirmed device
    for status in ("not_remembered", "remembered", "not_remembered"):
        assert await wire.admin("AdminUpdateDeviceStatus", DeviceRememberedStatus=status, **device) == {}
        shown = (await wire.admin("AdminGetDevice", **device))["Device"]
        assert (await wire.admin("AdminListDevices", Username="alice")) == {"Devices": [shown]}
        assert attributes_of(shown["DeviceAttributes"]) == {
            "device_status": "valid",
            "last_ip_used": "127.0.0.1",
            "dev:device_remembered_status": status,
        }
        assert (shown["DeviceKey"], shown["DeviceCreateDate"]) == (device["DeviceKey"], START.timestamp())
    own = (await wire.call("GetDevice", DeviceKey=device["DeviceKey"], **access))["Device"]
    assert "dev:device_remembered_status" not in attributes_of(own["DeviceAttributes"])


async def test_administrator_forgets_a_device() -> None:
    wire, access, device = await with_device()
    assert await wire.admin("AdminForgetDevice", **device) == {}
    assert await wire.call("ListDevices", **access) == {"Devices": []}
    for operation in ("AdminGetDevice", "AdminForgetDevice", "AdminUpdateDeviceStatus"):
        assert await wire.admin_refused(operation, **device) == NO_DEVICE


@pytest.mark.parametrize("operation", ["AdminListDevices", "AdminGetDevice"])
async def test_devices_of_an_unknown_user_are_not_found(operation: str) -> None:
    refused = await Wire().admin_refused(operation, Username="nobody", DeviceKey="us-east-1_a")
    assert refused == ("ResourceNotFoundException", "User does not exist.")
