"""The devices of a signed-in user."""

from __future__ import annotations

from contextlib import suppress

from ..._aws._generated.errors import ResourceNotFoundException
from ..._core import checks
from ..._core.checks import NOT_GIVEN, NotGiven
from ..._core.concurrency.shield import shielded
from ..._core.errors import ConfigurationError
from ..._flows import devices
from .. import results
from .signed_in import SignedIn


class DeviceCalls(SignedIn):
    """The calls of `CognitoUser` about devices. Without a `key`, they are about the device of this session."""

    __slots__ = ()

    async def devices(self, *, timeout: float | None | NotGiven = NOT_GIVEN) -> list[results.Device]:
        """Return all devices of the user.

        Source: ListDevices, all pages.
        """
        return [results.device(each) for each in await self._with_access_token(devices.list_all, timeout)]

    async def device(self, key: str | None = None, *, timeout: float | None | NotGiven = NOT_GIVEN) -> results.Device:
        """Return one device.

        Args:
            key: the device key; by default that of this session's device.
            timeout: seconds that this call may take, retries included; by default the client's `timeout`.

        Raises:
            ConfigurationError: if no key is given, and this session has no device.
            ResourceNotFoundException: if the user has no device with this key.

        Source: GetDevice.
        """
        chosen = self._key_or_own(key)
        return results.device(await self._with_access_token(lambda token: devices.get(token, chosen), timeout))

    async def remember_device(
        self, key: str | None = None, *, remembered: bool = True, timeout: float | None | NotGiven = NOT_GIVEN
    ) -> None:
        """Remember a device, or stop remembering it. A remembered device can replace the second factor.

        Args:
            key: the device key; by default that of this session's device.
            remembered: whether to remember the device, which is the default, or to stop remembering it.
            timeout: seconds that this call may take, retries included; by default the client's `timeout`.

        Raises:
            ConfigurationError: if no key is given, and this session has no device.
            InvalidParameterException: if the pool does not track devices.

        Source: UpdateDeviceStatus.
        """
        chosen = self._key_or_own(key)
        if not isinstance(remembered, bool):
            raise ConfigurationError("remembered must be a bool")
        await self._with_access_token(lambda token: devices.remember(token, chosen, remembered), timeout)

    async def forget_device(self, key: str | None = None, *, timeout: float | None | NotGiven = NOT_GIVEN) -> None:
        """Remove a device from the pool.

        If this session uses the device, the session can no longer be refreshed. The local secret of the device is
        deleted too.

        Args:
            key: the device key; by default that of this session's device.
            timeout: seconds that this call may take, retries included; by default the client's `timeout`.

        Raises:
            ConfigurationError: if no key is given, and this session has no device.
            ResourceNotFoundException: if the user has no device with this key. A local secret with this key is deleted
                anyway.

        Source: ForgetDevice.
        """
        chosen = self._key_or_own(key)
        try:
            await self._with_access_token(lambda token: devices.forget(token, chosen), timeout)
        except ResourceNotFoundException:
            with suppress(Exception):  # the error of the service is more useful than one of the store
                await self._forget_locally(chosen)
            raise
        await self._forget_locally(chosen)

    async def _forget_locally(self, key: str) -> None:
        """Delete the local secret of a device, which is useless once the pool has removed the device."""
        session = self._connected()
        if session.device is not None and session.device.key == key:
            session.device = None
        registry = session.registry
        if registry is not None:
            await shielded(lambda: registry.devices.forget(session.username, key))

    def _key_or_own(self, key: str | None) -> str:
        if key is not None:
            return checks.text(key, "key")
        own = self._connected().device_key(self.tokens)
        if own is None:
            raise ConfigurationError("this session has no device that the pool tracks: pass a device key")
        return own
