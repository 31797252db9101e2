"""The secret that makes a program a remembered device of a user."""

from __future__ import annotations

from typing import Any

from .._ground.redact import Masked, mask
from .state import DeviceState, pack, unpack


class DeviceSecret:
    """Use this to sign in again on a device that the user pool remembers, where it stands for the second factor.

    You find it as `user.device_secret` after a sign-in, and pass it to the next: `pool.sign_in(…, device=secret)`.
    An `Auth` does both by itself. With the password it makes whoever has it that device: keep it as you keep tokens.

    Attributes:
        username: whose device it is, by the canonical name.
        key: the device key.
        group_key: the device group key.
        user_confirmation_necessary: the pool remembers the device only if the user says so: ask, and call
            `user.remember_device()`. Told by the sign-in that made the device; a state does not keep it.
    """

    __slots__ = ("_aliases", "_binding", "_password", "group_key", "key", "user_confirmation_necessary", "username")

    def __init__(self, binding: tuple[str, str], username: str, key: str, group_key: str, password: str) -> None:
        password = mask(password)
        self._binding = binding
        self._password = Masked(password)
        self._aliases: tuple[str, ...] = ()
        self.username = username
        self.key = key
        self.group_key = group_key
        self.user_confirmation_necessary = False

    @property
    def password(self) -> str:
        """What was made up for this device and is proved by SRP: a secret."""
        return self._password

    def to_state(self, key: str | bytes | None = None) -> str:
        """Write the secret as a text, to read it back with `pool.device_from_state(text, key)`.

        Args:
            key: random text or bytes, 32 or more: the state is then encrypted, and others may hold it.

        Raises:
            ConfigurationError: when the key is too short.
        """
        key = mask(key)
        state = DeviceState(
            username=self.username,
            key=self.key,
            group_key=self.group_key,
            password=str(self._password),
            aliases=self._aliases,
        )
        return pack(state, self._binding, key)

    @classmethod
    def from_state(cls, state: str, binding: tuple[str, str], key: str | bytes | None = None) -> DeviceSecret:
        """Read it back; the pool's method says more."""
        state, key = mask(state), mask(key)
        kept = unpack(state, DeviceState, binding, key)
        device = cls(binding, kept.username, kept.key, kept.group_key, kept.password)
        device._aliases = kept.aliases
        return device

    def __repr__(self) -> str:
        return f"DeviceSecret(username={self.username!r}, key={self.key!r})"

    def __copy__(self) -> DeviceSecret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> DeviceSecret:
        return self

    def __reduce__(self) -> str:
        raise TypeError("a device secret is not pickled: use to_state(key)")
