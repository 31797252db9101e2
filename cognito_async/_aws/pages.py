"""The results of a listing operation, page by page or one by one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Generic, Self, TypeVar

from .._core.errors import ConfigurationError, InvalidReply
from .._core.operation import Page
from .._core.secret import Secret

ItemT = TypeVar("ItemT")
ReplyT = TypeVar("ReplyT", bound=Page[Any])


class Pages(Generic[ReplyT]):
    """The replies of one listing, as `api.pages` returns them. Each is requested when the iteration reaches it.

    After an error, the next iteration requests the failed page again. The listing ends with a reply that has no token;
    a page without items does not end it.

    Attributes:
        token: token of the next page; `None` before the first page, and after the last. To resume the listing later,
            pass it as the operation's token argument, whose name is in the reply's `paging.request`.

    Raises:
        InvalidReply: if the service repeats a token, so that the listing would not end.
    """

    def __init__(self, method: Callable[..., Awaitable[ReplyT]], arguments: dict[str, Any]) -> None:
        self._method = method
        self._arguments = Secret(arguments)  # an access token may be among them
        self._seen: set[str] = set()
        self._ended = False
        self.token: str | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ReplyT:
        if self._ended:
            raise StopAsyncIteration
        if self.token is not None and self.token in self._seen:
            self._ended = True
            raise InvalidReply("the service repeats the token of a page, so the listing would never end")
        reply = await self._method(**self._arguments.reveal())
        paging = getattr(reply, "paging", None)
        if paging is None:
            raise ConfigurationError("this operation does not return pages")
        token = self._arguments.reveal().get(paging.request)
        if token is not None:
            self._seen.add(token)
        self.token = getattr(reply, paging.reply) or None
        self._ended = self.token is None
        self._arguments = Secret({**self._arguments.reveal(), paging.request: self.token})
        return reply

    def __repr__(self) -> str:
        return f"Pages(<{len(self._seen)} tokens used>)"


async def items_of(pages: Pages[Page[ItemT]]) -> AsyncGenerator[ItemT, None]:
    """Yield the items of all pages."""
    async for page in pages:
        for item in page.page_items():
            yield item
