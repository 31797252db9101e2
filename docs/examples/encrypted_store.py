"""Encrypt the file of a store, with your own key or a key in the desktop's keyring."""

import secrets

from cognito_async import FileStore, UserPool
from cognito_async.integrations.keyring import KeyringKey

key = secrets.token_urlsafe(32)  # in a real program, read it from the configuration


async def main(pool: UserPool, username: str, password: str) -> None:
    auth = pool.auth(store=FileStore("encrypted.json", key=key))
    await auth.sign_in(username, password)

    desktop_store = FileStore("desktop.json", key=KeyringKey("my-program"))
    pool.auth(store=desktop_store)
