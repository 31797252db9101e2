"""The contract of a store for its records, as checks that need no test runner."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable

import anyio

from .store import Record, TokenStore

MakeStore = Callable[[], TokenStore]
StoreCheck = Callable[[MakeStore], Awaitable[None]]

# Seconds for one check: a store that hangs fails this check, and the next ones still run.
_SECONDS = 20.0
TASKS = 6
_ROUNDS = 4
_SECRET = "s3cret-token-of-a-user"  # noqa: S105 - a value of the checks, not a real secret
_KEYS = ("a", "A", "a ", " a", "a/b", "a/", "a%2Fb", "a:b", "a*", "a\nb", "\u00e4", "a\u0308", "", "k" * 1000)
_TEXTS = ("", " ", "\n", "line\r\nline\n", '{"a": "b\\n"}', "\u00e4\u4e2d\U0001f600", "\0", "ca1.e.aGk=", "x" * 200_000)


def store_check(work: StoreCheck) -> StoreCheck:
    """Add a time limit to a check, so that a store that waits for ever fails it."""

    @functools.wraps(work)
    async def check(make: MakeStore) -> None:
        with anyio.move_on_after(_SECONDS):
            return await work(make)
        raise AssertionError(f"the store did not finish within {_SECONDS:g} seconds: something in it waits for ever")

    return check


def require(condition: bool, message: str) -> None:
    """Raise `AssertionError` unless the condition holds. Unlike `assert`, this also works under `python -O`."""
    if not condition:
        raise AssertionError(message)


def text_of(record: Record | None) -> str | None:
    """Return the text of a record; `None` if there is no record."""
    return None if record is None else record.text


async def saved(store: TokenStore, key: str, text: str, expected: int | None = None) -> int:
    """Save a record and return its version. If nothing was saved, fail the check."""
    version = await store.save(key, text, expected=expected)
    if version is None:
        raise AssertionError(f"save wrote nothing, although expected={expected} fits the record")
    require(version > 0, f"save returned the version {version}, but it must be above 0, because 0 means no record")
    return version


@store_check
async def saved_records_are_loaded_until_deleted(make: MakeStore) -> None:
    """`load` returns the record of the last save, even if another object on the same data has saved it."""
    store = make()
    require(await store.load("a") is None, "load found a record where none was saved")
    await saved(store, "a", "first")
    version = await saved(store, "a", "second")
    for reader in (store, make()):
        record = await reader.load("a")
        require(text_of(record) == "second", "load did not return the text of the last save")
        require(record is not None and record.version == version, "load returned another version than save")
    await make().delete("a")
    require(await store.load("a") is None, "load found a record that was deleted")


@store_check
async def similar_keys_have_separate_records(make: MakeStore) -> None:
    """A store does not confuse keys, however similar."""
    store = make()
    for number, key in enumerate(_KEYS):
        await saved(store, key, f"text {number}", expected=0)
    for number, key in enumerate(_KEYS):
        require(text_of(await store.load(key)) == f"text {number}", f"the key {key!r:.20} has the text of another key")
    await store.delete(_KEYS[0])
    for key in _KEYS[1:]:
        require(await store.load(key) is not None, f"deleting {_KEYS[0]!r} deleted {key!r:.20} too")


@store_check
async def any_text_is_loaded_unchanged(make: MakeStore) -> None:
    """A text may be empty or long, and contain line ends and any character."""
    store = make()
    for text in _TEXTS:
        await saved(store, "a", text)
        require(text_of(await make().load("a")) == text, f"the text that begins with {text!r:.20} was changed")


@store_check
async def save_replaces_only_the_expected_version(make: MakeStore) -> None:
    """`save` writes only if the record has the expected version: 0 means no record, `None` any version."""
    store = make()
    first = await saved(store, "a", "1", expected=0)
    require(await store.save("a", "no", expected=0) is None, "save with expected=0 wrote over a record")
    second = await saved(make(), "a", "2", expected=first)
    require(second != first, "a save did not change the version")
    require(await store.save("a", "no", expected=first) is None, "save with a stale version wrote over a newer record")
    require(await store.save("b", "no", expected=second) is None, "save with a version wrote where there was no record")
    require(text_of(await store.load("a")) == "2", "a save that returned None changed the text")
    require(await store.load("b") is None, "a save that returned None wrote a record")
    await saved(store, "a", "3", expected=None)


@store_check
async def one_of_several_concurrent_writers_wins(make: MakeStore) -> None:
    """If tasks with separate objects expect the same version of a record, only one of them writes it."""
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
        require(len(won) == 1, f"{len(won)} of {TASKS} writers that expected the same version wrote: it must be one")
        [(name, expected)] = won.items()
        record = await make().load("a")
        require(text_of(record) == name, "the record is not that of the writer whose save succeeded")
        require(
            record is not None and record.version == expected, "the record has another version than its save returned"
        )


@store_check
async def versions_are_never_reused(make: MakeStore) -> None:
    """A new record has a new version, even if another object has deleted the old record."""
    store = make()
    seen = {await saved(store, "a", "old")}
    for writer in (store, make(), make()):
        stale = max(seen)
        await writer.delete("a")
        again = await saved(writer, "a", "new", expected=0)
        require(again not in seen, "a record saved again after its deletion got a version that the key has had before")
        require(
            await store.save("a", "no", expected=stale) is None,
            "a save with the version of a deleted record wrote over a new record",
        )
        seen.add(again)


@store_check
async def absent_records_can_be_deleted(make: MakeStore) -> None:
    """Deleting an absent record is not an error."""
    store = make()
    await store.delete("a")
    await saved(store, "a", "text", expected=0)
    await store.delete("a")
    await make().delete("a")
    await saved(store, "a", "text", expected=0)


@store_check
async def repr_hides_texts(make: MakeStore) -> None:
    """The `repr` of a store or a record shows no text, because it can end up in logs."""
    store = make()
    await saved(store, "a", _SECRET)
    require(_SECRET not in repr(store), "repr of the store shows what was saved")
    require(_SECRET not in repr(await store.load("a")), "repr of a record shows its text")


RECORD_CHECKS: tuple[StoreCheck, ...] = (
    saved_records_are_loaded_until_deleted,
    similar_keys_have_separate_records,
    any_text_is_loaded_unchanged,
    save_replaces_only_the_expected_version,
    one_of_several_concurrent_writers_wins,
    versions_are_never_reused,
    absent_records_can_be_deleted,
    repr_hides_texts,
)
