"""The devices of one `Auth`'s users in its store. A sign-out does not remove them."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from .._core.errors import ConfigurationError
from .._tokens.device import DeviceSecret
from .store_view import StoreView


class DeviceRegistry:
    """The device records of a store.

    A device is stored under its user's canonical name. For each other name that the user has typed, an alias record
    holds the canonical name. Case-folded names have alias records too, because most user pools ignore the case of
    names.
    """

    def __init__(self, view: StoreView) -> None:
        self._view = view

    async def find(self, name: str) -> DeviceSecret | None:
        """Return the device that is stored under this name or alias, in any letter case; `None` if there is none.

        It may be another user's: an alias can move, and some pools distinguish letter case.
        """
        async with self._view.lock():
            return await self._find(name)

    async def load(self, username: str) -> DeviceSecret | None:
        """Return the device of the user with this canonical name. Callers hold the lock."""
        record = await self._view.load("device", username)
        if record is not None:
            with suppress(ConfigurationError):  # ignore a damaged record: the next sign-in registers a new device
                return DeviceSecret.from_state(record.text, self._view.binding)
        return None

    async def keep(
        self, username: str, device: DeviceSecret | None, typed: str | None, refused: Collection[str]
    ) -> DeviceSecret | None:
        """Store the device of a complete sign-in. Without one, return the stored device, or delete it if refused.

        Args:
            username: the canonical name of the user.
            device: the device that the sign-in has registered or used.
            typed: the name that the user typed, which becomes an alias.
            refused: the keys of devices that the service did not know for this user.
        """
        async with self._view.lock():
            device = device or await self.load(username)
            if device is not None and device.key in refused:
                await self._forget(device)
                return None
            if device is not None:
                await self._save(device, typed or username)
            return device

    async def forget(self, username: str, key: str | None = None) -> None:
        """Delete the user's device and its aliases; with `key`, only if the device has that key."""
        async with self._view.lock():
            device = await self.load(username)
            if device is not None and key in (None, device.key):
                await self._forget(device)
            elif key is None:
                await self._view.delete("device", username)  # it is damaged

    async def _find(self, name: str) -> DeviceSecret | None:
        for each in _spellings(name):
            device = await self.load(each)
            if device is None and (target := await self._view.load("alias", each)) is not None:
                device = await self.load(target.text)
            if device is not None:
                return device
        return None

    async def _save(self, device: DeviceSecret, typed: str) -> None:
        """Store the device under the canonical username, with an alias for the typed name.

        A password sign-in needs the device before the service returns the canonical name.
        """
        view, username = self._view, device.username
        stored = await self.load(username)
        aliases = known = stored.aliases if stored is not None else ()
        found = await self._find(typed)
        is_new_alias = typed != username and (found is None or found.username != username)
        if is_new_alias:
            aliases = (*(each for each in known if each != typed), typed)
        if stored is None or stored.key != device.key or aliases != known:
            await view.save("device", device.with_aliases(aliases).to_state(), username)
        if is_new_alias:
            await view.save("alias", username, typed)
        for folded in {username.casefold(), typed.casefold()} - {username, typed}:
            if await self._find(folded) is None:
                await view.save("alias", username, folded)

    async def _forget(self, device: DeviceSecret) -> None:
        view, username = self._view, device.username
        await view.delete("device", username)
        for alias in _spellings(username, *device.aliases):
            target = await view.load("alias", alias)
            if target is not None and target.text == username:  # another user may have taken the alias over
                await view.delete("alias", alias)


def _spellings(*names: str) -> list[str]:
    """Return these names and their case-folded forms, each once."""
    return list(dict.fromkeys(each for name in names for each in (name, name.casefold())))
