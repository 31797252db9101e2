"""Stores that fail or are damaged: their contents must not show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from cognito_async import (
    FileStore,
    MemoryStore,
    errors,
)
from cognito_async._stores.store import record_key
from tests.leaks.markers import (
    JTI,
    KEY,
    PASSWORD,
    REFRESH_TOKEN,
    SECRET,
    SESSION,
    tokens_of,
)
from tests.leaks.watch import Watch
from tests.support import BINDING, serving, tokens_reply

pytestmark = [pytest.mark.anyio, pytest.mark.table]


def _full(descriptor: int) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("made_with", "opened_with", "full"),
    [(None, KEY, False), (KEY, None, False), (KEY, KEY[::-1], False), (None, None, True), (KEY, KEY, True)],
)
async def test_unusable_file_store_shows_no_secret(
    watch: Watch,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    made_with: str | None,
    opened_with: str | None,
    full: bool,
) -> None:
    watch.secrets |= {REFRESH_TOKEN, SESSION, KEY[::-1]}
    await FileStore(tmp_path / "tokens.json", key=made_with).save("a", REFRESH_TOKEN)
    store = FileStore(tmp_path / "tokens.json", key=opened_with)
    if full:
        monkeypatch.setattr("os.fsync", _full)
    for attempt in (store.save("a", SESSION), store.save("b", SESSION + "\udc80"), store.delete("a")):
        with pytest.raises((errors.ConfigurationError, errors.StoreError)) as caught:
            await attempt
        watch.see_error("a store", caught.value)
    watch.see("the store", store)


@pytest.mark.parametrize(
    "content", [SESSION, f'{{"cognito_async": 1, "plain": {{"newest": 1, "records": {{"a": ["{SESSION}"]}}}}}}']
)
async def test_damaged_file_store_shows_no_secret(watch: Watch, tmp_path: Path, content: str) -> None:
    path = tmp_path / "tokens.json"
    path.touch(0o600)
    path.write_text(content)
    with pytest.raises(errors.ConfigurationError) as caught:
        await FileStore(path).load("a")
    watch.secrets.add(SESSION)
    watch.see_error("a damaged store", caught.value)
    watch.see("the store", FileStore(path))


class FailingStore(MemoryStore):
    """A store that records the saved states. The methods named in `failing` raise an `OSError`."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self.failing: set[str] = set()

    def _pass(self, method: str, key: str) -> None:
        if method in self.failing:
            raise OSError(f"{method} of {key.partition('/')[0]} failed")

    async def load(self, key: str) -> Any:
        self._pass("load", key)
        return await super().load(key)

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        assert type(text) is str, "a store may write or pickle it in any way"
        self.texts |= {text} if text.startswith("ca1.") else set()
        self._pass("save", key)
        return await super().save(key, text, expected=expected)

    async def delete(self, key: str) -> None:
        self._pass("delete", key)
        await super().delete(key)

    def lock(self, key: str) -> Any:
        self._pass("lock", key)
        return super().lock(key)


STORE_CALLS: dict[str, Callable[[Any, Any], Awaitable[Any]]] = {
    "sign_in": lambda auth, user: auth.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH"),
    "session": lambda auth, user: user.session(),
    "refresh": lambda auth, user: user.refresh(),
    "sign_out": lambda auth, user: user.sign_out(),
    "current_session": lambda auth, user: auth.current_session(),
    "current_user elsewhere": lambda auth, user: auth.pool.auth(store=auth._registry.view.store).current_user(),
    "users": lambda auth, user: auth.users(),
    "switch_user": lambda auth, user: auth.switch_user("alice"),
}


@pytest.mark.parametrize("call", STORE_CALLS)
@pytest.mark.parametrize("method", ["load", "save", "delete", "lock"])
async def test_calls_with_a_failing_store_show_no_secret(watch: Watch, method: str, call: str) -> None:
    pool, _ = serving(
        lambda operation, body: tokens_reply(refresh_token=REFRESH_TOKEN, mark=JTI, exp=1),
        client_secret=SECRET,
        hooks=watch.hooks,
    )
    store = FailingStore()
    auth = pool.auth(store=store)
    auth.on_event(lambda event: watch.see(f"the event {event.name}", event))
    user = (await auth.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH")).user
    watch.secrets |= tokens_of(user.tokens)
    store.failing.add(method)
    try:
        watch.see("the result", await STORE_CALLS[call](auth, user))
    except (OSError, errors.CognitoError) as error:
        watch.see_error(f"{call} with a store that fails to {method}", error)
    assert store.texts
    watch.secrets |= {text[6:] for text in store.texts}


@pytest.mark.parametrize("kind", ["session", "users"])
async def test_damaged_record_is_not_shown(watch: Watch, kind: str) -> None:
    pool, _ = serving(lambda operation, body: tokens_reply(refresh_token=REFRESH_TOKEN, mark=JTI))
    store = MemoryStore()
    auth = pool.auth(store=store)
    user = (await auth.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH")).user
    name = "alice" if kind == "session" else ""
    await store.save(record_key(kind, BINDING, name), f"ca1.p.{SESSION}")  # type: ignore[arg-type]
    watch.secrets |= tokens_of(user.tokens) | {SESSION}
    again = pool.auth(store=store)
    for call in (user.refresh, again.users, again.current_user, lambda: again.switch_user("alice")):
        if kind == "users" and call == user.refresh:
            continue
        with pytest.raises(errors.ConfigurationError) as caught:
            await call()
        watch.see_error(f"{call} with a damaged record", caught.value)
