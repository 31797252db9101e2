"""One request and its reply: what every way to the service is told, and what it raises."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from .._aws.rpc import RpcReply
from .._core.secret import Texts, opened

MAX_REPLY_BYTES = 8 * 1024 * 1024
# Of all heads before a reply's body, and of what chunks add to it.
MAX_HEAD_BYTES = 64 * 1024
# RFC 9110 sections 5.1 and 5.5, without what is not ASCII: a line break would begin another header.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"(?:[!-~](?:[\t -~]*[!-~])?)?")


@dataclass(slots=True, eq=False, repr=False)
class Outgoing:
    """A request as it leaves, without `host`. `sent` becomes true before its first byte does.

    Raises:
        BadHeader: when a header could not be sent as the one header that it is.
    """

    headers: Texts
    body: bytes
    repeatable: bool
    sent: bool = False

    def __post_init__(self) -> None:
        for name, value in self.headers.items():
            if not (_is_name(name) and _is_value(opened(value))):
                raise BadHeader(name)


@functools.lru_cache(64)
def _is_name(text: str) -> bool:
    return _HEADER_NAME.fullmatch(text) is not None


def _is_value(text: str) -> bool:
    # What nearly all are is seen in a tenth of the time.
    is_plain = text.isascii() and text.isprintable() and text == text.strip()
    return is_plain or _HEADER_VALUE.fullmatch(text) is not None


class BadHeader(Exception):
    """Nothing was sent, because of the header with this name."""


class Unsent(Exception):
    """There is no connection, so nothing was sent. Its text is the kind of the reason, and no more."""


class Lost(Exception):
    """The connection ended, or garbled, before the reply was whole; `answered`: some of it had come."""

    def __init__(self, kind: str, *, answered: bool) -> None:
        super().__init__(kind)
        self.answered = answered


class Unusable(Exception):
    """There is a reply, and it is not read any further; its text ends the sentence "the reply is"."""

    def __init__(self, how: str, status_code: int | None) -> None:
        super().__init__(how)
        self.status_code = status_code


class Way(Protocol):
    """A way to the service, for any number of requests at once."""

    async def exchange(self, outgoing: Outgoing) -> RpcReply:
        """Send the request and read its reply to the end, whatever its status.

        Raises:
            Unsent, Lost, Unusable: as they say.
        """
        ...

    async def aclose(self) -> None:
        """Close what idles, and everything else when it is no more in use."""
        ...


class Connection(Way, Protocol):
    """One open connection; whoever has checked it out has it alone. After an error it is of no use any more."""

    @property
    def is_kept(self) -> bool:
        """Whether the last reply came whole, and the server keeps the connection."""
        ...

    def is_reusable(self) -> bool:
        """Whether it is kept and nothing has come in since, not even the end: asks the system, so before a use only."""
        ...


def header_map(items: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by their lower-case names; one that comes several times is joined (RFC 9110 section 5.3)."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in items:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def too_long(status_code: int | None) -> Unusable:
    return Unusable("longer than 8 MiB", status_code)


def check_encoding(status_code: int, headers: Mapping[str, str]) -> None:
    """Refuse what is compressed: a few bytes could become gigabytes, and the service never compresses unasked."""
    if headers.get("content-encoding", "").strip().lower() not in ("", "identity"):
        raise Unusable("compressed, though that was not asked for", status_code)
