"""The content of a store's file, as JSON: all records in plain text, or all of them encrypted with a key.

    {"cognito_async": 1, "plain": {"newest": 7, "records": {key: [text, version]}}}
    {"cognito_async": 1, "sealed": base64 of nonce + AES-256-GCM ciphertext}

`sealed` is the encrypted value of `plain`. The keys of the records are encrypted too, because they contain usernames.
"""

from __future__ import annotations

import base64
import secrets
from contextlib import suppress
from typing import Annotated, Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .._core.errors import ConfigurationError
from .._core.secret import Secret, opened
from .._crypto.sealing import Seal
from .key_source import KeySource

_FORMAT = 1
_BOUND = b"file"
# Versions start below 2**40, so that no real store reaches this one.
_LARGEST_VERSION = 2**62


class Contents(BaseModel):
    """The records of a store, and the highest version that any of its records has had."""

    model_config = ConfigDict(hide_input_in_errors=True)

    newest: int = Field(ge=0, le=_LARGEST_VERSION)
    records: dict[str, tuple[str, Annotated[int, Field(le=_LARGEST_VERSION)]]] = Field(repr=False)

    @classmethod
    def new(cls) -> Contents:
        """Return an empty store.

        Versions start at a random number, so that they do not repeat after the file is deleted.
        """
        return cls(newest=secrets.randbelow(2**40), records={})


class _Label(BaseModel):
    cognito_async: int


class _Envelope(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    plain: Contents | None = None
    sealed: str | None = None


def _source(key: Any) -> KeySource | None:
    """Return the key source in a masked argument; `None` if it is a key."""
    given = opened(key)
    is_source = callable(getattr(given, "read", None)) and callable(getattr(given, "make", None))
    return cast("KeySource", given) if is_source else None


class FileKey:
    """The key of a store's file: none, the caller's, or one from a keyring, which is read on first use.

    Raises:
        ConfigurationError: if the key is too short, or not a `str`, `bytes` or key source.
    """

    __slots__ = ("_seal", "_source")

    def __init__(self, key: str | bytes | KeySource | None) -> None:
        self._source = _source(key)
        self._seal = None if key is None or self._source is not None else Seal(Secret.of(key), "store")

    @property
    def is_set(self) -> bool:
        """Return whether the file is encrypted."""
        return self._seal is not None or self._source is not None

    @property
    def is_available(self) -> bool:
        """Return whether `seal` needs no keyring, which may ask the user for a password and wait."""
        return self._seal is not None or self._source is None

    def seal(self, *, new: bool) -> Seal | None:
        """Return the object that encrypts the file; `None` if there is no key.

        This may read a keyring, so it runs in a worker thread.

        Args:
            new: whether the file does not exist yet. If so, and the keyring has no key, make one.

        Raises:
            ConfigurationError: if there is no keyring, or the file's key is missing from it.
            StoreError: if the keyring cannot be used now.
        """
        if self._seal is None and self._source is not None:
            key = Secret.maybe(self._source.read() or (self._source.make() if new else None))
            if key is None:
                raise ConfigurationError(
                    f"the keyring has no key of this store any more ({self._source}): "
                    "restore the key, or remove the file"
                )
            self._seal = Seal(key, "store")
        return self._seal


def pack(contents: Contents, key: FileKey, *, new: bool) -> Secret[bytes]:
    """Return the bytes of the file.

    Raises:
        ConfigurationError, StoreError: see `FileKey.seal`.
    """
    seal = key.seal(new=new)
    text = Secret(contents.model_dump_json().encode())
    if seal is None:
        return Secret(b'{"cognito_async": %d, "plain": %b}' % (_FORMAT, text.reveal()))
    sealed = base64.b64encode(seal.encrypt(text, _BOUND))
    return Secret(b'{"cognito_async": %d, "sealed": "%b"}' % (_FORMAT, sealed))


def unpack(data: Secret[bytes], key: FileKey) -> Contents:
    """Parse the bytes of a file.

    Raises:
        ConfigurationError: if they are damaged, or the key is wrong; see also `FileKey.seal`.
        StoreError: see `FileKey.seal`.
    """
    if _parse(_Label, data).cognito_async != _FORMAT:
        raise ConfigurationError("it was written by another version of cognito_async, which this one cannot read")
    envelope = _parse(_Envelope, data)
    if envelope.sealed is not None:
        return _open(envelope.sealed, key)
    if envelope.plain is None:
        raise _damaged()
    if key.is_set:
        raise ConfigurationError("a key was given, but the file is not encrypted: remove the file, or pass no key")
    return envelope.plain


def _open(sealed: str, key: FileKey) -> Contents:
    seal = key.seal(new=False)
    if seal is None:
        raise ConfigurationError("it is encrypted: pass the key that encrypted it, or remove the file")
    data = _decoded(sealed)
    if data is None:
        raise _damaged()
    opened = seal.decrypt(data, _BOUND)
    if opened is None:
        raise ConfigurationError(
            "it was encrypted with another key, or altered: pass the right key, or remove the file"
        )
    return _parse(Contents, opened)


ModelT = TypeVar("ModelT", bound=BaseModel)


def _parse(shape: type[ModelT], data: Secret[bytes]) -> ModelT:
    with suppress(ValidationError):
        return shape.model_validate_json(data.reveal())
    raise _damaged()


def _decoded(sealed: str) -> bytes | None:
    with suppress(ValueError):
        return base64.b64decode(sealed.encode(), validate=True)
    return None


def _damaged() -> ConfigurationError:
    return ConfigurationError(
        "it is damaged, or not a file of cognito_async: remove the file to start with an empty store"
    )
