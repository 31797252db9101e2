"""AdminListDevices, AdminGetDevice, AdminForgetDevice and AdminUpdateDeviceStatus."""

from __future__ import annotations

from ..sign_in.devices import confirmed_device, describe_device, page_of_devices, set_status
from ..state.entities import Device, User
from ..state.service_state import ServiceState
from ..wire.refusals import Refusal
from ..wire.replies import Reply
from ..wire.requests import Request
from .known_users import require_user


async def admin_list_devices(state: ServiceState, request: Request) -> Reply:
    user = _owner(state, request)
    devices, more = page_of_devices(state, request, user, "AdminListDevices", request["UserPoolId"])
    return {"Devices": [_shown(device) for device in devices], **more}


async def admin_get_device(state: ServiceState, request: Request) -> Reply:
    return {"Device": _shown(confirmed_device(_owner(state, request), request))}


async def admin_forget_device(state: ServiceState, request: Request) -> Reply:
    _, user = require_user(state, request)
    del user.devices[confirmed_device(user, request).key]
    return {}


async def admin_update_device_status(state: ServiceState, request: Request) -> Reply:
    _, user = require_user(state, request)
    set_status(state, user, request)
    return {}


def _owner(state: ServiceState, request: Request) -> User:
    """Return the user for an operation that only reads.

    The model declares no `UserNotFoundException` for these operations, so raise ResourceNotFoundException instead.
    """
    try:
        _, user = require_user(state, request)
    except Refusal as refusal:
        raise Refusal("ResourceNotFoundException", refusal.message) from None
    return user


def _shown(device: Device) -> Reply:
    """Describe a device with its status, which users do not see."""
    status = "remembered" if device.remembered else "not_remembered"
    return describe_device(device, **{"dev:device_remembered_status": status})
