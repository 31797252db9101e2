"""The error code of a reply, and the marks that tell the service's replies from those of a proxy."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import Any

from .._core.outside import parse_object
from .rpc import RpcReply

REQUEST_ID = "x-amzn-requestid"
_ERROR_TYPE = "x-amzn-errortype"
# A longer error is not parsed, because this would block the event loop. The service sends short ones.
_LONGEST_ERROR = 65_536


def error_members(reply: RpcReply) -> Mapping[str, Any]:
    """Return the members of an error's JSON object; none if the body is something else, or too long for an error."""
    return (parse_object(reply.body) if len(reply.body) <= _LONGEST_ERROR else None) or {}


def error_code(headers: Mapping[str, str], body: Mapping[str, Any]) -> str | None:
    """Return the error's name without a namespace. It is looked up in the same places and order as in the AWS SDKs."""
    for value in (headers.get(_ERROR_TYPE), body.get("code"), body.get("__type")):
        if isinstance(value, str):
            name = re.split("[,:]", value, maxsplit=1)[0].rpartition("#")[2].strip()
            if name:
                return name
    return None


def is_genuine(reply: RpcReply) -> bool:
    """Return whether the service has made this reply, and not a proxy, a cache or the portal of a network.

    The service marks its replies by a request id, but some emulators do not. Without one, a successful reply must be a
    JSON object, and an error must have a name.
    """
    headers = reply.headers
    if "age" in headers or is_page(reply):
        return False  # a reply of a cache has the `Date` of an earlier one
    if REQUEST_ID in headers or _ERROR_TYPE in headers:
        return True
    if reply.status_code == 200:
        return reply.body.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"{"
    return isinstance(error_members(reply).get("__type"), str)


def is_page(reply: RpcReply) -> bool:
    """Return whether the body is a page in HTML."""
    return "html" in reply.headers.get("content-type", "").lower() or reply.body.lstrip()[:1] == b"<"
