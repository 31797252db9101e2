"""Users of one store with similar names: each user finds the right device, and keeps it when others sign in."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_async import DeviceSecret, MemoryStore
from cognito_async._core.secret import Secret
from cognito_async._stores.store import record_key
from cognito_async._tokens.claims import read_claims
from tests.sizes import examples
from tests.support import BINDING, Answer, refusal, serving, tokens_reply

USERS = ("Al", "al", "Straße")
# The addresses that users can sign in with, and that can move to another user.
ADDRESSES = ("Al@x.org", "al@x.org", "STRASSE")
SPELLINGS = (str, str.swapcase)


@dataclass
class Service:
    """A user pool that tracks devices, but requires no proof. A case-sensitive pool has the users Al and al."""

    is_case_sensitive: bool
    owners: dict[str, str] = field(default_factory=dict[str, str])
    devices: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in USERS})
    requests: int = 0

    def find(self, name: str) -> str | None:
        names = {**self.owners, **{user: user for user in self.users}}
        if self.is_case_sensitive:
            return names.get(name)
        return {each.casefold(): user for each, user in names.items()}.get(name.casefold())

    @property
    def users(self) -> tuple[str, ...]:
        return USERS if self.is_case_sensitive else USERS[1:]

    def __call__(self, operation: str, body: dict[str, Any]) -> Answer:
        if operation == "ConfirmDevice":
            self.devices[read_claims(Secret(body["AccessToken"]))["username"]].add(body["DeviceKey"])
            return {}
        self.requests += 1
        user, key = self.find(body["AuthParameters"]["USERNAME"]), body["AuthParameters"].get("DEVICE_KEY")
        assert user is not None
        if key is not None and key not in self.devices[user]:
            return refusal("ResourceNotFoundException", "Device does not exist.")
        new = f"eu-central-1_{uuid.uuid4()}"
        reply = tokens_reply(username=user, device_key=key or new)
        if key is None:
            reply["AuthenticationResult"]["NewDeviceMetadata"] = {"DeviceKey": new, "DeviceGroupKey": "-grpKey"}
        return reply


async def stored(store: MemoryStore) -> dict[str, str]:
    """Return the keys of the devices in the store, by user."""
    records = {user: await store.load(record_key("device", BINDING, user)) for user in USERS}
    return {
        user: DeviceSecret.from_state(record.text, BINDING).key
        for user, record in records.items()
        if record is not None
    }


async def sign_in(service: Service, store: MemoryStore, typed: str) -> tuple[str, int]:
    """Sign in, check whose devices have changed, and return the device key and the number of requests."""
    pool, _ = serving(service)
    before, service.requests = await stored(store), 0
    user = (await pool.auth(store=store).sign_in(typed, "p", flow="USER_PASSWORD_AUTH")).user
    after, device = await stored(store), user.device_secret
    assert user.username == service.find(typed)
    assert device is not None and device.username == user.username and device.key in service.devices[user.username]
    assert after == {**before, user.username: device.key}
    return device.key, service.requests


STEPS = st.one_of(
    st.tuples(st.just("sign in"), st.sampled_from([*USERS, *ADDRESSES]), st.sampled_from(SPELLINGS)),
    st.tuples(st.just("move"), st.sampled_from(ADDRESSES), st.sampled_from(USERS)),
    st.tuples(st.just("forget"), st.sampled_from(USERS), st.none()),
)


@pytest.mark.table
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("is_case_sensitive", [True, False])
@pytest.mark.table
def test_users_with_similar_names_keep_their_devices(is_case_sensitive: bool, backend: str) -> None:
    async def run(steps: list[tuple[str, str, Any]]) -> None:
        service, store = Service(is_case_sensitive), MemoryStore()
        service.owners = dict(zip(ADDRESSES, service.users, strict=False))
        for action, name, more in steps:
            if action == "move" and more in service.users:
                service.owners[name] = more
            elif action == "forget":
                service.devices[name].clear()
            elif action == "sign in" and service.find(typed := more(name)) is not None:
                key, requests = await sign_in(service, store, typed)
                assert requests <= 2, "a wrong guess must cost only one request"
                assert await sign_in(service, store, typed) == (key, 1), "the name must find the device next time"

    @settings(max_examples=examples(400))
    @given(st.lists(STEPS, min_size=2, max_size=12))
    def check(steps: list[tuple[str, str, Any]]) -> None:
        anyio.run(run, steps, backend=backend)

    check()
