"""A program that uses a `FileStore` in a separate process.

Arguments: the name of a function below, the backend, the path of the file, and the function's arguments. The file's
key comes from the environment variable TEST_STORE_KEY, which is a key or `keyring`. The program prints a line on
stdout after each step.
"""

from __future__ import annotations

import os
import sys

import anyio

from cognito_async import FileStore, errors
from cognito_async.integrations.keyring import KeyringKey

KEY = os.environ.get("TEST_STORE_KEY")


def print_line(text: object) -> None:
    print(text, flush=True)


async def write(store: FileStore, marker: str, last: str) -> None:
    """Count up in one record, and print each number after it is saved."""
    record = await store.load("session/alice")
    number = int(record.text.split()[0]) if record is not None else 0
    while number < int(last):
        number += 1
        await store.save("session/alice", f"{number} {marker}")
        print_line(number)


async def count(store: FileStore, times: str) -> None:
    """Increment a number that other processes increment too, by compare and set with the record's version."""
    print_line("ready")
    sys.stdin.readline()
    for _ in range(int(times)):
        saved = None
        while saved is None:
            record = await store.load("n")
            text, version = (record.text, record.version) if record is not None else ("0", 0)
            saved = await store.save("n", str(int(text) + 1), expected=version)


async def count_locked(store: FileStore, times: str) -> None:
    """Increment a number that other processes increment too, under the lock."""
    print_line("ready")
    sys.stdin.readline()
    for _ in range(int(times)):
        async with store.lock("n"):
            record = await store.load("n")
            await store.save("n", str(int(record.text if record is not None else "0") + 1))


async def hold(store: FileStore, *keys: str) -> None:
    """Hold two locks until stdin or the process ends."""
    async with store.lock(keys[0]), store.lock(keys[1]):
        print_line("held")
        sys.stdin.read()


async def outgrow(store: FileStore, marker: str) -> None:
    """Save a record, then one that exceeds this process's limit for the size of a file."""
    import resource

    await store.save("a", f"small {marker}")
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    await save_and_print(store, "b", marker * 1000)
    record = await store.load("a")
    print_line(record.text if record is not None else None)


async def keep(store: FileStore, key: str, text: str) -> None:
    """Save a record."""
    await save_and_print(store, key, text)


async def show(store: FileStore, key: str) -> None:
    """Print the text of a record."""
    try:
        record = await store.load(key)
        print_line(record.text if record is not None else None)
    except errors.CognitoError as error:
        print_line(f"{type(error).__name__}: {error}")


async def save_and_print(store: FileStore, key: str, text: str) -> None:
    try:
        await store.save(key, text)
        print_line("saved")
    except errors.CognitoError as error:
        print_line(f"{type(error).__name__}: {error}")


async def main(*words: str) -> None:
    action, path, *arguments = words
    store = FileStore(path, key=KeyringKey("cognito-async tests") if KEY == "keyring" else KEY)
    await {each.__name__: each for each in (write, count, count_locked, hold, outgrow, keep, show)}[action](
        store, *arguments
    )


if __name__ == "__main__":
    chosen, backend, *rest = sys.argv[1:]
    anyio.run(main, chosen, *rest, backend=backend)
