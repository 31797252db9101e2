"""`FileStore` on files and folders of other users, on those that others may change, and on special files."""

# ruff: noqa: ASYNC240 - a test may block on the disk
from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cognito_async import FileStore, errors
from cognito_async._stores.private_folder import open_folder

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.usefixtures("no_descriptor_stays_open"),
    pytest.mark.skipif(sys.platform == "win32", reason="owners and modes of POSIX"),
]

needs_root = pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root can give files away")
STRANGER, NAMELESS = 65534, 54321
STORE = '{"cognito_async": 1, "plain": {"newest": 7, "records": {"a": ["planted", 7]}}}'


def make_file(path: Path, mode: int = 0o600, owner: int | None = None) -> Path:
    path.write_text(STORE)
    path.chmod(mode)
    if owner is not None:
        os.chown(path, owner, owner)
    return path


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder of this user that others can enter, unlike `tmp_path`."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def running_as(user: int) -> Iterator[None]:
    group = os.getegid()
    os.setegid(user)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)


async def refused(path: Path, message: str) -> None:
    """Check that loading, saving and locking are refused with this message."""

    async def lock() -> None:
        async with FileStore(path).lock("a"):
            raise AssertionError("the lock was taken")

    for attempt in (FileStore(path).load("a"), FileStore(path).save("a", "mine"), lock()):
        with pytest.raises(errors.ConfigurationError, match=message):
            await attempt


async def save_refused(path: Path, message: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=message):
        await FileStore(path).save("a", "mine")


@needs_root
@pytest.mark.parametrize(("owner", "named"), [(STRANGER, rf"\S+ \(user {STRANGER}\)"), (NAMELESS, f"user {NAMELESS}")])
async def test_file_of_another_user_is_refused_by_name(path: Path, owner: int, named: str) -> None:
    make_file(path, owner=owner)
    message = rf"tokens\.json belongs to {named}, but this program runs as root \(user 0\)"
    with pytest.raises(errors.ConfigurationError, match=message):
        await FileStore(path).load("a")
    await save_refused(path, message)
    assert path.read_text() == STORE


@needs_root
async def test_file_of_root_names_its_owner_to_a_user(public_folder: Path) -> None:
    path = make_file(public_folder / "tokens.json")
    with running_as(STRANGER), pytest.raises(errors.ConfigurationError, match=r"belongs to root \(user 0\), but"):
        await FileStore(path).load("a")


@needs_root
@pytest.mark.parametrize("name", ["tokens.json.lock", ".tokens.json.ca978112ca1bbdca.lock"])
async def test_lock_file_of_another_user_is_refused(path: Path, name: str) -> None:
    make_file(path.with_name(name), owner=STRANGER)
    with pytest.raises(errors.ConfigurationError, match=f"{name} belongs to"):
        async with FileStore(path).lock("a"):
            await FileStore(path).save("a", "mine")


async def test_lock_file_open_to_others_is_refused(path: Path) -> None:
    make_file(path.with_name("tokens.json.lock"), 0o644)
    await save_refused(path, r"tokens\.json\.lock can be read or changed by others: run chmod 600")


@needs_root
async def test_leftover_of_another_user_is_replaced(path: Path) -> None:
    left = make_file(path.with_name(".tokens.json.new"), 0o666, owner=STRANGER)
    await FileStore(path).save("a", "mine")
    assert path.stat().st_uid == os.geteuid() and not left.exists()


@needs_root
async def test_folder_of_another_user_is_refused(path: Path) -> None:
    make_file(path)
    os.chown(path.parent, STRANGER, STRANGER)
    await refused(path, rf"the folder \S+ belongs to \S+ \(user {STRANGER}\), but this program runs as root")


@needs_root
async def test_user_may_have_a_store_in_a_folder_of_root(public_folder: Path) -> None:
    os.chown(public_folder, 0, STRANGER)
    public_folder.chmod(0o770)
    with running_as(STRANGER):
        await FileStore(public_folder / "tokens.json").save("a", "mine")
    assert (public_folder / "tokens.json").stat().st_uid == STRANGER


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o640, 0o620, 0o660, 0o666, 0o601, 0o777])
async def test_file_open_to_others_is_refused(path: Path, mode: int) -> None:
    make_file(path, mode)
    with pytest.raises(errors.ConfigurationError, match="can be read or changed by others: run chmod 600"):
        await FileStore(path).load("a")
    await save_refused(path, "chmod 600")


async def test_folder_open_to_every_user_is_refused(path: Path) -> None:
    make_file(path)
    path.parent.chmod(0o777)
    await refused(path, "every user may change the folder .*: run chmod o-w")
    path.parent.chmod(0o1777)
    await refused(path, "every user may write to the folder .*: use a new folder inside it")
    await FileStore(path.parent / "new" / "folder" / "tokens.json").save("a", "mine")
    path.parent.chmod(0o770)
    assert (await FileStore(path).load("a")) is not None, "the user's group may be allowed to write"


async def test_folder_that_others_can_exchange_is_refused(tmp_path: Path) -> None:
    open_to_all, path = tmp_path / "open", tmp_path / "open" / "a" / "b" / "tokens.json"
    path.parent.mkdir(parents=True)
    open_to_all.chmod(0o777)
    for each in (path, open_to_all / "new" / "tokens.json"):
        await save_refused(each, "every user may change the folder .*/open: run chmod o-w")
    assert not (open_to_all / "new").exists()
    open_to_all.chmod(0o1777)
    await FileStore(path).save("a", "mine")
    (tmp_path / "link").symlink_to(path.parent)
    (tmp_path / "link to open").symlink_to(open_to_all)
    open_to_all.chmod(0o777)
    for each in (tmp_path / "link" / "tokens.json", tmp_path / "link to open" / "a" / "b" / "tokens.json"):
        await refused(each, "every user may change the folder .*/open: run chmod o-w")


@needs_root
async def test_link_of_another_user_is_not_followed(tmp_path: Path) -> None:
    """Otherwise a program of root could write files into folders that the other user chooses."""
    shared, target = tmp_path / "shared", tmp_path / "target"
    shared.mkdir()
    shared.chmod(0o1777)
    target.mkdir()
    (shared / "mine").symlink_to(target)
    await FileStore(shared / "mine" / "tokens.json").save("a", "mine")
    os.chown(shared / "mine", STRANGER, STRANGER, follow_symlinks=False)
    await refused(shared / "mine" / "tokens.json", r"the link \S+ belongs to \S+ \(user 65534\)")


async def test_symbolic_link_as_the_file_is_refused(path: Path, tmp_path: Path) -> None:
    """A save would replace the link, and a program that uses the path of the file would have another lock."""
    path.symlink_to(make_file(tmp_path / "elsewhere"))
    for attempt in (FileStore(path).load("a"), FileStore(path).save("a", "mine")):
        with pytest.raises(errors.ConfigurationError, match=r"tokens\.json is a symbolic link"):
            await attempt
    assert path.is_symlink() and (tmp_path / "elsewhere").read_text() == STORE


@needs_root
async def test_link_of_another_user_behind_a_link_is_not_followed(tmp_path: Path) -> None:
    target, first, second = tmp_path / "target", tmp_path / "first", tmp_path / "second"
    target.mkdir()
    second.symlink_to("target")
    first.symlink_to("second")
    await FileStore(first / "tokens.json").save("a", "mine")
    os.chown(second, STRANGER, STRANGER, follow_symlinks=False)
    await refused(first / "tokens.json", rf"the link \S+second belongs to \S+ \(user {STRANGER}\)")


async def test_link_in_a_folder_open_to_every_user_is_not_followed_from_another_link(tmp_path: Path) -> None:
    open_to_all, target = tmp_path / "open", tmp_path / "target"
    open_to_all.mkdir()
    target.mkdir()
    (open_to_all / "second").symlink_to(target)
    (tmp_path / "first").symlink_to(Path("target", "..", "open", "second"))
    await FileStore(tmp_path / "first" / "tokens.json").save("a", "mine")
    assert (target / "tokens.json").exists()
    open_to_all.chmod(0o777)
    await refused(tmp_path / "first" / "tokens.json", "every user may change the folder .*open: run chmod o-w")


@pytest.mark.parametrize("below", ["tokens.json", "new/tokens.json", "a/b/tokens.json"])
@pytest.mark.parametrize(
    "links",
    [{"first": "first"}, {"first": "second", "second": "first"}, {"first": "second/a", "second": "first"}],
    ids=["itself", "two", "longer"],
)
async def test_circle_of_links_is_reported(tmp_path: Path, links: dict[str, str], below: str) -> None:
    for name, target in links.items():
        (tmp_path / name).symlink_to(target)
    store = FileStore(tmp_path / "first" / below)
    for attempt in (store.load("a"), store.save("a", "mine")):
        with pytest.raises(errors.StoreError, match=r"tokens\.json cannot be used as a store: .*symbolic links"):
            await attempt


async def test_link_to_itself_as_the_file_is_refused(path: Path) -> None:
    path.symlink_to(path)
    for attempt in (FileStore(path).load("a"), FileStore(path).save("a", "mine")):
        with pytest.raises(errors.ConfigurationError, match=r"tokens\.json is a symbolic link"):
            await attempt


@pytest.mark.parametrize("below", ["tokens.json", "new/tokens.json"])
async def test_store_behind_a_dangling_link_is_empty_and_cannot_be_saved(tmp_path: Path, below: str) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    store = FileStore(tmp_path / "link" / below)
    assert await store.load("a") is None
    with pytest.raises(errors.StoreError, match="No such file"):
        await store.save("a", "mine")
    (tmp_path / "nowhere").mkdir()
    await store.save("a", "mine")
    assert await store.load("a") is not None


async def test_save_leaves_a_hard_link_of_the_file_unchanged(path: Path) -> None:
    os.link(make_file(path), path.with_name("backup"))
    await FileStore(path).save("a", "mine")
    assert path.with_name("backup").read_text() == STORE


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(path.parent)  # because the path of a socket has at most 107 bytes
        try:
            server.bind(path.name)
        finally:
            os.chdir(here)


KINDS: dict[str, Callable[[Path], object]] = {
    "folder": lambda path: path.mkdir(0o700),
    "pipe": lambda path: os.mkfifo(path, 0o600),
    "socket": make_socket,
}


@pytest.mark.parametrize("name", ["tokens.json", "tokens.json.lock"])
@pytest.mark.parametrize("kind", [*KINDS, pytest.param("device", marks=needs_root)])
async def test_path_that_is_no_regular_file_is_refused(path: Path, kind: str, name: str) -> None:
    if kind == "device":
        os.mknod(path.with_name(name), 0o600 | 0o020000, os.makedev(1, 5))
    else:
        KINDS[kind](path.with_name(name))
    await save_refused(path, rf"{name} must be a regular file")


def test_owner_of_a_file_is_named_to_another_user(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_file(path)
    owner = rf"belongs to \S+ \(user {os.geteuid()}\), but this program runs as user {NAMELESS}:"
    with open_folder(path.parent) as folder:
        monkeypatch.setattr(os, "geteuid", lambda: NAMELESS)
        with pytest.raises(errors.ConfigurationError, match=rf"tokens\.json {owner}"):
            folder.open(path.name, os.O_RDONLY)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="every user may use the folders and links of root")
def test_folder_and_link_are_refused_to_another_user(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(path.parent)
    owner = rf"belongs to \S+ \(user {os.geteuid()}\), but this program runs as user {NAMELESS}:"
    monkeypatch.setattr(os, "geteuid", lambda: NAMELESS)
    for place, named in ((path.parent, "the folder"), (tmp_path / "link", "the link")):
        with pytest.raises(errors.ConfigurationError, match=rf"{named} \S+ {owner}"):
            open_folder(place).__enter__()


async def test_leftover_that_cannot_be_removed_is_reported(path: Path) -> None:
    path.with_name(".tokens.json.new").mkdir()
    with pytest.raises(errors.StoreError, match="cannot be used as a store"):
        await FileStore(path).save("a", "mine")


@pytest.mark.parametrize("umask", [0, 0o002, 0o077, 0o177])
async def test_umask_does_not_change_the_modes(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "new" / "folder" / "tokens.json"
    if umask & 0o100:  # the program could not enter the folders that it creates
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(0o700)
    before = os.umask(umask)
    try:
        store = FileStore(path)
        async with store.lock("a"):
            await store.save("a", "mine")
    finally:
        os.umask(before)
    assert {each.stat().st_mode & 0o777 for each in path.parent.iterdir()} == {0o600}
    assert {each.stat().st_mode & 0o777 for each in (path.parent, path.parent.parent)} == {0o700}
    assert await FileStore(path).load("a") is not None


def test_file_exchanged_after_the_first_check_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_file(path)
    real = os.open

    def exchange(name: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if name == path.name:
            path.unlink()
            make_file(path, 0o644)
        return real(name, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", exchange)
    with open_folder(path.parent) as folder, pytest.raises(errors.ConfigurationError, match="chmod 600"):
        folder.open(path.name, os.O_RDONLY)


@pytest.mark.parametrize("command", ["mkdir", "open"])
async def test_read_only_file_system_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    real = getattr(os, command)

    def read_only(path: object, flags: int = os.O_CREAT, *rest: object, **more: object) -> object:
        if command == "mkdir" or flags & os.O_CREAT:
            raise OSError(30, "Read-only file system")
        return real(path, flags, *rest, **more)

    monkeypatch.setattr(os, command, read_only)
    path = tmp_path / "new" / "tokens.json" if command == "mkdir" else tmp_path / "tokens.json"
    assert await FileStore(path).load("a") is None
    with pytest.raises(errors.StoreError, match=r"tokens\.json cannot be used as a store: Read-only file system"):
        await FileStore(path).save("a", "mine")
