"""The key of a `FileStore` in the keyring of the desktop: `KeyringKey` (extra `keyring`).

    from cognito_async.integrations.keyring import KeyringKey

    store = FileStore("session.json", key=KeyringKey("my-program"))

On a machine without a keyring, such as a server, pass a key from the configuration instead.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from .._core.concurrency.guard import BlockingLock
from .._core.errors import CognitoError, ConfigurationError, StoreError
from .._core.secret import Secret

__all__ = ["KeyringKey"]

T = TypeVar("T")
# Held while a key is made. Otherwise, two stores of one process with the same entry could each make a key.
_MAKING = BlockingLock()


@dataclass(frozen=True, slots=True)
class KeyringKey:
    """Pass one as `FileStore(path, key=KeyringKey("my-program"))` to encrypt the file with a key from the keyring.

    The keyring is the desktop's: Secret Service or KWallet, the macOS Keychain, the Windows Credential Locker.
    The first write of a store makes the key. Each store reads the key once, in a worker thread. If you delete the key
    from the keyring, the file cannot be read any more: an existing file never gets a new key.

    Args:
        service: the name of your program, which the keyring shows to users; `cognito-async` by default.
        name: the name of the key; `store` by default. Stores with the same service and name share a key.

    Raises:
        ConfigurationError: if a name is empty or not a `str`.
    """

    service: str = "cognito-async"
    name: str = "store"

    def __post_init__(self) -> None:
        if not all(isinstance(each, str) and each for each in (self.service, self.name)):
            raise ConfigurationError("service and name of a KeyringKey must be non-empty strings")

    def read(self) -> str | None:
        """Return the key; `None` if the keyring does not have it. Blocks, perhaps until the user unlocks the keyring.

        Raises:
            ConfigurationError: if there is no keyring, or the extra is not installed.
            StoreError: if the keyring is locked, or fails.
        """
        backend = _backend()
        key: Secret[str] | None = _converting_errors(
            lambda: Secret.maybe(backend.get_password(self.service, self.name))
        )
        return None if key is None else key.reveal()

    def make(self) -> str:
        """Return the key. If the keyring does not have it, make it first. Blocks and raises errors like `read`."""
        backend = _backend()
        with _MAKING:
            known = Secret.maybe(self.read())
            if known is not None:
                return str(known.reveal())
            key = Secret(secrets.token_urlsafe(32))
            _converting_errors(lambda: backend.set_password(self.service, self.name, key.reveal()))
            if Secret.maybe(self.read()) != key:  # some keyrings report success and save nothing
                raise ConfigurationError("the keyring did not save the key: pass your own key as key=")
        return key.reveal()


def _backend() -> Any:
    try:
        import keyring  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise ConfigurationError("a KeyringKey needs an extra: pip install 'cognito-async[keyring]'") from None
    return _converting_errors(keyring.get_keyring)


def _converting_errors(work: Callable[[], T]) -> T:
    """Do the work. Convert any error that it raises, because the keyring's own errors may contain the key."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - a backend may raise any error of its system
        failure = _convert_error(error)
    try:
        raise failure
    finally:
        del failure  # otherwise the error and this frame would form a reference cycle, which may hold the key


def _convert_error(error: Exception) -> CognitoError:
    from keyring.errors import KeyringLocked, NoKeyringError  # noqa: PLC0415 - as above

    if isinstance(error, NoKeyringError):
        return ConfigurationError("this machine has no keyring that can save a key: pass your own key as key=")
    if isinstance(error, KeyringLocked):
        return StoreError("the keyring is locked: unlock it and try again")
    return StoreError(f"the keyring cannot be used ({type(error).__name__})")


def __dir__() -> list[str]:
    return sorted(__all__)
