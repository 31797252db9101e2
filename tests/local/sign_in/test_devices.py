"""The devices of a signed-in user: confirmed, shown, forgotten."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from cognito_async._local.settings.pool import PoolSettings

from ..helpers import PASSWORD, START, Wire, hours
from ..srp_client import N

pytestmark = [pytest.mark.anyio, pytest.mark.table]
INVALID = "InvalidParameterException"
NO_DEVICE = ("ResourceNotFoundException", "Device does not exist.")
ALWAYS, OPT_IN = PoolSettings(device_tracking="ALWAYS"), PoolSettings(device_tracking="OPT_IN")
SECRET = {
    "Salt": base64.b64encode(b"\x00\xf0" + b"s" * 15).decode(),
    "PasswordVerifier": base64.b64encode(b"v" * 384).decode(),
}


async def offered(wire: Wire) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sign in. Return the access token and the offered device."""
    tokens = await wire.tokens()
    return {"AccessToken": tokens["AccessToken"]}, {"DeviceKey": tokens["NewDeviceMetadata"]["DeviceKey"]}


async def signed_in(settings: PoolSettings = ALWAYS) -> tuple[Wire, dict[str, Any], dict[str, Any]]:
    wire = Wire(settings)
    await wire.signed_up()
    return (wire, *await offered(wire))


async def confirmed(wire: Wire, name: str | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    access, device = await offered(wire)
    named = {} if name is None else {"DeviceName": name}
    await wire.call("ConfirmDevice", DeviceSecretVerifierConfig=SECRET, **named, **device, **access)
    return access, device


@pytest.mark.parametrize(("settings", "asks"), [(ALWAYS, False), (OPT_IN, True)])
async def test_pool_decides_whether_the_user_confirms_remembering(settings: PoolSettings, asks: bool) -> None:
    wire, access, device = await signed_in(settings)
    confirm = {"DeviceSecretVerifierConfig": SECRET, "DeviceName": "laptop", **device, **access}
    assert await wire.call("ConfirmDevice", **confirm) == {"UserConfirmationNecessary": asks}
    assert await wire.refused("ConfirmDevice", **confirm) == ("DeviceKeyExistsException", "Device already exists.")
    shown = await wire.call("GetDevice", **device, **access)
    assert shown["Device"] == {
        **device,
        "DeviceAttributes": [
            {"Name": "device_status", "Value": "valid"},
            {"Name": "device_name", "Value": "laptop"},
            {"Name": "last_ip_used", "Value": "127.0.0.1"},
        ],
        "DeviceCreateDate": START.timestamp(),
        "DeviceLastModifiedDate": START.timestamp(),
        "DeviceLastAuthenticatedDate": START.timestamp(),
    }
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None
    record = user.devices[device["DeviceKey"]]
    assert (record.remembered, record.salt) == (not asks, b"\x00\xf0" + b"s" * 15)
    assert record.verifier == int.from_bytes(b"v" * 384, "big") and "verifier" not in repr(record)


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"Salt": SECRET["Salt"]},
        {**SECRET, "Salt": "nonsense!"},
        {**SECRET, "PasswordVerifier": ""},
        {**SECRET, "PasswordVerifier": base64.b64encode(b"\x00").decode()},
        {**SECRET, "PasswordVerifier": base64.b64encode(N.to_bytes(384, "big")).decode()},
    ],
)
async def test_device_without_a_valid_verifier_is_not_confirmed(config: dict[str, str]) -> None:
    wire, access, device = await signed_in()
    confirm = {"DeviceSecretVerifierConfig": config, **device, **access}
    assert (await wire.refused("ConfirmDevice", **confirm))[0] == INVALID
    assert (await wire.refused("ConfirmDevice", **device, **access))[0] == INVALID


async def test_foreign_or_unconfirmed_devices_are_not_found() -> None:
    wire, access, device = await signed_in()
    foreign = {"DeviceKey": "us-east-1_01234567-89ab-cdef-0123-456789abcdef"}
    assert await wire.refused("ConfirmDevice", DeviceSecretVerifierConfig=SECRET, **foreign, **access) == NO_DEVICE
    for operation in ("GetDevice", "ForgetDevice", "UpdateDeviceStatus"):
        assert await wire.refused(operation, **foreign, **access) == NO_DEVICE
        # This device was offered, but not confirmed.
        assert await wire.refused(operation, **device, **access) == NO_DEVICE
    assert await wire.call("ListDevices", **access) == {"Devices": []}


async def test_devices_are_listed_in_pages() -> None:
    wire, access, _ = await signed_in()
    keys = [(await confirmed(wire))[1]["DeviceKey"] for _ in range(5)]
    seen: list[str] = []
    sizes: list[int] = []
    more: dict[str, Any] = {}
    while True:
        page = await wire.call("ListDevices", Limit=2, **more, **access)
        seen += [device["DeviceKey"] for device in page["Devices"]]
        sizes.append(len(page["Devices"]))
        if "PaginationToken" not in page:
            break
        more = {"PaginationToken": page["PaginationToken"]}
    assert (seen, sizes) == (keys, [2, 2, 1])
    assert len((await wire.call("ListDevices", **access))["Devices"]) == 5
    garbled = await wire.refused("ListDevices", PaginationToken="nonsense", **access)
    assert garbled == (INVALID, "Invalid pagination token given.")


async def test_device_without_a_name_lacks_the_attribute() -> None:
    wire, _, _ = await signed_in()
    access, device = await confirmed(wire)
    attributes = (await wire.call("GetDevice", **device, **access))["Device"]["DeviceAttributes"]
    assert [each["Name"] for each in attributes] == ["device_status", "last_ip_used"]


async def test_remembering_a_device_can_be_changed() -> None:
    wire, _, _ = await signed_in(OPT_IN)
    access, device = await confirmed(wire)
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None
    record = user.devices[device["DeviceKey"]]
    for status in ("remembered", "not_remembered"):
        wire.clock.advance(60)
        assert await wire.call("UpdateDeviceStatus", DeviceRememberedStatus=status, **device, **access) == {}
        assert record.remembered is (status == "remembered")
    shown = (await wire.call("GetDevice", **device, **access))["Device"]
    assert shown["DeviceLastModifiedDate"] == START.timestamp() + 120


async def test_session_of_a_forgotten_device_cannot_be_refreshed() -> None:
    wire = Wire(ALWAYS)
    await wire.signed_up()
    tokens = await wire.tokens()
    device, access = {"DeviceKey": tokens["NewDeviceMetadata"]["DeviceKey"]}, {"AccessToken": tokens["AccessToken"]}
    await wire.call("ConfirmDevice", DeviceSecretVerifierConfig=SECRET, **device, **access)
    refresh = {"RefreshToken": tokens["RefreshToken"], **device}
    assert (await wire.call("GetTokensFromRefreshToken", **refresh))["AuthenticationResult"]
    assert await wire.call("ForgetDevice", **device, **access) == {}
    assert await wire.refused("GetDevice", **device, **access) == NO_DEVICE
    assert (await wire.refused("GetTokensFromRefreshToken", **refresh))[0] == "NotAuthorizedException"


async def test_access_token_is_required_although_the_model_has_it_as_optional() -> None:
    wire, access, device = await signed_in()
    for operation in ("GetDevice", "ForgetDevice"):
        assert (await wire.refused(operation, **device))[0] == INVALID
    wire.clock.advance(hours(2))
    assert (await wire.refused("ListDevices", **access))[0] == "NotAuthorizedException"


async def test_no_device_is_offered_without_tracking() -> None:
    wire = Wire()
    await wire.signed_up()
    assert "NewDeviceMetadata" not in await wire.tokens(password=PASSWORD)


async def test_update_without_a_status_changes_nothing() -> None:
    wire, _, _ = await signed_in()
    access, device = await confirmed(wire)
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None
    wire.clock.advance(60)
    assert await wire.call("UpdateDeviceStatus", **device, **access) == {}
    record = user.devices[device["DeviceKey"]]
    assert record.remembered and record.modified == START
    await wire.call("UpdateDeviceStatus", DeviceRememberedStatus="not_remembered", **device, **access)
    assert not record.remembered and record.modified > START
