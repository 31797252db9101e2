"""The devices of a signed-in user."""

from __future__ import annotations

from .._aws._generated import devices as operations
from .._core.errors import InvalidReply
from .._core.secret import Secret, as_member
from .protocol import Flow, call

# The service's limit of devices on one page, and a limit of pages that no user reaches.
_PAGE = 60
_MOST_PAGES = 1000


def list_all(access_token: Secret[str]) -> Flow[list[operations.DeviceType]]:
    """Call ListDevices until its last page.

    Raises:
        InvalidReply: if the pages do not end.
    """
    found: list[operations.DeviceType] = []
    token: str | None = None
    seen: set[str] = set()
    for _ in range(_MOST_PAGES):
        request = operations.ListDevicesRequest(
            access_token=as_member(access_token), limit=_PAGE, pagination_token=token
        )
        reply = yield from call(operations.LIST_DEVICES, request)
        found += reply.devices or []
        token = reply.pagination_token
        if not token:
            return found
        if token in seen:
            break
        seen.add(token)
    raise InvalidReply("the list of devices has no end", operation="ListDevices")


def get(access_token: Secret[str], key: str) -> Flow[operations.DeviceType]:
    """Call GetDevice."""
    reply = yield from call(
        operations.GET_DEVICE, operations.GetDeviceRequest(access_token=as_member(access_token), device_key=key)
    )
    if reply.device is None:
        raise InvalidReply("the reply to GetDevice has no Device", operation="GetDevice")
    return reply.device


def forget(access_token: Secret[str], key: str) -> Flow[None]:
    """Call ForgetDevice."""
    yield from call(
        operations.FORGET_DEVICE, operations.ForgetDeviceRequest(access_token=as_member(access_token), device_key=key)
    )


def remember(access_token: Secret[str], key: str, remembered: bool) -> Flow[None]:
    """Call UpdateDeviceStatus."""
    status = "remembered" if remembered else "not_remembered"
    request = operations.UpdateDeviceStatusRequest(
        access_token=as_member(access_token), device_key=key, device_remembered_status=status
    )
    yield from call(operations.UPDATE_DEVICE_STATUS, request)
