"""The table of our strictness: which tokens we refuse, although they are signed and others accept them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from .making import base64url

_TEXTS = (
    "sub",
    "iss",
    "jti",
    "origin_jti",
    "event_id",
    "acr",
    "token_use",
    "client_id",
    "scope",
    "username",
    "device_key",
)
_TEXTS_OF_ID = ("nonce", "at_hash", "cognito:username", "cognito:preferred_role", "email", "name", "phone_number")
_TIMES = ("exp", "nbf", "iat", "auth_time")
_YEAR_3000 = 32_503_680_000
_LEVELS, _SIZE = 100, 64 * 1024


@dataclass
class Reading:
    """A token, read as leniently as possible."""

    token: str
    header: Any = None
    claims: Any = None
    raw: list[bytes] = field(default_factory=list[bytes])
    duplicates: bool = False

    @classmethod
    def of(cls, token: str) -> Reading:
        reading = cls(token)
        reading.raw = [_decoded(part) for part in token.split(".")[:2]]
        if len(reading.raw) == 2:
            reading.header, reading.claims = (reading.parse(data) for data in reading.raw)
        return reading

    def parse(self, data: bytes) -> Any:
        text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
        if len(re.findall(r"[0-9]{4301,}", text)):
            text = re.sub(r"[0-9]{4301,}", "1", text)
        try:
            return json.loads(text, object_pairs_hook=self._object)
        except (ValueError, RecursionError):
            return None

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self.duplicates |= len(dict(pairs)) < len(pairs)
        return dict(pairs)

    def has(self, name: str) -> bool:
        return isinstance(self.claims, dict) and name in self.claims

    def claim(self, name: str) -> Any:
        return cast("dict[str, Any]", self.claims).get(name) if isinstance(self.claims, dict) else None

    def values(self) -> Iterator[Any]:
        """Yield every value and every name at any depth."""
        left = [self.header, self.claims]
        while left:
            value = left.pop()
            yield value
            if isinstance(value, dict):
                left += [*value.keys(), *value.values()]
            elif isinstance(value, list):
                left += value


def _decoded(part: str) -> bytes:
    data = part.encode("ascii", "ignore").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(data + b"==")
    except binascii.Error:
        return b""


def _is_padded(reading: Reading) -> bool:
    return any(part.endswith("=") for part in reading.token.split("."))


def _has_spare_bits(reading: Reading) -> bool:
    parts = [part.rstrip("=") for part in reading.token.split(".")]
    return any(part.isascii() and part and base64url(_decoded(part)) != part for part in parts)


def _has_lone_surrogate(reading: Reading) -> bool:
    texts = [value for value in reading.values() if isinstance(value, str)]
    return any("\ud800" <= character <= "\udfff" for text in texts for character in text)


def _is_not_utf8(reading: Reading) -> bool:
    try:
        # JSON in UTF-16 and UTF-32 has zero bytes.
        return any(data.startswith(b"\xef\xbb\xbf") or "\x00" in data.decode() for data in reading.raw)
    except UnicodeDecodeError:
        return True


def _has_infinity(reading: Reading) -> bool:
    return any(isinstance(value, float) and not abs(value) < float("inf") for value in reading.values())


def _has_wrong_time(reading: Reading) -> bool:
    given = [reading.claim(name) for name in _TIMES if reading.has(name)]
    return not all(type(value) is int and 0 <= value <= _YEAR_3000 for value in given)


def _has_wrong_type(reading: Reading) -> bool:
    is_id = reading.claim("token_use") == "id"
    texts = [*_TEXTS, "aud", *_TEXTS_OF_ID] if is_id else _TEXTS
    rules: dict[str, Callable[[Any], bool]] = {name: lambda value: isinstance(value, str) for name in texts}
    if is_id or reading.has("username"):  # a machine is in no group
        rules["cognito:groups"] = _is_list_of_texts
    rules["amr"] = _is_text_or_texts
    if is_id:
        rules["cognito:roles"] = _is_list_of_texts
        rules["email_verified"] = rules["phone_number_verified"] = lambda value: (
            value in ("true", "false") or type(value) is bool
        )
        rules["identities"] = lambda value: isinstance(value, list) and all(isinstance(each, dict) for each in value)
        rules["address"] = lambda value: isinstance(value, (str, dict))
        for name in ("client_id", "scope", "username", "device_key"):
            del rules[name]
    else:
        rules["aud"] = _is_text_or_texts
        rules["version"] = lambda value: type(value) is int
    return not all(rule(reading.claim(name)) for name, rule in rules.items() if reading.has(name))


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_text_or_texts(value: Any) -> bool:
    return isinstance(value, str) or _is_list_of_texts(value)


def _lacks_claim(reading: Reading) -> bool:
    names = [
        "sub",
        "iss",
        "exp",
        *(["aud", "cognito:username"] if reading.claim("token_use") == "id" else ["client_id"]),
    ]
    return isinstance(reading.claims, dict) and not all(reading.has(name) for name in names)


def _has_extension(reading: Reading) -> bool:
    return isinstance(reading.header, dict) and not {"crit", "b64"}.isdisjoint(reading.header)


def _has_long_number(reading: Reading) -> bool:
    return any(re.search(rb"[0-9]{4301}", data) for data in reading.raw)


def _is_deep(reading: Reading) -> bool:
    return any(data.count(b"[") + data.count(b"{") > _LEVELS for data in reading.raw)


@dataclass(frozen=True)
class Strictness:
    """A class of tokens that we refuse and others accept.

    Attributes:
        name: the property of such a token.
        reason: why we refuse it.
        accepted_by: the judges, at least one of which accepts such a token.
        has: returns whether a token is of this class.
    """

    name: str
    reason: str
    accepted_by: frozenset[str]
    has: Callable[[Reading], bool]


PYTHON = frozenset({"PyJWT", "joserfc"})
NODE = frozenset({"aws-jwt-verify"})
BOTH = PYTHON | NODE
TWO_SPELLINGS = "a token with two spellings escapes lists of revoked tokens"
TABLE = (
    Strictness("padding", TWO_SPELLINGS, BOTH, _is_padded),
    Strictness("spare bits", TWO_SPELLINGS, NODE, _has_spare_bits),
    Strictness("duplicate members", "two parsers could read different claims", BOTH, lambda read: read.duplicates),
    Strictness("lone surrogates", "such text cannot be stored or sent", BOTH, _has_lone_surrogate),
    Strictness("byte order marks, UTF-16, UTF-32", "JSON is exchanged in UTF-8", PYTHON, _is_not_utf8),
    Strictness("infinities and NaN", "they are not JSON, and such a time never ends", BOTH, _has_infinity),
    Strictness("odd times", "a time is whole seconds from 1970 to the year 3000", BOTH, _has_wrong_time),
    Strictness("claims of the wrong type", "our attributes have types", BOTH, _has_wrong_type),
    Strictness("missing claims", "our attributes are always there", BOTH, _lacks_claim),
    Strictness("crit and b64", "Cognito uses no extension", BOTH, _has_extension),
    Strictness("numbers of more than 4,300 digits", "Python does not read them", NODE, _has_long_number),
    Strictness("more than 100 levels", "whether Python reads them depends on its version", BOTH, _is_deep),
    Strictness("more than 64 KiB", "Cognito has no such tokens", BOTH, lambda read: len(read.token) > _SIZE),
)


def strictness_of(token: str, judge: str) -> frozenset[str]:
    """Return the names of the classes that this token is of, and this judge may accept."""
    read = Reading.of(token)
    return frozenset(each.name for each in TABLE if judge in each.accepted_by and each.has(read))
