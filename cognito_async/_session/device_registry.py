"""The devices of one `Auth`'s users in its store. A sign-out does not remove them."""

from __future__ import annotations

from contextlib import suppress

from .._core.errors import ConfigurationError
from .._tokens.device import DeviceSecret
from .store_view import StoreView


class DeviceRegistry:
    """The device records of a store.

    A device is stored under its user's canonical name. For each other name that the user has typed, an alias record
    holds the canonical name.
    """

    def __init__(self, view: StoreView) -> None:
        self._view = view

    async def find(self, username: str) -> DeviceSecret | None:
        """Return the device of the user with this canonical name or alias; `None` if none is stored."""
        async with self._view.lock():
            return await self.load(username)

    async def save(self, device: DeviceSecret, typed: str | None) -> None:
        """Store the device under the canonical username, with an alias for the typed name.

        A password sign-in needs the device before the service returns the canonical name.
        """
        view = self._view
        async with view.lock():
            stored = await self._read(device.username)
            aliases = known = stored.aliases if stored is not None else ()
            if typed is not None and typed not in (device.username, *known):
                await view.save("alias", device.username, typed)
                aliases = (*known, typed)
            if stored is None or stored.key != device.key or aliases != known:
                await view.save("device", device.with_aliases(aliases).to_state(), device.username)

    async def forget(self, username: str, key: str | None = None) -> None:
        """Delete the user's device and its aliases; with `key`, only if the device has that key."""
        view = self._view
        async with view.lock():
            device = await self._read(username)
            if key is not None and (device is None or device.key != key):
                return
            await view.delete("device", username)
            for alias in device.aliases if device is not None else ():
                target = await view.load("alias", alias)
                if target is not None and target.text == username:  # another user may have taken the alias over
                    await view.delete("alias", alias)

    async def load(self, username: str) -> DeviceSecret | None:
        """Do the work of `find`, for callers that already hold the lock."""
        device = await self._read(username)
        if device is None and (target := await self._view.load("alias", username)) is not None:
            device = await self._read(target.text)
        return device

    async def _read(self, username: str) -> DeviceSecret | None:
        record = await self._view.load("device", username)
        if record is not None:
            with suppress(ConfigurationError):  # ignore a damaged record: the next sign-in registers a new device
                return DeviceSecret.from_state(record.text, self._view.binding)
        return None
