"""The calls of a program that gets changed replies, tokens, states and store records."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Any

from cognito_async import (
    AccessClaims,
    Auth,
    CognitoUser,
    DeviceSecret,
    FileStore,
    MemoryStore,
    SignInResult,
    Tokens,
    UserPool,
    errors,
)
from cognito_async._aws.credentials.source import Source, fields_of_json, read_credentials
from cognito_async._core.secret import Secret
from cognito_async._crypto.sealing import Seal
from cognito_async._stores.store import RecordKind, record_key
from cognito_async.lowlevel import Credentials
from tests.support import ACCESS_TOKEN, BINDING, CLIENT_ID, DEVICE_KEY, POOL_ID, USER_CALLS, jwt
from tests.verify import signing

from . import mutations
from .service import CLAIMS, NOW, SESSION, pool_of

Target = Callable[[Random, Path], Awaitable[None]]
# The methods with which a program answers challenges, and an argument of each.
ANSWERS: list[tuple[str, Any]] = [
    ("answer", "123456"),
    ("answer", {"ANSWER": "1"}),
    ("answer_from_secret", "MZXW6YTB"),
    ("choose", "SMS_MFA"),
    ("choose_password", "Passw0rd!"),
    ("set_up_email", "alice@example.com"),
]


async def use(user: CognitoUser) -> None:
    """Do with a user what a program does, each even if another has failed."""
    repr(user), repr(user.sub), user.signed_in
    with suppress(errors.CognitoError):
        tokens = await user.session()
        repr(tokens.expires_at), tokens.model_dump(), tokens.reveal()
        for claims in ("unverified_access_claims", "unverified_id_claims"):
            with suppress(errors.CognitoError):
                getattr(tokens, claims)
    with suppress(errors.CognitoError):
        await user.attributes()
    with suppress(errors.CognitoError):
        user.to_state()
    with suppress(errors.CognitoError):
        await user.sign_out(global_=True)


async def continue_sign_in(pool: UserPool, result: SignInResult) -> None:
    found: Any = result.challenge
    if found is None:
        await use(result.user)
        return
    repr(found)
    for name in ("options", "required_attributes", "attributes", "delivery", "available", "parameters"):
        getattr(found, name, None)
    resumed: Any = pool.resume(found.to_state())
    for name, argument in ANSWERS:
        if hasattr(resumed, name):
            with suppress(errors.CognitoError):
                await getattr(resumed, name)(argument)


async def replies_of_sign_ins(random: Random, folder: Path) -> None:
    pool = pool_of(random, 0.7)
    flow: Any = random.choice(["USER_PASSWORD_AUTH", "CUSTOM_AUTH", "USER_AUTH"])
    device = random.choice([None, DeviceSecret(BINDING, "alice", DEVICE_KEY, "-grpKey", "password")])
    await continue_sign_in(pool, await pool.sign_in("alice", "p", flow=flow, device=device))


async def proofs(random: Random, folder: Path) -> None:
    device = DeviceSecret(BINDING, "alice", DEVICE_KEY, "-grpKey", "password")
    await use((await pool_of(random, 0.6).sign_in("alice", "p", device=device)).user)


async def replies_of_accounts(random: Random, folder: Path) -> None:
    pool = pool_of(random, 0.8)
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: pool.sign_up("alice", "Passw0rd!"),
        lambda: pool.confirm_sign_up("alice", "1"),
        lambda: pool.resend_sign_up("alice"),
        lambda: pool.forgot_password("alice"),
        lambda: pool.confirm_forgot_password("alice", "1", "p"),
        lambda: pool.admin.user("alice"),
        lambda: pool.admin.group("g"),
        lambda: pool.admin.devices("alice"),
        pool.api.list_users,
        pool.api.describe_user_pool,
        lambda: first_of(pool.admin.users()),
        lambda: first_of(pool.admin.groups()),
    ]
    result = await random.choice(calls)()
    repr(result)
    if hasattr(result, "to_state"):
        pool.sign_up_from_state(result.to_state())


async def first_of(listing: Any) -> None:
    async for item in listing:
        repr(item)


async def replies_of_users(random: Random, folder: Path) -> None:
    pool = pool_of(random, 0.8)
    user = pool.user_from_tokens(Tokens(random.choice([ACCESS_TOKEN, jwt(**CLAIMS)]), jwt(**CLAIMS), "refresh"))
    repr(await random.choice(list(USER_CALLS.values()))(user))
    await use(user)


async def refreshes(random: Random, folder: Path) -> None:
    pool = pool_of(random, 0.8, refresh_flow=random.choice([None, "REFRESH_TOKEN_AUTH"]))
    user = pool.user_from_tokens(Tokens(jwt(**CLAIMS), jwt(**CLAIMS), "refresh"))
    with suppress(errors.CognitoError):
        await user.refresh()
    await use(user)


def changed_jwt(random: Random) -> str:
    """Return a token with changed claims, or a changed token."""
    payload = base64.urlsafe_b64encode(mutations.encoded(random, CLAIMS)).decode().rstrip("=")
    token = f"e30.{payload}.x"
    return mutations.text(random, token) if random.random() < 0.1 else token


async def tokens(random: Random, folder: Path) -> None:
    pool = pool_of(random, 0.2)
    await use(pool.user_from_access_token(changed_jwt(random)))
    refresh = random.choice([None, "refresh"])
    expires_at: Any = random.choice(
        [
            None,
            NOW,
            datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
            datetime.max.replace(tzinfo=timezone(-timedelta(hours=23, minutes=59))),
            random.choice([-(10**400), 1e300, float("nan"), "0001-01-01T00:00:00+14:00", 0, [], True]),
        ]
    )
    await use(pool.user_from_tokens(Tokens(changed_jwt(random), changed_jwt(random), refresh, expires_at)))


STATES: list[dict[str, Any]] = [
    {
        "kind": "user",
        "username": "alice",
        "sub": "s",
        "tokens": {
            "access_token": jwt(**CLAIMS),
            "id_token": jwt(**CLAIMS),
            "refresh_token": "refresh",
            "expires_at": "2026-01-02T05:04:05+00:00",
            "token_type": "Bearer",
        },
    },
    {
        "kind": "challenge",
        "name": "SMS_MFA",
        "username": "alice",
        "session": SESSION,
        "parameters": {"USERNAME": "alice"},
        "available": ["SMS_MFA"],
    },
    {"kind": "sign-up", "username": "alice", "sub": "s", "confirmed": False, "session": SESSION},
    {
        "kind": "device",
        "username": "alice",
        "key": DEVICE_KEY,
        "group_key": "-grpKey",
        "password": "password",
        "user_confirmation_necessary": False,
        "aliases": ["al"],
    },
]


def changed_state(random: Random, kind: str | None = None, key: str | None = None) -> str:
    base = next(each for each in STATES if each["kind"] == kind) if kind else random.choice(STATES)
    data = mutations.encoded(random, {**base, "pool": POOL_ID, "client": CLIENT_ID})
    if key is not None:  # the holder of the key has changed it, or a bug
        data = Seal(Secret(key), "state").encrypt(Secret(data), "\n".join(BINDING).encode())
    state = f"ca1.{'p' if key is None else 'e'}." + base64.urlsafe_b64encode(data).decode()
    return mutations.text(random, state) if random.random() < 0.1 else state


async def states(random: Random, folder: Path) -> None:
    pool, key = pool_of(random, 0.2), random.choice([None, "k" * 32])
    state = changed_state(random, key=key)
    for read in (pool.sign_up_from_state, pool.device_from_state):
        with suppress(errors.CognitoError):
            read(state, key).to_state()
    with suppress(errors.CognitoError):
        await continue_sign_in(pool, SignInResult(user=pool.user("alice"), challenge=pool.resume(state, key)))
    await use(pool.user_from_state(state, key))


async def use_store(random: Random, pool: UserPool, store: Any) -> None:
    calls: list[Callable[[Auth], Awaitable[Any]]] = [
        lambda auth: auth.current_session(),
        lambda auth: auth.users(),
        lambda auth: auth.switch_user("alice"),
        lambda auth: auth.sign_in("al", "p", flow="USER_PASSWORD_AUTH"),
        lambda auth: auth.sign_out(),
    ]
    auth = pool.auth(store=store)
    for call in random.sample(calls, 3):
        with suppress(errors.CognitoError):
            repr(await call(auth))
    await use(await auth.current_user())


def records(random: Random) -> dict[str, str]:
    """Return the records of an `Auth`'s store, some of which are changed."""
    users = {"current": "alice", "users": ["alice", "bob"]}
    texts: dict[RecordKind, Callable[[], str]] = {
        "session": lambda: changed_state(random, "user"),
        "device": lambda: changed_state(random, "device"),
        "users": lambda: mutations.encoded(random, users).decode("utf-8", "surrogateescape"),
        "alias": lambda: random.choice(["alice", "", "\ud800", "bob", "x" * 5000]),
    }
    good: dict[RecordKind, str] = {"users": json.dumps(users), "alias": "alice"}
    names: dict[RecordKind, str] = {"session": "alice", "device": "alice", "users": "", "alias": "al"}
    return {
        record_key(kind, BINDING, names[kind]): good[kind] if kind in good and random.random() < 0.7 else texts[kind]()
        for kind in random.sample(list(texts), random.choice([2, 3, 4]))
    }


async def memory_stores(random: Random, folder: Path) -> None:
    store = MemoryStore()
    for key, content in records(random).items():
        await store.save(key, content)
    await use_store(random, pool_of(random, 0.2), store)


async def file_stores(random: Random, folder: Path) -> None:
    contents = {key: [content, number] for number, (key, content) in enumerate(records(random).items(), 1)}
    data = mutations.encoded(random, {"cognito_async": 1, "plain": {"newest": 9, "records": contents}})
    path = folder / "store.json"
    path.write_bytes(data)
    path.chmod(0o600)
    await use_store(random, pool_of(random), FileStore(path))


class ChangedSource(Source):
    """A source of AWS credentials, such as a container's endpoint, with a changed reply."""

    def __init__(self, random: Random) -> None:
        self._random = random

    async def load(self, clock: Any) -> Credentials:
        fields = {"AccessKeyId": "AKID", "SecretAccessKey": "s", "Token": "t", "Expiration": "2026-01-02T04:00:00Z"}
        return read_credentials("the endpoint", fields_of_json(mutations.encoded(self._random, fields)))


async def credentials(random: Random, folder: Path) -> None:
    pool = pool_of(random, 0.2, credentials=ChangedSource(random))
    for _ in range(2):
        with suppress(errors.CognitoError):
            await pool.api.list_groups()


async def verified_tokens(random: Random, folder: Path) -> None:
    """Verify a token whose claims are changed, and then signed. The key set, or the header, may be changed too."""
    verifier = signing.KeyServer(mutations.encoded(random, signing.key_set())).verifier(token_use=None)
    if random.random() < 0.8:
        verifier.add_keys(signing.key_set())
    make = random.choice([signing.access_claims, signing.id_claims, signing.machine_claims])
    claims = mutations.encoded(random, make(cognito__groups=["a"], identities=[{}], amr=["b"]))
    token = signing.sign_bytes(claims)
    if random.random() < 0.2:
        header = base64.urlsafe_b64encode(mutations.encoded(random, {"kid": "k", "alg": "RS256"})).decode().rstrip("=")
        token = random.choice([mutations.text(random, token), f"{header}.{token.partition('.')[2]}"])
    found = await verifier.verify(token)
    repr(found), found.expires_at, found.groups, found.scopes
    assert verifier.verify_nowait(token) == found


async def claims_of_events(random: Random, folder: Path) -> None:
    claims = json.loads(json.dumps(signing.access_claims(cognito__groups="[a b]")))
    event = {"requestContext": {"authorizer": {"jwt": {"claims": claims}}}}
    with suppress(ValueError, RecursionError):  # the gateway passes valid JSON only
        event = json.loads(mutations.encoded(random, event))
    repr(AccessClaims.from_event(event).expires_at)


TARGETS: dict[str, tuple[int, Target]] = {
    "replies of sign-ins": (7000, replies_of_sign_ins),
    "proofs": (1000, proofs),
    "replies of accounts": (8000, replies_of_accounts),
    "replies of users": (6000, replies_of_users),
    "refreshes": (5000, refreshes),
    "tokens": (6000, tokens),
    "verified tokens": (2000, verified_tokens),
    "claims of events": (1000, claims_of_events),
    "states": (6000, states),
    "memory stores": (4000, memory_stores),
    "file stores": (2000, file_stores),
    "credentials": (2000, credentials),
}
