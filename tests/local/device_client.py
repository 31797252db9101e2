"""The client's side of a device that a local pool remembers: its registration and its proof."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from tests.powers import power

from .helpers import Wire
from .srp_client import N, SrpClient

DEVICE_PASSWORD = "device-password"
# The encoding of numbers adds a zero byte before a first byte whose top bit is set.
SALT = bytes([0, 0xF0, *range(1, 16)])


class DeviceClient(SrpClient):
    """The client's side of SRP for a device. The group key and the device key replace the names of pool and user."""

    def __init__(self, group_key: str, key: str) -> None:
        super().__init__("region_pool")
        self.pool_name, self.key = group_key, key

    def prove(self, parameters: dict[str, str], at: Any, password: str = DEVICE_PASSWORD) -> dict[str, str]:
        return {**self.answer({**parameters, "USER_ID_FOR_SRP": self.key}, password, at), "DEVICE_KEY": self.key}


async def confirm(wire: Wire, tokens: dict[str, Any]) -> None:
    offered = tokens["NewDeviceMetadata"]
    names = f"{offered['DeviceGroupKey']}{offered['DeviceKey']}:{DEVICE_PASSWORD}".encode()
    x = int.from_bytes(hashlib.sha256(SALT + hashlib.sha256(names).digest()).digest(), "big")
    verifier = power(2, x, N)
    config = {
        "Salt": base64.b64encode(SALT).decode(),
        "PasswordVerifier": base64.b64encode(verifier.to_bytes(385, "big")).decode(),
    }
    await wire.call(
        "ConfirmDevice",
        AccessToken=tokens["AccessToken"],
        DeviceKey=offered["DeviceKey"],
        DeviceSecretVerifierConfig=config,
    )


def device_of(tokens: dict[str, Any]) -> DeviceClient:
    return DeviceClient(tokens["NewDeviceMetadata"]["DeviceGroupKey"], tokens["NewDeviceMetadata"]["DeviceKey"])
