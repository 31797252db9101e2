"""The secret that makes a program a remembered device of a user."""

from __future__ import annotations

from typing import Any

from .._core.redact import mask
from .._core.secret import MaskedStr, Secret
from . import states


class DeviceSecret:
    """Use this to sign in again on a device that the user pool remembers, where it stands for the second factor.

    You find it as `user.device_secret` after a sign-in, and pass it to the next: `pool.sign_in(…, device=secret)`.
    An `Auth` does both by itself. With the password it makes whoever has it that device: keep it as you keep tokens.
    """

    __slots__ = ("_binding", "_state")

    def __init__(
        self,
        binding: tuple[str, str],
        username: str,
        key: str,
        group_key: str,
        password: str,
        *,
        user_confirmation_necessary: bool = False,
        aliases: tuple[str, ...] = (),
    ) -> None:
        password = mask(password)
        self._binding = binding
        self._state = states.DeviceState(
            username=username,
            key=key,
            group_key=group_key,
            password=Secret.of(password),
            user_confirmation_necessary=user_confirmation_necessary,
            aliases=aliases,
        )

    @property
    def username(self) -> str:
        """Whose device it is, by the canonical name."""
        return self._state.username

    @property
    def key(self) -> str:
        """The device key."""
        return self._state.key

    @property
    def group_key(self) -> str:
        """The device group key."""
        return self._state.group_key

    @property
    def password(self) -> str:
        """What was made up for this device and is proved by SRP: a secret."""
        return MaskedStr(self._state.password.reveal())

    @property
    def user_confirmation_necessary(self) -> bool:
        """Whether the pool remembers the device only if the user says so: ask, and call `user.remember_device()`.

        This is what the pool said when the device was made; it says nothing about what the user has answered.
        """
        return self._state.user_confirmation_necessary

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names that the user has typed here."""
        return self._state.aliases

    def belongs_to(self, binding: tuple[str, str]) -> bool:
        """Return whether this is a device of that user pool and app client."""
        return self._binding == binding

    def with_aliases(self, aliases: tuple[str, ...]) -> DeviceSecret:
        """The same device, found by these names too."""
        return DeviceSecret(self._binding, **dict(self._state.model_copy(update={"aliases": aliases})))

    def to_state(self, key: str | bytes | None = None) -> str:
        """Write the secret as a text, to read it back with `pool.device_from_state(text, key)`.

        Args:
            key: random text or bytes, 32 or more: the state is then encrypted, and others may hold it.

        Raises:
            ConfigurationError: when the key is too short.
        """
        key = mask(key)
        return states.pack(self._state, self._binding, Secret.maybe(key)).reveal()

    @classmethod
    def from_state(cls, state: str, binding: tuple[str, str], key: str | bytes | None = None) -> DeviceSecret:
        """Read it back; the pool's method says more."""
        state, key = mask(state), mask(key)
        found = states.unpack(Secret.of(state), states.DeviceState, binding, Secret.maybe(key))
        return cls(binding, **dict(found))

    def __repr__(self) -> str:
        return f"DeviceSecret(username={self.username!r}, key={self.key!r})"

    def __copy__(self) -> DeviceSecret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> DeviceSecret:
        return self

    def __reduce__(self) -> str:
        raise TypeError("a device secret is not pickled: use to_state(key)")
