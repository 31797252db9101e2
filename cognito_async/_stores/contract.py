"""What every store must do with records, as checks that any test runner can run: none is imported here."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable

import anyio

from .store import Record, TokenStore

MakeStore = Callable[[], TokenStore]
StoreCheck = Callable[[MakeStore], Awaitable[None]]

# A store that hangs fails after so many seconds, and ends no other test.
_SECONDS = 20.0
TASKS = 6
_ROUNDS = 4
_SECRET = "s3cret-that-nobody-may-see"  # noqa: S105 - no secret, but it plays one
_KEYS = ("a", "A", "a ", " a", "a/b", "a/", "a%2Fb", "a:b", "a*", "a\nb", "\u00e4", "a\u0308", "", "k" * 1000)
_TEXTS = ("", " ", "\n", "line\r\nline\n", '{"a": "b\\n"}', "\u00e4\u4e2d\U0001f600", "\0", "ca1.e.aGk=", "x" * 200_000)


def store_check(work: StoreCheck) -> StoreCheck:
    """A check, bounded in time, so that a store that waits for ever is told from one that is slow."""

    @functools.wraps(work)
    async def check(make: MakeStore) -> None:
        with anyio.move_on_after(_SECONDS):
            return await work(make)
        raise AssertionError(f"the store was not done after {_SECONDS:g} seconds: something in it waits for ever")

    return check


def hold(condition: bool, otherwise: str) -> None:
    """`assert`, also where Python leaves that out."""
    if not condition:
        raise AssertionError(otherwise)


def text_of(record: Record | None) -> str | None:
    """What a record holds, if there is one."""
    return None if record is None else record.text


async def saved(store: TokenStore, key: str, text: str, expected: int | None = None) -> int:
    """Save what must be saved, and return its version."""
    version = await store.save(key, text, expected=expected)
    if version is None:
        raise AssertionError(f"save wrote nothing, though expected={expected} was the case")
    hold(version > 0, f"save returned the version {version}, but versions are above 0, which means no record")
    return version


@store_check
async def what_was_saved_is_loaded_until_it_is_deleted(make: MakeStore) -> None:
    """Also by another object on the same data."""
    store = make()
    hold(await store.load("a") is None, "load found a record where none was saved")
    await saved(store, "a", "first")
    version = await saved(store, "a", "second")
    for reader in (store, make()):
        record = await reader.load("a")
        hold(text_of(record) == "second", "load did not return the text that was saved last")
        hold(record is not None and record.version == version, "load returned another version than save")
    await make().delete("a")
    hold(await store.load("a") is None, "load found a record that was deleted")


@store_check
async def keys_are_kept_apart(make: MakeStore) -> None:
    """However alike they look."""
    store = make()
    for number, key in enumerate(_KEYS):
        await saved(store, key, f"text {number}", expected=0)
    for number, key in enumerate(_KEYS):
        hold(text_of(await store.load(key)) == f"text {number}", f"the key {key!r:.20} has the text of another key")
    await store.delete(_KEYS[0])
    for key in _KEYS[1:]:
        hold(await store.load(key) is not None, f"deleting {_KEYS[0]!r} deleted {key!r:.20} too")


@store_check
async def any_text_comes_back_as_it_was(make: MakeStore) -> None:
    """Empty, long, with line ends and characters from everywhere."""
    store = make()
    for text in _TEXTS:
        await saved(store, "a", text)
        hold(text_of(await make().load("a")) == text, f"the text {text!r:.20} (its first part) came back changed")


@store_check
async def a_save_with_expected_writes_over_nothing_else(make: MakeStore) -> None:
    """0 means no record, `None` any; with a stale version nothing is written."""
    store = make()
    first = await saved(store, "a", "1", expected=0)
    hold(await store.save("a", "no", expected=0) is None, "save with expected=0 wrote over a record")
    second = await saved(make(), "a", "2", expected=first)
    hold(second != first, "a save did not change the version")
    hold(await store.save("a", "no", expected=first) is None, "save with a stale version wrote over a newer record")
    hold(await store.save("b", "no", expected=second) is None, "save with a version wrote where there was no record")
    hold(text_of(await store.load("a")) == "2", "a save that returned None changed the text")
    hold(await store.load("b") is None, "a save that returned None made a record")
    await saved(store, "a", "3", expected=None)


@store_check
async def of_many_writers_at_once_one_wins(make: MakeStore) -> None:
    """Each round, tasks with objects of their own save over the same version."""
    stores = [make() for _ in range(TASKS)]
    expected = 0
    for _ in range(_ROUNDS):
        won: dict[str, int] = {}

        async def write(store: TokenStore, name: str, expected: int, won: dict[str, int] = won) -> None:
            version = await store.save("a", name, expected=expected)
            if version is not None:
                won[name] = version

        async with anyio.create_task_group() as group:
            for number, store in enumerate(stores):
                group.start_soon(write, store, f"writer {number}", expected)
        hold(len(won) == 1, f"of {TASKS} writers who expected the same version {len(won)} wrote: one must")
        [(name, expected)] = won.items()
        record = await make().load("a")
        hold(text_of(record) == name, "the record is not that of the writer who was told to have won")
        hold(
            record is not None and record.version == expected, "the record has another version than its writer was told"
        )


@store_check
async def a_version_never_comes_back(make: MakeStore) -> None:
    """Also not when the record was deleted in between, and by another object."""
    store = make()
    seen = {await saved(store, "a", "old")}
    for writer in (store, make(), make()):
        stale = max(seen)
        await writer.delete("a")
        again = await saved(writer, "a", "new", expected=0)
        hold(again not in seen, "a record that was deleted and made anew got a version that the key has had before")
        hold(
            await store.save("a", "no", expected=stale) is None,
            "who read a record before it was deleted wrote over a new one",
        )
        seen.add(again)


@store_check
async def what_is_absent_can_be_deleted(make: MakeStore) -> None:
    """Forgetting is not an error, however often."""
    store = make()
    await store.delete("a")
    await saved(store, "a", "text", expected=0)
    await store.delete("a")
    await make().delete("a")
    await saved(store, "a", "text", expected=0)


@store_check
async def nothing_saved_shows(make: MakeStore) -> None:
    """`repr` ends up in logs."""
    store = make()
    await saved(store, "a", _SECRET)
    hold(_SECRET not in repr(store), "repr of the store shows what was saved")
    hold(_SECRET not in repr(await store.load("a")), "repr of a record shows its text")


RECORD_CHECKS: tuple[StoreCheck, ...] = (
    what_was_saved_is_loaded_until_it_is_deleted,
    keys_are_kept_apart,
    any_text_comes_back_as_it_was,
    a_save_with_expected_writes_over_nothing_else,
    of_many_writers_at_once_one_wins,
    a_version_never_comes_back,
    what_is_absent_can_be_deleted,
    nothing_saved_shows,
)
