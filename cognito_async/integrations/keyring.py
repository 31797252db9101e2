"""The key of a `FileStore` in the keyring of the desktop: `KeyringKey` (extra `keyring`).

    from cognito_async.integrations.keyring import KeyringKey

    store = FileStore("session.json", key=KeyringKey("my-program"))

A machine without a keyring, such as a server, needs a key from its configuration instead.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from .._core.errors import CognitoError, ConfigurationError, StoreError
from .._core.secret import Secret

__all__ = ["KeyringKey"]

T = TypeVar("T")
# Two stores of one process that share a key must not both make it.
_MAKING = threading.Lock()


@dataclass(frozen=True, slots=True)
class KeyringKey:
    """Pass one as `FileStore(path, key=KeyringKey("my-program"))` to encrypt the file with a key that the keyring of
    the desktop keeps: Secret Service or KWallet, the macOS Keychain, the Windows Credential Locker.

    The key is made when a store is first written, and asked for once by each store, in a worker thread.
    Whoever deletes it from the keyring deletes what the store holds: no new key is made for an old file.

    Args:
        service: the program, as the keyring shows it to people. Stores with the same two names share a key.
        name: the entry of that program.

    Raises:
        ConfigurationError: when a name is empty.
    """

    service: str = "cognito-async"
    name: str = "store"

    def __post_init__(self) -> None:
        if not all(isinstance(each, str) and each for each in (self.service, self.name)):
            raise ConfigurationError("service and name of a KeyringKey are texts, and not empty")

    def read(self) -> str | None:
        """The key, if the keyring has one. It blocks, perhaps until somebody has unlocked the keyring.

        Raises:
            ConfigurationError: when there is no keyring, or the extra is not installed.
            StoreError: when the keyring is locked, or fails.
        """
        backend = _backend()
        key: Secret[str] | None = _told(lambda: Secret.maybe(backend.get_password(self.service, self.name)))
        return None if key is None else key.reveal()

    def make(self) -> str:
        """The key, made now if the keyring has none; it blocks and raises as `read`."""
        backend = _backend()
        with _MAKING:
            known = Secret.maybe(self.read())
            if known is not None:
                return str(known.reveal())
            key = Secret(secrets.token_urlsafe(32))
            _told(lambda: backend.set_password(self.service, self.name, key.reveal()))
            if Secret.maybe(self.read()) != key:  # some say yes and keep nothing
                raise ConfigurationError("the keyring does not keep what it is given: pass a key of your own as key=")
        return key.reveal()


def _backend() -> Any:
    try:
        import keyring  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise ConfigurationError("a KeyringKey needs an extra: pip install 'cognito-async[keyring]'") from None
    return _told(keyring.get_keyring)


def _told(work: Callable[[], T]) -> T:
    """Do it, and tell in our own words what went wrong: the keyring's errors may keep what it was given."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - a backend raises whatever its system does
        failure = _retold(error)
    raise failure


def _retold(error: Exception) -> CognitoError:
    from keyring.errors import KeyringLocked, NoKeyringError  # noqa: PLC0415 - as above

    if isinstance(error, NoKeyringError):
        return ConfigurationError("there is no keyring here that can keep a key: pass a key of your own as key=")
    if isinstance(error, KeyringLocked):
        return StoreError("the keyring is locked, and was not unlocked")
    return StoreError(f"the keyring cannot be used ({type(error).__name__})")


def __dir__() -> list[str]:
    return sorted(__all__)
