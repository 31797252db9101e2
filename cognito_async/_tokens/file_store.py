"""A store in one file that only its owner can read: for command lines and single-user programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from anyio import to_thread

from .._ground.errors import ConfigurationError
from .store import LoopLocks, Record, is_expected

T = TypeVar("T")
Records = dict[str, Record]


class FileStore(LoopLocks):
    """Pass one as `store=` to stay signed in between runs of a program.

    The file has mode 0600 and is replaced as a whole, so a reader never sees half of it; processes
    that share it take turns through a lock file beside it. All file work is done in a worker thread.

    Args:
        path: the file; its folder is made (mode 0700) when something is first saved.

    Raises:
        ConfigurationError: (from its methods) when the file is readable by others, is not a store, or cannot be
            read or written; what was saved before stays.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__()
        self._path = Path(path)

    def __repr__(self) -> str:
        return f"FileStore({str(self._path)!r})"

    async def load(self, key: str) -> Record | None:
        """The record under this key, or `None`: see `TokenStore.load`."""
        return (await to_thread.run_sync(self._told, self._read)).get(key)

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        """Write a record, or `None` if it is not at `expected`: see `TokenStore.save`."""

        def change(records: Records) -> int | None:
            held = records.get(key)
            if not is_expected(held, expected):
                return None
            version = (held.version if held is not None else 0) + 1
            records[key] = Record(text, version)
            return version

        return await to_thread.run_sync(self._told, lambda: self._change(change))

    async def delete(self, key: str) -> None:
        """Forget the record: see `TokenStore.delete`."""

        def change(records: Records) -> None:
            records.pop(key, None)

        await to_thread.run_sync(self._told, lambda: self._change(change))

    def _told(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except OSError as error:
            raise ConfigurationError(f"{self._path} cannot be used as a store: {error.strerror or error}") from None

    def _change(self, change: Callable[[Records], T]) -> T:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._turn():
            records = self._read()
            before = dict(records)
            outcome = change(records)
            if records != before:
                self._write(records)
            return outcome

    def _read(self) -> Records:
        try:
            with open(self._path, encoding="utf-8") as file:
                if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
                    raise ConfigurationError(f"{self._path} can be read by others: run chmod 600 on it, or remove it")
                return {key: Record(text, version) for key, (text, version) in json.load(file).items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError) as error:
            if isinstance(error, ConfigurationError):
                raise
            raise ConfigurationError(f"{self._path} is not a store of this library: remove it to start anew") from None

    def _write(self, records: Records) -> None:
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                json.dump({key: (record.text, record.version) for key, record in records.items()}, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    @contextmanager
    def _turn(self) -> Iterator[None]:
        descriptor = os.open(self._path.with_name(self._path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if sys.platform != "win32":
                import fcntl  # noqa: PLC0415 - not there on Windows

                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
