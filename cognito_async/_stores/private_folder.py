"""A folder whose files only their owner can read or change. All functions block.

A folder checks each file after it has opened it, relative to its own descriptor. Therefore another user cannot exchange
the file or the folder between the check and the use. Windows has no such owners, modes and descriptors, so the only
check there is that a file is a regular file.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .._core.errors import ConfigurationError

# Do not follow a symbolic link, do not wait for a FIFO, and do not translate line ends (Windows).
_FLAGS = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_BINARY"))


class PrivateFolder:
    """An open folder that belongs to the program's user, and in which no stranger can create files."""

    def __init__(self, path: Path, descriptor: int | None) -> None:
        self._path = path
        self._descriptor = descriptor  # `None` on Windows

    def open(self, name: str, flags: int) -> int:
        """Open a file and return its descriptor. With `os.O_CREAT`, a new file has mode 0600.

        Raises:
            ConfigurationError: if it is not a regular file, or another user owns it or may use it.
            OSError: if it cannot be opened.
        """
        path = self._path / name
        with suppress(FileNotFoundError):
            # Opening a device could have an effect, so check before too.
            _check_file(path, os.stat(self._entry(name), dir_fd=self._descriptor, follow_symlinks=False))
        descriptor = os.open(self._entry(name), flags | _FLAGS, 0o600, dir_fd=self._descriptor)
        try:
            _check_file(path, os.fstat(descriptor))
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def remove(self, name: str) -> None:
        """Remove a file. An absent file is not an error."""
        with suppress(FileNotFoundError):
            os.unlink(self._entry(name), dir_fd=self._descriptor)

    def rename(self, name: str, new_name: str) -> None:
        """Rename a file, and make that as durable as its content. A file that has the new name is replaced."""
        folder = self._descriptor
        os.replace(self._entry(name), self._entry(new_name), src_dir_fd=folder, dst_dir_fd=folder)
        if folder is None:
            return  # Windows cannot sync a folder
        try:
            os.fsync(folder)
        except OSError as error:
            if error.errno != errno.EINVAL:  # the file system syncs folders automatically, or not at all
                raise

    def _entry(self, name: str) -> str:
        return name if self._descriptor is not None else str(self._path / name)


@contextmanager
def open_folder(path: Path) -> Iterator[PrivateFolder]:
    """Open a folder for the `with` block.

    Raises:
        ConfigurationError: if it belongs to another user, or every user may create or exchange files on its path.
        OSError: if it cannot be opened.
    """
    _check_path(path)
    if sys.platform == "win32":
        yield PrivateFolder(path, None)
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _check_folder(path, os.fstat(descriptor))
        yield PrivateFolder(path, descriptor)
    finally:
        os.close(descriptor)


def open_or_create(path: Path) -> int:
    """Open a file to read and write it, and return its descriptor. Create the file and its folders if they are absent.

    Raises:
        ConfigurationError: see `open_folder` and `PrivateFolder.open`.
        OSError: if it cannot be opened or created.
    """
    for folder in reversed([each for each in path.parents if not os.path.lexists(each)]):
        _check_path(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    with open_folder(path.parent) as opened:
        return opened.open(path.name, os.O_RDWR | os.O_CREAT)


def _check_path(path: Path) -> None:
    """Check that no other user can exchange a folder or a symbolic link on the path.

    In a folder with the sticky bit, such as /tmp, every user may create entries, but may not exchange those of others.
    """
    if sys.platform == "win32":
        return
    os.stat(path)  # raises an error if links form a circle, which the loop would follow for ever
    parts = [path, *path.parents]
    for part in parts:  # the loop also visits the parts that it adds
        status = os.lstat(part)
        if stat.S_ISLNK(status.st_mode):
            if status.st_uid not in (os.geteuid(), 0):
                raise ConfigurationError(f"the link {part} {_of_another_user(status)}: use a path without it")
            target = part.parent / os.readlink(part)  # one link only, because this may lead to another link
            parts += (target, *target.parents)
        elif status.st_mode & (stat.S_IWOTH | stat.S_ISVTX) == stat.S_IWOTH:
            raise ConfigurationError(f"every user may change the folder {part}: run chmod o-w on it, or use another")


def _check_folder(path: Path, status: os.stat_result) -> None:
    """Check the owner and the mode of an open folder.

    A group may write to it, because under the usual umask 002 the only member of the user's group is the user.
    """
    if status.st_uid not in (os.geteuid(), 0):
        raise ConfigurationError(f"the folder {path} {_of_another_user(status)}: use a folder of your own")
    if status.st_mode & stat.S_IWOTH:
        raise ConfigurationError(f"every user may write to the folder {path}: use a new folder inside it")


def _check_file(path: Path, status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise ConfigurationError(f"{path} is a symbolic link: use the path of the file itself")
    if not stat.S_ISREG(status.st_mode):
        raise ConfigurationError(f"{path} must be a regular file that only this store uses")
    if sys.platform == "win32":
        return
    if status.st_uid != os.geteuid():
        raise ConfigurationError(f"{path} {_of_another_user(status)}: remove it, or use another path")
    if status.st_mode & 0o077:
        raise ConfigurationError(f"{path} can be read or changed by others: run chmod 600 on it, or remove it")


def _of_another_user(status: os.stat_result) -> str:
    return f"belongs to {_user(status.st_uid)}, but this program runs as {_user(os.geteuid())}"


def _user(uid: int) -> str:
    import pwd  # noqa: PLC0415 - does not exist on Windows

    try:
        return f"{pwd.getpwuid(uid).pw_name} (user {uid})"
    except KeyError:
        return f"user {uid}"
