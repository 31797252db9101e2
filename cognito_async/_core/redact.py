"""Redaction: hides secret arguments from tracebacks, and removes secrets from the texts of servers.

A server, gateway or emulator can repeat a secret in any spelling. Therefore `scrub` decodes a text step by step, so
that one search finds a secret however often it was escaped. Forms that no step undoes, such as base64, are computed
from the secret.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar, cast
from urllib.parse import quote_plus

from .secret import MASK, Secret, opened

T = TypeVar("T")

# A shorter secret is removed only where it is a whole value, because it can occur by chance within ordinary words.
_SHORT = 6
# A part of a secret with at least this many characters is removed, even if the rest does not follow. A region, as in
# the id of a user pool, is shorter.
_PART = 16
# The distance of the blocks by which parts are found: each part contains a whole block.
_STRIDE = _PART - _SHORT + 1
# How often a text is decoded at most.
_MOST_STEPS = 8
# In the characters after `limit`, a secret that begins before it is recognised, even in a long spelling.
_MARGIN = 256
# `re` compiles it when the first error arrives, because that takes half a millisecond.
_ESCAPE = r"""(?xi) \\(?-i:U)(?P<point>000[0-9a-f]{5}|0010[0-9a-f]{4}) | [\\%]u(?P<unit>[0-9a-f]{4})
    | (?:%|\\x)(?P<byte>[0-9a-f]{2}) | \\(?P<sign>["'`\\/bfnrt]) | (?P<wrap>\r?\n)
    | (?P<entity>&(?:\#[0-9]{1,7}|\#x[0-9a-f]{1,6}|[0-9a-z]{2,31});)
    | (?-i:(?P<utf8>[\xc2-\xf4][\x80-\xbf]{1,3}) | (?P<utf16>[\ud800-\udbff][\udc00-\udfff]))"""
_SIGNS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
# Characters that are compared as equal: a space may be sent as `+`, and base64 has two alphabets.
_ALIKE = str.maketrans("+-_", "  /")
_BEFORE_VALUE = frozenset("\"'`=:>([")
_CUT = re.compile(r"[\"'`)\]}]*(?:\Z|\.\.|…)")


def mask(value: T) -> T:
    """Wrap a value, or the values of a mapping, in a `Secret`. Return `None` and a `Secret` unchanged.

    A public method that takes a secret begins with `password = mask(password)`, so that a traceback with local
    variables does not show the secret if an error is raised later. For the type checker, the type of the argument does
    not change. `checks.secret` and `Secret.of` return it as a `Secret` for the type checker too.
    """
    whole: Any = value  # because `isinstance` narrows `value`
    if value is None or type(whole) is Secret:  # the most frequent cases
        return value
    if isinstance(value, Mapping):
        return cast("T", {name: mask(item) for name, item in whole.items()})
    return cast("T", Secret(value))  # of any type: a caller can pass a list of codes where one code is expected


class _Level(NamedTuple):
    """A decoded text, and for each of its characters the start and the end of its spelling in the original text."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def scrub(text: str, secrets: Iterable[str | Secret[str]], limit: int) -> str:
    """Return the first `limit` characters of a foreign text, with all secrets masked in each of their spellings.

    A part of a secret is masked too if it is long, or if the text ends after it. The time depends on `limit` and on
    the length of the secrets, not on the length of the text.
    """
    forms = {_comparable(form) for secret in secrets for form in _forms(opened(secret))}
    shown: list[str] = []
    end = 0
    for start, stop in sorted(_spans(text[: limit + _MARGIN], forms)) if forms else ():
        if end <= start < limit:
            shown += text[end:start], MASK
        end = max(end, stop)
    return "".join((*shown, text[end:limit]))[:limit]


def _forms(secret: str) -> Iterator[str]:
    """Yield the secret, and the forms of it that decoding a text does not undo."""
    for level in _levels(secret):  # several, if the secret itself looks like an escaped text
        yield level.text
        if not level.text.isascii():
            yield level.text.upper()  # which can be longer
    if len(secret) >= _SHORT:
        plain, escaped = json.dumps(secret, ensure_ascii=False)[1:-1], json.dumps(secret)[1:-1]
        for text in {secret, plain, escaped, quote_plus(secret, errors="replace")}:
            yield from _in_base64(text.encode("utf-8", "surrogatepass"))


def _in_base64(data: bytes) -> Iterator[str]:
    """Yield the base64 of these bytes for each of the places that they can have in groups of three bytes."""
    for before, first in ((0, 0), (1, 2), (2, 3)):
        text = base64.b64encode(bytes(before) + data).decode("ascii")
        yield text[first : (before + len(data)) * 8 // 6]  # only the characters that no other bytes affect


def _levels(text: str) -> Iterator[_Level]:
    """Yield a text, and what it becomes when it is decoded once, twice, and so on."""
    level: _Level | None = _Level(text, range(len(text)), range(1, len(text) + 1))
    for _ in range(_MOST_STEPS):
        if level is None:
            return
        yield level
        level = _decode(level)


def _decode(level: _Level) -> _Level | None:
    """Undo one escaping: of JSON, URLs, HTML and program code at once. Return `None` if nothing is escaped."""
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for escape in re.finditer(_ESCAPE, level.text):
        first, last = escape.span()
        meant = _meaning(escape)
        texts += level.text[at:first], meant
        starts += level.starts[at:first]
        ends += level.ends[at:first]
        starts += [level.starts[first]] * len(meant)
        ends += [level.ends[last - 1]] * len(meant)
        at = last
    if not at:
        return None
    texts.append(level.text[at:])
    return _Level("".join(texts), [*starts, *level.starts[at:]], [*ends, *level.ends[at:]])


def _meaning(escape: re.Match[str]) -> str:
    if sign := escape["sign"]:
        return _SIGNS.get(sign.lower(), sign)
    if entity := escape["entity"]:
        import html  # noqa: PLC0415 - its table of names is large, and few errors need it

        return html.unescape(entity)
    if units := escape["utf16"]:
        return units.encode("utf-16", "surrogatepass").decode("utf-16")
    if octets := escape["utf8"]:
        return octets.encode("latin-1").decode("utf-8", "replace")
    number = escape["point"] or escape["unit"] or escape["byte"]
    return chr(int(number, 16)) if number else ""  # base64 is often wrapped into lines


def _comparable(text: str) -> str:
    """Return a text for comparisons, which ignore letter case. Its length does not change."""
    lower = text.lower() if text.isascii() else "".join(each.upper().lower()[0] for each in text)
    return lower.translate(_ALIKE)


def _spans(text: str, forms: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Yield the places of secrets in a text, in any order."""
    levels = [level._replace(text=_comparable(level.text)) for level in _levels(text)]
    blocks = {level.text[at : at + _SHORT] for level in levels for at in range(len(level.text) - _SHORT + 1)}
    found: dict[str, dict[str, int]] = {}  # block -> form -> place of the block in the form
    for form in forms:
        for at in range(0, len(form) - _SHORT + 1, _STRIDE):
            if (block := form[at : at + _SHORT]) in blocks:
                found.setdefault(block, {}).setdefault(form, at)
    for level in levels:
        for first, last in (*_whole(level.text, forms), *_parts(level.text, found)):
            yield level.starts[first], level.ends[last - 1]


def _whole(text: str, forms: Iterable[str]) -> Iterator[tuple[int, int]]:
    for form in forms:
        first = text.find(form) if form else -1
        while first >= 0:
            last = first + len(form)
            if len(form) >= _SHORT or _is_value(text, first, last):
                yield first, last
            first = text.find(form, last)


def _is_value(text: str, first: int, last: int) -> bool:
    if text[max(0, first - 9) : first].rstrip()[-1:] in _BEFORE_VALUE:
        return not text[last : last + 1].isalnum()
    return last - first == len(text)


def _parts(text: str, found: Mapping[str, Mapping[str, int]]) -> Iterator[tuple[int, int]]:
    """Yield the places of long parts, and of beginnings where the text was cut."""
    end = 0
    for at in range(len(text) - _SHORT + 1 if found else 0):
        for form, place in found.get(text[at : at + _SHORT], {}).items() if at >= end else ():
            first, last = _common(text, at, form, place)
            is_cut = first == at - place and _CUT.match(text, last)
            if last - first >= _PART or is_cut:
                yield first, last
                end = max(end, last)


def _common(text: str, at: int, form: str, place: int) -> tuple[int, int]:
    """Return the longest part of the text around `at` that equals the part of the form around `place`."""
    first, last, offset = at, at + _SHORT, place - at
    while first > 0 and first + offset > 0 and text[first - 1] == form[first - 1 + offset]:
        first -= 1
    while last < len(text) and last + offset < len(form) and text[last] == form[last + offset]:
        last += 1
    return first, last
