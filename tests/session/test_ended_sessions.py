"""A session that the service has ended: it ends in memory, in the store and in events at the first refused call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from cognito_async import Auth, AuthEvent, CognitoUser, MemoryStore, Tokens, UserPool, errors
from cognito_async.local import LocalUserPool
from tests.sizes import each_row
from tests.support import USER_CALLS, Recorder, make_user, recording

pytestmark = [pytest.mark.anyio, pytest.mark.table]

PASSWORD = "Passw0rd!"
# The calls whose `NotAuthorizedException` may be about a password or a code.
PROOFS = {"change_password", "confirm_attribute", "verify_totp"}
# The calls of an `Auth` that have an event.
UNDECLARED = {"AssociateSoftwareToken", "GlobalSignOut"}
EVENTS = {"update_attributes": "update_attributes", "verify_totp": "verify_totp", "delete": "delete_user"}


async def sign_out_everywhere(local: LocalUserPool, users: list[CognitoUser]) -> None:
    await (await local.user_pool().sign_in("alice", PASSWORD)).user.sign_out(global_=True)


async def revoke_each(local: LocalUserPool, users: list[CognitoUser]) -> None:
    for user in users:
        await local.user_pool().user_from_tokens(user.tokens).sign_out()


async def delete_account(local: LocalUserPool, users: list[CognitoUser]) -> None:
    await (await local.user_pool().sign_in("alice", PASSWORD)).user.delete()


ENDS: dict[str, Callable[[LocalUserPool, list[CognitoUser]], Awaitable[object]]] = {
    "signed out everywhere": sign_out_everywhere,
    "revoked": revoke_each,
    "deleted": delete_account,
    "signed out by an administrator": lambda local, users: local.user_pool().admin.sign_out("alice"),
    "disabled by an administrator": lambda local, users: local.user_pool().admin.disable_user("alice"),
    "deleted by an administrator": lambda local, users: local.user_pool().admin.delete_user("alice"),
}


@dataclass
class Session:
    """A signed-in user, and the `Auth` with its store and events if there is one."""

    user: CognitoUser
    auth: Auth | None = None
    store: MemoryStore = field(default_factory=MemoryStore)
    events: list[AuthEvent] = field(default_factory=list)

    def listen(self) -> Session:
        assert self.auth is not None
        self.auth.on_event(self.events.append)
        return self


async def of_auth(pool: UserPool) -> Session:
    store = MemoryStore()
    auth = pool.auth(store=store)
    return Session((await auth.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH")).user, auth, store).listen()


async def restored(pool: UserPool) -> Session:
    store = (await of_auth(pool)).store
    auth = pool.auth(store=store)
    return Session(await auth.current_user(), auth, store).listen()


async def of_pool(pool: UserPool) -> Session:
    return Session((await pool.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH")).user)


async def from_tokens(pool: UserPool) -> Session:
    return Session(pool.user_from_tokens((await of_pool(pool)).user.tokens))


async def from_state(pool: UserPool) -> Session:
    return Session(pool.user_from_state((await of_pool(pool)).user.to_state()))


OWNERS: dict[str, Callable[[UserPool], Awaitable[Session]]] = {
    "an Auth": of_auth,
    "an Auth that has restored it": restored,
    "a pool": of_pool,
    "tokens": from_tokens,
    "a state": from_state,
}


CASES = each_row(OWNERS, ENDS, USER_CALLS, of=3)


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.table
async def test_first_refused_call_ends_the_session(owner: str, end: str) -> None:
    local = LocalUserPool()
    await make_user(local)
    with recording(local) as (pool, recorder):
        sessions = {name: await OWNERS[owner](pool) for *case, name in CASES if case == [owner, end]}
        await ENDS[end](local, [session.user for session in sessions.values()])
        for name, session in sessions.items():
            if name in PROOFS and not end.startswith("deleted"):
                await check_proof(name, session, recorder)
                name = "attributes"  # noqa: PLW2901 - the next call ends the session
            await check_end(name, session, recorder)


async def check_proof(name: str, session: Session, recorder: Recorder) -> None:
    """Check that a call with a proof is not judged, because its error may be about the proof."""
    recorder.calls.clear()
    with pytest.raises(errors.NotAuthorizedException):
        await USER_CALLS[name](session.user)
    assert len(recorder.calls) == 1 and session.user.signed_in
    session.events.clear()


async def check_end(name: str, session: Session, recorder: Recorder) -> None:
    recorder.calls.clear()
    with pytest.raises(errors.SessionExpired, match="sign in again"):
        await USER_CALLS[name](session.user)
    assert recorder.operations[1:] == ["GetTokensFromRefreshToken"], "the refused call must not be repeated"
    assert not session.user.signed_in
    for call in (session.user.attributes, session.user.session, session.user.refresh):
        with pytest.raises(errors.NotSignedIn):
            await call()
    assert (await session.user.sign_out()).remote == "none"
    assert len(recorder.calls) == 2
    if session.auth is not None:
        with pytest.raises(errors.NoCurrentUser):
            await session.auth.current_user()
        assert await session.auth.users() == [] and not session.store._records
        if name == "step_up":
            assert session.events.pop(0).name == "sign_in", "a step-up is a sign-in, which has failed before the check"
        emitted = [(event.name, type(event.error)) for event in session.events]
        expected = ["sign_out", *([EVENTS[name]] if name in EVENTS else [])]
        assert emitted == [(event, errors.SessionExpired) for event in expected]
        assert all(event.user is session.user for event in session.events)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("id_token", [False, True])
async def test_bearer_token_keeps_its_error(end: str, id_token: bool) -> None:
    local = LocalUserPool()
    await make_user(local)
    with recording(local) as (pool, recorder):
        tokens = (await of_pool(pool)).user.tokens
        bearer = pool.user_from_tokens(Tokens(tokens.access_token, tokens.id_token if id_token else None))
        await ENDS[end](local, [pool.user_from_tokens(tokens)])
        recorder.calls.clear()
        for name, call in USER_CALLS.items():
            with pytest.raises(errors.ServiceError) as caught:
                await call(bearer)
            # AssociateSoftwareToken and GlobalSignOut do not declare UserNotFoundException.
            is_missing = end.startswith("deleted") and caught.value.operation not in UNDECLARED
            expected = errors.UserNotFoundException if is_missing else errors.NotAuthorizedException
            assert type(caught.value) is expected, name
            assert caught.value.operation == recorder.operations[-1], name
        assert "GetTokensFromRefreshToken" not in recorder.operations
        assert bearer.signed_in


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("everywhere", [False, True])
async def test_sign_out_of_an_ended_session_still_works(end: str, everywhere: bool) -> None:
    local = LocalUserPool()
    await make_user(local)
    session = await of_auth(local.user_pool())
    await ENDS[end](local, [session.user])
    result = await session.user.sign_out(global_=everywhere)
    assert result.remote in ({"already", "unknown"} if everywhere else {"done", "already"})
    assert not session.user.signed_in and not session.store._records
    assert [(event.name, event.error) for event in session.events] == [("sign_out", None)]


async def test_call_of_a_valid_session_is_not_checked() -> None:
    local = LocalUserPool()
    await make_user(local)
    with recording(local) as (pool, recorder):
        session = await of_auth(pool)
        recorder.calls.clear()
        with pytest.raises(errors.NotAuthorizedException, match="Incorrect username or password"):
            await session.user.change_password("wrong", "Another-passw0rd")
        with pytest.raises(errors.CognitoError):
            await session.user.confirm_attribute("email", "000000")
        assert (await session.user.attributes())["email"] == "alice@example.com"
        assert "GetTokensFromRefreshToken" not in recorder.operations and not session.events


@pytest.mark.parametrize("kept", ["tokens", "state"])
async def test_copies_of_an_ended_session_end_too(kept: str) -> None:
    local = LocalUserPool()
    await make_user(local)
    pool = local.user_pool()
    user = (await of_pool(pool)).user
    tokens, state = user.tokens, user.to_state()
    copies = [pool.user_from_tokens(tokens) if kept == "tokens" else pool.user_from_state(state) for _ in range(3)]
    await sign_out_everywhere(local, [])
    for copy in (user, *copies):
        with pytest.raises(errors.SessionExpired):
            await copy.attributes()
        assert not copy.signed_in


def other_auth(session: Session, local: LocalUserPool, *, process: str) -> Auth:
    pool = local.user_pool() if process == "another" else session.auth.pool  # type: ignore[union-attr]
    return pool.auth(store=session.store)


@pytest.mark.parametrize("process", ["this", "another"])
async def test_every_auth_on_one_store_notices_the_end(process: str) -> None:
    local = LocalUserPool()
    await make_user(local)
    session = await of_auth(local.user_pool())
    other = other_auth(session, local, process=process)
    remote, events = await other.current_user(), list[Any]()
    other.on_event(lambda event: events.append((event.name, type(event.error))))
    await sign_out_everywhere(local, [])
    with pytest.raises(errors.SessionExpired):
        await session.user.attributes()
    assert await other.current_user() is remote, "an Auth cannot know the end before a call"
    with pytest.raises(errors.SessionExpired, match="sign in again"):
        await remote.attributes()
    assert events == [("sign_out", errors.SessionExpired)]
    with pytest.raises(errors.NoCurrentUser):
        await other.current_user()


@pytest.mark.parametrize("process", ["this", "another"])
async def test_session_signed_in_again_elsewhere_continues(process: str) -> None:
    """The record in the store has newer tokens, which another `Auth` got by a new sign-in."""
    local = LocalUserPool()
    await make_user(local)
    session = await of_auth(local.user_pool())
    await sign_out_everywhere(local, [])
    other = other_auth(session, local, process=process)
    again = (await other.sign_in("alice", PASSWORD)).user
    assert (await session.user.attributes())["email"] == "alice@example.com"
    assert (await again.attributes())["email"] == "alice@example.com"
    await sign_out_everywhere(local, [])
    with pytest.raises(errors.SessionExpired):
        await session.user.attributes()
    assert not session.store._records


async def test_other_users_of_the_auth_stay_signed_in() -> None:
    local = LocalUserPool()
    await make_user(local)
    await make_user(local, "bob")
    auth = local.auth()
    bob = (await auth.sign_in("bob", PASSWORD)).user
    alice = (await auth.sign_in("alice", PASSWORD)).user
    await sign_out_everywhere(local, [])
    with pytest.raises(errors.SessionExpired):
        await alice.attributes()
    assert await auth.users() == [bob] and (await bob.attributes())["email"] == "bob@example.com"


async def test_user_can_sign_in_again_after_the_end() -> None:
    local = LocalUserPool()
    await make_user(local)
    session = await of_auth(local.user_pool())
    await sign_out_everywhere(local, [])
    with pytest.raises(errors.SessionExpired):
        await session.user.attributes()
    assert session.auth is not None
    again = (await session.auth.sign_in("alice", PASSWORD)).user
    assert await session.auth.current_user() is again and await again.attributes()
