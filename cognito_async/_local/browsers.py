"""Requests of web pages to a local pool: allowed origins get the headers of CORS, and others are refused.

AWS sends `Access-Control-Allow-Origin: *`. A local pool must not: every page that a developer opens could change it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from .allowed_hosts import AllowedHosts, host_of
from .wire.refusals import Refusal
from .wire.replies import LocalResponse, service_headers

_EXPOSED = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET,HEAD,POST,OPTIONS",
    "Access-Control-Allow-Headers": (
        "Authorization,Cache-Control,Content-Type,X-Amz-Content-Sha256,X-Amz-Date,X-Amz-Security-Token,X-Amz-Target,"
        "X-Amz-User-Agent,Amz-Sdk-Invocation-Id,Amz-Sdk-Request"
    ),
    "Access-Control-Max-Age": "172800",
}
_LONGEST_SHOWN = 253  # the longest host name of DNS


def check_host(hosts: AllowedHosts, authority: str) -> None:
    """Refuse a request, unless its header `Host` names an allowed host. A repeated header is malformed."""
    if hosts.allows_host(authority):
        return
    host = host_of(authority)
    if host is None:
        raise _forbidden("The header Host is missing, repeated or malformed.")
    raise _forbidden(f"Requests to the host {_shown(host)} are refused. {_remedy(host)}")


def check_origin(hosts: AllowedHosts, origin: str | None) -> None:
    """Refuse the request of a web page, unless the page's origin is allowed. Other clients send no `Origin`."""
    if origin is None or hosts.allows_origin(origin):
        return
    host = host_of(origin.rpartition("//")[2])
    remedy = _remedy(host) if host is not None and origin != "null" else "It has no host that could be allowed."
    raise _forbidden(f"Requests of web pages with the origin {_shown(origin)} are refused. {remedy}")


def with_cors(response: LocalResponse, hosts: AllowedHosts, origin: str | None) -> LocalResponse:
    """Return the response with the headers that let a page of an allowed origin read it."""
    headers = {**response.headers, "Vary": "Origin"}
    if origin is not None and hosts.allows_origin(origin):
        headers |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED}
    return replace(response, headers=headers)


def preflight_response(now: datetime) -> LocalResponse:
    """Return the response to an OPTIONS request, with which a browser asks what a page may send."""
    return LocalResponse(200, {**service_headers(now), **_PREFLIGHT})


def _forbidden(message: str) -> Refusal:
    return Refusal("ForbiddenException", message, 403)


def _remedy(host: str) -> str:
    name = host[:_LONGEST_SHOWN]
    return f"To allow it, use `cognito-async local --allow-host {name}`, or LocalApp with allowed_hosts=[{name!r}]."


def _shown(text: str) -> str:
    return repr(text[:_LONGEST_SHOWN])
