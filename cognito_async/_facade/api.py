"""A method for each operation of the services, even if `UserPool` and `CognitoUser` have no call for it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from functools import partial
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

from .._aws._generated.identity_methods import IdentityOperations
from .._aws._generated.methods import Operations
from .._aws.pages import Pages, items_of
from .._client.service_client import ServiceClient
from .._core import checks, ids
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

_CALL_OPTIONS = frozenset({"timeout", "max_attempts", "extra_headers"})
_NOT_MEMBERS = frozenset({"self", "call"})
# Headers that the library sets, for the protocol, for HTTP or for the signature.
_RESERVED_HEADERS = frozenset(
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
    """Base of the classes that have a method for each operation.

    Args:
        client: makes the calls.
        defaults: values for required arguments that a call does not pass.
    """

    def __init__(self, client: ServiceClient, defaults: Mapping[str, str]) -> None:
        self._client = client
        self._defaults = defaults

    @staticmethod
    def pages(method: Callable[P, Awaitable[ReplyT]], *args: P.args, **kwargs: P.kwargs) -> Pages[ReplyT]:
        """Iterate over the pages of a listing: `async for page in api.pages(api.list_users, limit=9)`.

        To continue a listing later, save its `token`. Then pass the token to the method as `next_token` or
        `pagination_token`, whichever argument the method has.

        Args:
            method: a method of this object that returns pages.
            *args: positional arguments of the method.
            **kwargs: keyword arguments of the method.

        Raises:
            InvalidReply: if the service repeats the token of a page, so that the listing would not end.
        """
        return Pages(partial(method, *args), kwargs)

    @staticmethod
    def items(
        method: Callable[P, Awaitable[Page[ItemT]]], *args: P.args, **kwargs: P.kwargs
    ) -> AsyncGenerator[ItemT, None]:
        """Iterate over the items on all pages of a listing: `async for user in api.items(api.list_users)`."""
        return items_of(Pages(partial(method, *args), kwargs))

    async def _call(
        self, family: ModuleType, row: Callable[[], Operation[Any, OutputT]], arguments: Mapping[str, Any]
    ) -> OutputT:
        client, options = self._client, arguments["call"]
        if "extra_headers" in options:
            # A header may hold a key. Mask it in `options` itself, which the frame of the calling method holds too.
            options["extra_headers"] = mask(options["extra_headers"])
        if unknown := options.keys() - _CALL_OPTIONS:
            raise ConfigurationError(f"unknown argument: {', '.join(sorted(unknown))}")
        headers = _headers(options.get("extra_headers"))
        invoke = client.invoker(options.get("max_attempts"), headers) if options.keys() - {"timeout"} else None
        deadline = client.deadline(options.get("timeout", NOT_GIVEN))
        members = {name: value for name, value in arguments.items() if name not in _NOT_MEMBERS and value is not None}
        await preload((family,), deadline)
        return await client.run(_flow(row(), members, self._defaults), deadline, invoke=invoke)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._defaults.items())})"


class UserPoolApi(Api, Operations):
    """All operations of the user pools service: `pool.api`, and `CognitoIdentityProvider(…).api`.

    Each operation is a method, and the members of its request are the arguments. A method of `pool.api` fills in a
    required `user_pool_id` or `client_id` from the pool if you pass none. If the name of an operation contains
    `user_pool`, and does not begin with `describe_`, `get_` or `list_`, you must pass them. The methods add nothing
    else, so you must also pass a SECRET_HASH yourself. A reply is the service's model, with `.meta.request_id` and
    `.meta.attempts`.

    Every method takes `timeout` (seconds, retries included), `max_attempts` (1: no retries) and `extra_headers`.

    Raises:
        ConfigurationError: if an argument is missing, too short, or of the wrong type. Nothing was sent.
        CredentialsError: if the operation must be signed, and no AWS credentials were found.
        TransportError, ServiceError: if the call fails.
    """


class IdentityPoolApi(Api, IdentityOperations):
    """All operations of the identity pools service: `CognitoIdentity(…).api`.

    Each operation is a method, and the members of its request are the arguments. A reply is the service's model, with
    `.meta.request_id` and `.meta.attempts`.

    Every method takes `timeout` (seconds, retries included), `max_attempts` (1: no retries) and `extra_headers`.

    Raises:
        ConfigurationError: if an argument is missing, too short, or of the wrong type. Nothing was sent.
        CredentialsError: if the operation must be signed, and no AWS credentials were found.
        TransportError, ServiceError: if the call fails.
    """


def _flow(operation: Operation[Any, OutputT], members: Mapping[str, Any], defaults: Mapping[str, str]) -> Flow[OutputT]:
    fields = operation.input.model_fields
    for name in ids.EXAMPLES.keys() & members.keys():
        if isinstance(members[name], str) and (hint := ids.hint(name, members[name])):
            raise ConfigurationError(f"{name} must look like {ids.EXAMPLES[name]}{hint}")
    # Fill in required fields only: leaving an optional one out has its own meaning for the service.
    needed = {name: value for name, value in defaults.items() if name in fields and fields[name].is_required()}
    return (yield from call(operation, operation.input(**{**needed, **members})))


def _headers(value: Any) -> Texts:
    headers = {name.lower(): text for name, text in checks.secret_texts(value, "extra_headers").items()}
    if taken := headers.keys() & _RESERVED_HEADERS:
        raise ConfigurationError(f"extra_headers must not contain {', '.join(sorted(taken))}: the library sets it")
    return headers
