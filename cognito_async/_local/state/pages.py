"""Listings, page by page.

The token of a page names the last item shown, not a count of items, so changes between pages cause no duplicates
or gaps.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar

from ..wire.refusals import invalid_parameter
from ..wire.replies import Reply
from ..wire.requests import Request
from .service_state import ServiceState

_MOST = 60
_Item = TypeVar("_Item")


def page(
    state: ServiceState,
    request: Request,
    token: str,
    items: Iterable[_Item],
    place: Callable[[_Item], int | str],
    *listing: str,
) -> tuple[list[_Item], Reply]:
    """Return the items of the requested page, and the member of the reply with the next page's token, if any.

    Args:
        token: the name of the member with the token, in requests and replies.
        items: all items of the listing, in the order of their places.
        place: returns an item's place, which no other item has.
        listing: strings that identify the listing. A token of a different listing, such as one with a different
            filter, is refused.
    """
    this = json.dumps(listing)
    rest = items
    if token in request:
        known = state.opaque_tokens.open_page(request[token], this)
        if known is None:
            raise invalid_parameter("Invalid pagination token given.")
        rest = (item for item in items if place(item) > known["after"])
    size = request.get("Limit") or request.get("MaxResults") or _MOST
    found = list(islice(rest, size + 1))
    shown = found[:size]
    return shown, {token: state.opaque_tokens.page({"after": place(shown[-1])}, this)} if len(found) > size else {}
