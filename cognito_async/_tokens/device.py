"""The secret with which a program signs in as a device that the user pool remembers."""

from __future__ import annotations

from typing import Any, NoReturn

from .._core.redact import mask
from .._core.secret import MaskedStr, Secret
from . import states


class DeviceSecret:
    """Use this to sign in again on a device that the user pool remembers. It can replace the second factor.

    After a sign-in, it is in `user.device_secret`. Pass it to the next sign-in: `pool.sign_in(…, device=secret)`.
    An `Auth` does both for you. Protect it like a token: with it and the password, anyone can act as that device.
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
        """The canonical name of the user who has this device."""
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
        """The random password of this device, a secret. A sign-in proves by SRP that it knows the password."""
        return MaskedStr(self._state.password.reveal())

    @property
    def user_confirmation_necessary(self) -> bool:
        """Return whether the pool remembers the device only with the user's consent.

        If so, ask the user, and call `user.remember_device()`. The pool sends this value when it registers the device.
        The user's decision does not change the value.
        """
        return self._state.user_confirmation_necessary

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names that the user has typed on this device."""
        return self._state.aliases

    def belongs_to(self, binding: tuple[str, str]) -> bool:
        """Return whether this device belongs to that user pool and app client."""
        return self._binding == binding

    def with_aliases(self, aliases: tuple[str, ...]) -> DeviceSecret:
        """Return the same device with these aliases."""
        return DeviceSecret(self._binding, **dict(self._state.model_copy(update={"aliases": aliases})))

    def to_state(self, key: str | bytes | None = None) -> str:
        """Return the secret as a string, which `pool.device_from_state(state, key)` reads.

        Args:
            key: at least 32 random characters or bytes, which encrypt the state, so that others may store it. By
                default, the state is not encrypted.

        Raises:
            ConfigurationError: if the key is too short.
        """
        key = mask(key)
        return states.pack(self._state, self._binding, Secret.maybe(key)).reveal()

    @classmethod
    def from_state(cls, state: str, binding: tuple[str, str], key: str | bytes | None = None) -> DeviceSecret:
        """Return the device secret that a state holds; see the pool's `device_from_state`."""
        state, key = mask(state), mask(key)
        found = states.unpack(Secret.of(state), states.DeviceState, binding, Secret.maybe(key))
        return cls(binding, **dict(found))

    def __repr__(self) -> str:
        return f"DeviceSecret(username={self.username!r}, key={self.key!r})"

    def __copy__(self) -> DeviceSecret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> DeviceSecret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a device secret cannot be pickled: use to_state(key)")
