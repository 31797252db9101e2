"""The service's own operations, for what the facade lacks."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from functools import partial
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

from .._aws._generated.identity_methods import IdentityOperations
from .._aws._generated.methods import Operations
from .._aws.pages import Pages, items_of
from .._client.service_client import ServiceClient
from .._core import checks
from .._core.checks import NOT_GIVEN
from .._core.errors import ConfigurationError
from .._core.lazy import preload
from .._core.operation import Caller, Operation, OutputT, Page
from .._core.redact import mask
from .._core.secret import Texts
from .._flows.protocol import Flow, call

P = ParamSpec("P")
ItemT = TypeVar("ItemT")
ReplyT = TypeVar("ReplyT", bound=Page[Any])

_CALL = frozenset({"timeout", "max_attempts", "extra_headers"})
_NO_MEMBERS = frozenset({"self", "call"})
# What the protocol, HTTP or a signature says by itself.
_NOT_EXTRA = frozenset(
    {
        "accept-encoding",
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-target",
    }
)


class Api(Caller):
    """What the classes with one method for each operation have in common; `own` is what a call need not say."""

    def __init__(self, client: ServiceClient, own: Mapping[str, str]) -> None:
        self._client = client
        self._own = own

    @staticmethod
    def pages(method: Callable[P, Awaitable[ReplyT]], *args: P.args, **kwargs: P.kwargs) -> Pages[ReplyT]:
        """The pages of a listing, called with these arguments: `async for page in api.pages(api.list_users, limit=9)`.

        To go on later from where an earlier listing stopped, keep its `token`, and give it by the argument that the
        operation has for it (`next_token` or `pagination_token`).

        Raises:
            InvalidReply: the service repeats the token of a page, so that there is no end.
        """
        return Pages(partial(method, *args), kwargs)

    @staticmethod
    def items(
        method: Callable[P, Awaitable[Page[ItemT]]], *args: P.args, **kwargs: P.kwargs
    ) -> AsyncGenerator[ItemT, None]:
        """What is on all pages of a listing, one by one: `async for user in api.items(api.list_users)`."""
        return items_of(Pages(partial(method, *args), kwargs))

    async def _call(
        self, family: ModuleType, row: Callable[[], Operation[Any, OutputT]], arguments: Mapping[str, Any]
    ) -> OutputT:
        client, options = self._client, arguments["call"]
        if "extra_headers" in options:
            # In place, because the frame of the method has it too: a header may hold a key.
            options["extra_headers"] = mask(options["extra_headers"])
        if unknown := options.keys() - _CALL:
            raise ConfigurationError(f"there is no argument {', '.join(sorted(unknown))}")
        headers = _headers(options.get("extra_headers"))
        invoke = client.invoker(options.get("max_attempts"), headers) if options.keys() - {"timeout"} else None
        deadline = client.deadline(options.get("timeout", NOT_GIVEN))
        members = {name: value for name, value in arguments.items() if name not in _NO_MEMBERS and value is not None}
        await preload((family,), deadline)
        return await client.run(_flow(row(), members, self._own), deadline, invoke=invoke)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._own.items())})"


class UserPoolApi(Api, Operations):
    """Use `pool.api` for an operation that the facade lacks: each is a method, its members are arguments.

    Where an operation needs a `user_pool_id` or `client_id`, they are those of the pool unless they are given; those
    that make, change or delete a user pool or an app client want to be told which. Nothing else is added, no
    SECRET_HASH either. A reply is a model of the service's, with `.meta.request_id` and `.meta.attempts`.

    Every method takes `timeout` (seconds, all attempts included), `max_attempts` (1: no retries) and `extra_headers`.

    Raises:
        ConfigurationError: an argument is missing, too short, or of another type; nothing was sent.
        CredentialsError: the operation must be signed, and there are no AWS credentials.
        TransportError, ServiceError: as any call.
    """


class IdentityPoolApi(Api, IdentityOperations):
    """Use `CognitoIdentity(…).api` for identity pools: each operation is a method, its members are arguments.

    A reply is a model of the service's, with `.meta.request_id` and `.meta.attempts`.

    Every method takes `timeout` (seconds, all attempts included), `max_attempts` (1: no retries) and `extra_headers`.

    Raises:
        ConfigurationError: an argument is missing, too short, or of another type; nothing was sent.
        CredentialsError: the operation must be signed, and there are no AWS credentials.
        TransportError, ServiceError: as any call.
    """


def _flow(operation: Operation[Any, OutputT], members: Mapping[str, Any], own: Mapping[str, str]) -> Flow[OutputT]:
    fields = operation.input.model_fields
    # Where it is not required, its absence means something.
    needed = {name: value for name, value in own.items() if name in fields and fields[name].is_required()}
    return (yield from call(operation, operation.input(**{**needed, **members})))


def _headers(value: Any) -> Texts:
    headers = {name.lower(): text for name, text in checks.secret_texts(value, "extra_headers").items()}
    if taken := headers.keys() & _NOT_EXTRA:
        raise ConfigurationError(f"extra_headers: {', '.join(sorted(taken))} is set by the library")
    return headers
