"""The devices of a signed-in user."""

from __future__ import annotations

from contextlib import suppress

from ..._aws._generated.errors import ResourceNotFoundException
from ..._core import checks
from ..._core.checks import NOT_GIVEN, NotGiven
from ..._core.errors import ConfigurationError
from ..._core.shield import shielded
from ..._flows import devices
from .. import results
from .signed_in import SignedIn


class DeviceCalls(SignedIn):
    """The calls of `CognitoUser` that concern devices. A `key` that is `None` means this device."""

    __slots__ = ()

    async def devices(self, *, timeout: float | None | NotGiven = NOT_GIVEN) -> list[results.Device]:
        """All devices that the pool knows of the user.

        Source: ListDevices, all pages.
        """
        return [results.device(each) for each in await self._with_access_token(devices.list_all, timeout)]

    async def device(self, key: str | None = None, *, timeout: float | None | NotGiven = NOT_GIVEN) -> results.Device:
        """One device, this one or another.

        Raises:
            ConfigurationError: no key is given, and this session belongs to no device.
            ResourceNotFoundException: there is no such device.

        Source: GetDevice.
        """
        chosen = self._chosen(key)
        return results.device(await self._with_access_token(lambda token: devices.get(token, chosen), timeout))

    async def remember_device(
        self, key: str | None = None, *, remembered: bool = True, timeout: float | None | NotGiven = NOT_GIVEN
    ) -> None:
        """Have a device remembered, so that it stands for the second factor; or not any more.

        Raises:
            ConfigurationError: no key is given, and this session belongs to no device.
            InvalidParameterException: the pool does not track devices.

        Source: UpdateDeviceStatus.
        """
        chosen = self._chosen(key)
        if not isinstance(remembered, bool):
            raise ConfigurationError("remembered is true or false")
        await self._with_access_token(lambda token: devices.remember(token, chosen, remembered), timeout)

    async def forget_device(self, key: str | None = None, *, timeout: float | None | NotGiven = NOT_GIVEN) -> None:
        """Have the pool forget a device; this one loses its secret here too, and the session cannot be renewed.

        Raises:
            ConfigurationError: no key is given, and this session belongs to no device.
            ResourceNotFoundException: there is no such device; it is forgotten here all the same.

        Source: ForgetDevice.
        """
        chosen = self._chosen(key)
        try:
            await self._with_access_token(lambda token: devices.forget(token, chosen), timeout)
        except ResourceNotFoundException:
            with suppress(Exception):  # the service's error says more
                await self._forget_locally(chosen)
            raise
        await self._forget_locally(chosen)

    async def _forget_locally(self, key: str) -> None:
        """Without the pool's record of it a device is worth nothing."""
        session = self._connected()
        if session.device is not None and session.device.key == key:
            session.device = None
        registry = session.registry
        if registry is not None:
            await shielded(lambda: registry.devices.forget(session.username, key))

    def _chosen(self, key: str | None) -> str:
        if key is not None:
            return checks.text(key, "key")
        this = self._connected().device_key(self.tokens)
        if this is None:
            raise ConfigurationError("this session belongs to no device that the pool tracks: name one by its key")
        return this
