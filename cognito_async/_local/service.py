"""The local service: one `handle(request)` that answers as Cognito's user pools do, without any input or output."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

from anyio.lowlevel import checkpoint

from .._core.clock import Clock
from .._core.errors import ConfigurationError
from .operations import OPEN, SIGNED
from .state.entities import Message, Pool, User
from .state.service_state import ServiceState
from .state.settings import AppClientSettings, PoolSettings
from .state.signing_keys import KeyRing, SigningKeys, discovery, jwks
from .wire.refusals import Refusal
from .wire.replies import LocalResponse, Reply, preflight_response, refusal_response, reply_response
from .wire.requests import LocalRequest, parse_body
from .wire.shapes import SHAPES
from .wire.sigv4 import verify
from .wire.validation import check

TARGET = "AWSCognitoIdentityProviderService."
# Room for the largest fields of the model in one request, and not for much more.
MOST_BYTES = 1024 * 1024
ACCESS_KEY_ID = "AKIDLOCAL"
SECRET_ACCESS_KEY = "local-secret-key"  # noqa: S105 - a key for tests, and public

_log = logging.getLogger("cognito_async.local")


class LocalService:
    """Any number of user pools in memory. Reach it through an adapter: `LocalTransport` or `LocalApp`.

    Args:
        clock: what time it is for codes, tokens and lockouts.
        secret_keys: access key ids and their secret keys, with which signed operations may be called.
    """

    def __init__(self, *, clock: Clock | None = None, secret_keys: Mapping[str, str] | None = None) -> None:
        self._state = ServiceState(clock or Clock())
        self._secret_keys = dict(secret_keys or {ACCESS_KEY_ID: SECRET_ACCESS_KEY})

    @property
    def clock(self) -> Clock:
        """What time it is for codes, tokens and lockouts."""
        return self._state.clock

    @property
    def outbox(self) -> list[Message]:
        """Everything that was "sent", oldest first."""
        return self._state.outbox

    @property
    def secret_keys(self) -> Mapping[str, str]:
        """The access key ids that may call signed operations, with their secret keys."""
        return self._secret_keys

    def add_pool(self, settings: PoolSettings | None = None, *, keys: SigningKeys | None = None) -> PoolSettings:
        """Make a user pool. Its signing keys are made when first needed, unless given."""
        settings = settings or PoolSettings()
        if settings.id in self._state.pools:
            raise ConfigurationError(f"there is a user pool {settings.id} already")
        self._state.pools[settings.id] = Pool(settings, KeyRing(keys))
        return settings

    def add_client(self, user_pool_id: str, settings: AppClientSettings | None = None) -> AppClientSettings:
        """Make an app client of that pool."""
        settings = settings or AppClientSettings()
        pool = self._pool(user_pool_id)
        if any(settings.id in each.clients for each in self._state.pools.values()):
            raise ConfigurationError(f"there is an app client {settings.id} already")
        pool.clients[settings.id] = settings
        return settings

    def find_user(self, user_pool_id: str, username: str) -> User | None:
        """The record of a user, to look at, or to set a status that no operation here leads to."""
        return self._pool(user_pool_id).find(username)

    def _pool(self, user_pool_id: str) -> Pool:
        if user_pool_id not in self._state.pools:
            raise ConfigurationError(f"there is no user pool {user_pool_id}: add it first")
        return self._state.pools[user_pool_id]

    async def handle(self, request: LocalRequest) -> LocalResponse:
        """Answer one request. Raises nothing but cancellation."""
        await checkpoint()
        try:
            return await self._route(request)
        except Refusal as refusal:
            return refusal_response(self._state.now(), refusal)
        except Exception as error:  # noqa: BLE001 - a server answers, whatever happens
            # The type only: a message or a traceback could hold what the client sent.
            _log.error("the local pool failed with %s", type(error).__name__)
            return refusal_response(self._state.now(), Refusal("InternalErrorException", "Internal error.", 500))

    async def _route(self, request: LocalRequest) -> LocalResponse:
        if len(request.body) > MOST_BYTES:
            raise Refusal("RequestEntityTooLargeException", "Request size exceeded the limit.", 413)
        match request.method:
            case "OPTIONS":
                return preflight_response(self._state.now())
            case "GET":
                return await self._document(request.path)
            case "POST" if request.path == "/":
                return reply_response(self._state.now(), await self._call(request))
            case _:
                raise Refusal("UnknownOperationException", "Only POST / takes calls.", 404)

    async def _call(self, request: LocalRequest) -> Reply:
        target = request.headers.get("x-amz-target", "")
        operation = target.removeprefix(TARGET)
        handler = OPEN.get(operation) or SIGNED.get(operation)
        if handler is None or not target.startswith(TARGET):
            raise Refusal(
                "UnknownOperationException", f"The local pool does not have the operation {operation[:80]!r}."
            )
        if operation in SIGNED:
            regions = frozenset(pool.settings.region for pool in self._state.pools.values())
            verify(request, self._secret_keys, regions, self._state.now())
        parsed = parse_body(request.body)
        check(parsed, SHAPES[operation])
        return await handler(self._state, parsed)

    async def _document(self, path: str) -> LocalResponse:
        if path == "/health":
            return reply_response(self._state.now(), {"status": "ok"}, content_type="application/json")
        found = re.fullmatch(r"/([\w-]+)/\.well-known/(jwks\.json|openid-configuration)", path)
        if found is None:
            raise Refusal("UnknownOperationException", "There is no such document.", 404)
        pool = self._state.pools.get(found[1])
        if pool is None:
            raise Refusal("ResourceNotFoundException", f"User pool {found[1]} does not exist.", 404)
        document = jwks(await pool.keys.get()) if found[2] == "jwks.json" else discovery(pool.settings.issuer)
        return reply_response(self._state.now(), document, content_type="application/json")
