"""Run in a process of its own: use a `FileStore` as another program would.

Arguments: what to do (a function below), backend, path of the file, and what that function takes. The key, if the
file has one, comes from TEST_STORE_KEY: a text, or `keyring`. A line on stdout tells when something has been done.
"""

from __future__ import annotations

import os
import sys

import anyio

from cognito_async import FileStore, errors
from cognito_async.integrations.keyring import KeyringKey

KEY = os.environ.get("TEST_STORE_KEY")


def say(text: object) -> None:
    print(text, flush=True)


async def write(store: FileStore, marker: str, last: str) -> None:
    """Count up in one record, and say each number that is saved for sure."""
    held = await store.load("session/alice")
    number = int(held.text.split()[0]) if held is not None else 0
    while number < int(last):
        number += 1
        await store.save("session/alice", f"{number} {marker}")
        say(number)


async def count(store: FileStore, times: str) -> None:
    """Add to a number that others add to, by the versions."""
    say("ready")
    sys.stdin.readline()
    for _ in range(int(times)):
        saved = None
        while saved is None:
            held = await store.load("n")
            text, version = (held.text, held.version) if held is not None else ("0", 0)
            saved = await store.save("n", str(int(text) + 1), expected=version)


async def count_locked(store: FileStore, times: str) -> None:
    """Add to a number that others add to, in the lock."""
    say("ready")
    sys.stdin.readline()
    for _ in range(int(times)):
        async with store.lock("n"):
            held = await store.load("n")
            await store.save("n", str(int(held.text if held is not None else "0") + 1))


async def hold(store: FileStore, *keys: str) -> None:
    """Hold locks until stdin ends, or the process."""
    async with store.lock(keys[0]), store.lock(keys[1]):
        say("held")
        sys.stdin.read()


async def outgrow(store: FileStore, marker: str) -> None:
    """Save a record, then one that is larger than this process may make a file."""
    import resource

    await store.save("a", f"small {marker}")
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    await told(store, "b", marker * 1000)
    held = await store.load("a")
    say(held.text if held is not None else None)


async def keep(store: FileStore, key: str, text: str) -> None:
    """Save a record."""
    await told(store, key, text)


async def show(store: FileStore, key: str) -> None:
    """Say what a record holds."""
    try:
        held = await store.load(key)
        say(held.text if held is not None else None)
    except errors.CognitoError as error:
        say(f"{type(error).__name__}: {error}")


async def told(store: FileStore, key: str, text: str) -> None:
    try:
        await store.save(key, text)
        say("saved")
    except errors.CognitoError as error:
        say(f"{type(error).__name__}: {error}")


async def main(*words: str) -> None:
    action, path, *arguments = words
    store = FileStore(path, key=KeyringKey("cognito-async tests") if KEY == "keyring" else KEY)
    await {each.__name__: each for each in (write, count, count_locked, hold, outgrow, keep, show)}[action](
        store, *arguments
    )


if __name__ == "__main__":
    chosen, backend, *rest = sys.argv[1:]
    anyio.run(main, chosen, *rest, backend=backend)
