"""Requests of three shapes with the same content: a call of AWS's JSON protocol, a GET, and a form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cognito_async._http.message import HttpRequest
from cognito_async._http.origin import Url
from tests.sizes import FULL

SECRET = "correct-horse-battery"
CONTENT = b"password=correct-horse-battery"


@dataclass(frozen=True)
class Shape:
    """The method and headers of a request. A GET has its content in the query, the others in the body."""

    method: str
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def request(self, url: str, content: bytes, *, repeatable: bool = False, **options: Any) -> HttpRequest:
        """Return a request with this content. It must not contain a space, because a GET has it in its URL."""
        if self.method == "GET":
            url, content = f"{url}/?{content.decode()}", b""
        return HttpRequest(self.method, Url.parse(url), self.headers, content, repeatable=repeatable, **options)

    @property
    def shortest(self) -> int:
        """Return the size in bytes of the shortest request: to loopback, with a port and a number of four digits."""
        made = self.request("http://127.0.0.1:1024", b'{"number":1000}')
        head = f"{made.method} {made.url.target} HTTP/1.1\r\nhost: {made.url.origin.authority}\r\n\r\n"
        return len(head) + sum(len(name) + len(value) + 4 for name, value in made.headers.items()) + len(made.body)


def content_of(head: str, body: bytes) -> bytes:
    """Return the content of a request that a server received."""
    return body or head.split(" ")[1].partition("?")[2].encode()


SHAPES = {
    "rpc": Shape(
        "POST",
        {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "AWSCognitoIdentityProviderService.GetUser",
            "accept-encoding": "identity",
        },
    ),
    "get": Shape("GET", {"accept": "application/json"}),
    "form": Shape("POST", {"content-type": "application/x-www-form-urlencoded"}),
}
# A form differs from a call of the JSON protocol by its headers only, so it is tried only with CI=true.
TRIED = {name: shape for name, shape in SHAPES.items() if FULL or name != "form"}
