"""Keeps what makes this program a remembered device, for each user of one `Auth`; a sign-out does not touch it."""

from __future__ import annotations

from contextlib import suppress

from .._core.errors import ConfigurationError
from .._tokens.device import DeviceSecret
from .store_view import Records


class DeviceKeeper:
    """One record under the user's canonical name, and for each name typed here one that leads to it."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def find(self, username: str) -> DeviceSecret | None:
        """What this program is to a user, by the canonical name or one that the user has typed here."""
        async with self._records.turn():
            return await self.load(username)

    async def keep(self, device: DeviceSecret, typed: str | None) -> None:
        """Keep it under the canonical name; the one typed leads there, because a password may have to be sent
        before the service has told the other.
        """
        records = self._records
        async with records.turn():
            kept = await self._read(device.username)
            aliases = known = kept.aliases if kept is not None else ()
            if typed is not None and typed not in (device.username, *known):
                await records.save("alias", device.username, typed)
                aliases = (*known, typed)
            if kept is None or kept.key != device.key or aliases != known:
                await records.save("device", device.with_aliases(aliases).to_state(), device.username)

    async def forget(self, username: str, key: str | None = None) -> None:
        """Forget the user's device with the aliases that lead to it; one with another key stays."""
        records = self._records
        async with records.turn():
            device = await self._read(username)
            if key is not None and (device is None or device.key != key):
                return
            await records.delete("device", username)
            for alias in device.aliases if device is not None else ():
                leads_to = await records.load("alias", alias)
                if leads_to is not None and leads_to.text == username:  # it may be another's by now
                    await records.delete("alias", alias)

    async def load(self, username: str) -> DeviceSecret | None:
        """`find` for who has the turn."""
        device = await self._read(username)
        if device is None and (leads_to := await self._records.load("alias", username)) is not None:
            device = await self._read(leads_to.text)
        return device

    async def _read(self, username: str) -> DeviceSecret | None:
        record = await self._records.load("device", username)
        if record is not None:
            with suppress(ConfigurationError):  # a damaged record is none: the device is simply made anew
                return DeviceSecret.from_state(record.text, self._records.binding)
        return None
