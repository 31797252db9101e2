"""ConfirmDevice, GetDevice, ListDevices, ForgetDevice and UpdateDeviceStatus."""

from __future__ import annotations

import base64

from ..._crypto.groups import N
from ..state.entities import Device, User
from ..state.pages import page
from ..state.service_state import ServiceState
from ..tokens.access_tokens import owner_of_access_token
from ..wire.refusals import Refusal, invalid_parameter
from ..wire.replies import Reply
from ..wire.requests import Request


async def confirm_device(state: ServiceState, request: Request) -> Reply:
    """Set the verifier of an offered device. The pool remembers the device, or leaves this choice to the user."""
    pool, _, user = await owner_of_access_token(state, request["AccessToken"])
    device = _known(user, request)
    if device.verifier is not None:
        raise Refusal("DeviceKeyExistsException", "Device already exists.")
    config = request.get("DeviceSecretVerifierConfig", {})
    salt = _decoded(config, "Salt")
    # Reduce the number mod N, because longer numbers block the event loop for longer.
    verifier = int.from_bytes(_decoded(config, "PasswordVerifier"), "big") % N
    if verifier == 0:
        raise invalid_parameter("Invalid PasswordVerifier given.")
    device.salt, device.verifier = salt, verifier
    device.name, device.modified = request.get("DeviceName"), state.now()
    device.remembered = pool.settings.device_tracking == "ALWAYS"
    return {"UserConfirmationNecessary": not device.remembered}


async def get_device(state: ServiceState, request: Request) -> Reply:
    _, _, user = await owner_of_access_token(state, _token(request))
    return {"Device": describe_device(confirmed_device(user, request))}


async def list_devices(state: ServiceState, request: Request) -> Reply:
    pool, _, user = await owner_of_access_token(state, request["AccessToken"])
    devices, more = page_of_devices(state, request, user, "ListDevices", pool.settings.id)
    return {"Devices": [describe_device(device) for device in devices], **more}


async def forget_device(state: ServiceState, request: Request) -> Reply:
    _, _, user = await owner_of_access_token(state, _token(request))
    del user.devices[confirmed_device(user, request).key]
    return {}


async def update_device_status(state: ServiceState, request: Request) -> Reply:
    _, _, user = await owner_of_access_token(state, request["AccessToken"])
    set_status(state, user, request)
    return {}


def set_status(state: ServiceState, user: User, request: Request) -> None:
    """Set whether a device is remembered. A request without a status, which the model allows, changes nothing."""
    device = confirmed_device(user, request)
    if "DeviceRememberedStatus" in request:
        device.remembered = request["DeviceRememberedStatus"] == "remembered"
        device.modified = state.now()


def page_of_devices(state: ServiceState, request: Request, user: User, *listing: str) -> tuple[list[Device], Reply]:
    """Return a page of the confirmed devices, the oldest first."""
    confirmed = sorted((each for each in user.devices.values() if each.verifier is not None), key=_number)
    return page(state, request, "PaginationToken", confirmed, _number, *listing, user.sub)


def _number(device: Device) -> int:
    return device.number


def _known(user: User, request: Request) -> Device:
    device = user.devices.get(request["DeviceKey"])
    if device is None:
        raise Refusal("ResourceNotFoundException", "Device does not exist.")
    return device


def confirmed_device(user: User, request: Request) -> Device:
    device = _known(user, request)
    if device.verifier is None:
        raise Refusal("ResourceNotFoundException", "Device does not exist.")
    return device


def _token(request: Request) -> str:
    """Return the access token: it is required, although the model declares it optional."""
    if "AccessToken" not in request:
        raise invalid_parameter("Missing required parameter AccessToken")
    token: str = request["AccessToken"]
    return token


def _decoded(config: Request, name: str) -> bytes:
    try:
        data = base64.b64decode(config.get(name, ""), validate=True)
    except ValueError:
        data = b""
    if not any(data):
        raise invalid_parameter(f"Invalid {name} given.")
    return data


def describe_device(device: Device, **more: str) -> Reply:
    attributes = {
        "device_status": "valid",
        "device_name": device.name or "",
        "last_ip_used": device.last_ip,
        **more,
    }
    return {
        "DeviceKey": device.key,
        "DeviceAttributes": [{"Name": name, "Value": value} for name, value in attributes.items() if value],
        "DeviceCreateDate": round(device.created.timestamp(), 3),
        "DeviceLastModifiedDate": round(device.modified.timestamp(), 3),
        "DeviceLastAuthenticatedDate": round(device.authenticated.timestamp(), 3),
    }
