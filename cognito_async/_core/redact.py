"""Redaction: hides secret arguments from tracebacks, and removes secrets from the texts of servers.

A server, gateway or emulator can repeat a secret in any spelling. Therefore `scrub` decodes a text step by step, so
that one search finds a secret however often it was escaped. Forms that no step undoes, such as base64, are computed
from the secret.
"""

from __future__ import annotations

import base64
import functools
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
# The search covers this many characters after `limit`. So it finds a secret that begins before `limit`, even in a
# long spelling.
_MARGIN = 256
# The next two limits keep the search short, because it blocks the event loop. Beyond them a text is masked as a whole.
# The most characters of all forms of the secrets. This is enough for 40,000 characters of tokens, or for an attribute
# of 2,048 Chinese characters.
_MOST_FORMS = 200_000
# The most pieces of the forms that a text may seem to repeat. A text of 1,256 characters repeats 115 pieces of a token.
_MOST_PIECES = 1000
# A form takes the time of this many characters, even if it is short.
_COST_OF_FORM = 64
# `re` compiles it when the first error arrives, because that takes half a millisecond.
_ESCAPE = r"""(?xi) \\(?-i:U)(?P<point>000[0-9a-f]{5}|0010[0-9a-f]{4}) | [\\%]u(?P<unit>[0-9a-f]{4})
    | (?:%|\\x)(?P<byte>[0-9a-f]{2}) | \\(?P<sign>["'`\\/bfnrt]) | (?P<wrap>\r?\n)
    | (?P<entity>&(?:\#[0-9]{1,7}|\#x[0-9a-f]{1,6}|[0-9a-z]{2,31});)
    | (?-i:(?P<utf8>[\xc2-\xf4][\x80-\xbf]{1,3}) | (?P<utf16>[\ud800-\udbff][\udc00-\udfff]))"""
_SIGNS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
# Characters that are compared as equal: a space may be sent as `+`, and base64 has two alphabets.
_ALIKE = str.maketrans("+-_", "  /")
_BEFORE_VALUE = r"[\"'`=:>(\[](?=(?P<spaces>\s{0,8}))"
_CUT = re.compile(r"[\"'`)\]}]{0,20}+(?:\Z|\.\.|…)")


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


class _Index(NamedTuple):
    """The forms of secrets, arranged so that the time of a search depends on the text, and not on the secrets.

    `short`: the forms that are too short for a block. `beginnings`: the first `_PART` characters of each other form, by
    their first block. `pieces`: for each other block, the part of the form with all parts that contain the block.
    """

    short: set[str]
    beginnings: dict[str, list[str]]
    pieces: dict[str, list[str]]


class Scrubber:
    """Removes the secrets of one request from foreign texts. It computes their forms once, for all of the texts."""

    def __init__(self, secrets: Iterable[str | Secret[str]]) -> None:
        self._secrets = secrets

    @functools.cached_property
    def _index(self) -> Secret[_Index | None]:
        return Secret(_indexed(self._secrets))

    def is_foreign(self, text: str) -> bool:
        """Return whether no secret contains this lower-case text, or is contained in it. It does not decode escapes."""
        for secret in self._secrets:
            lower = opened(secret).lower()
            if text in lower or (len(lower) >= _SHORT and lower in text):
                return False
        return True

    def scrub(self, text: str, limit: int) -> str:
        """Return the first `limit` characters of a text, with all secrets masked in each of their spellings.

        A part of a secret is masked too if it is long, or if the text ends after it. The time depends on `limit` and on
        the length of the secrets, not on the length of the text. If the secrets are so long that the search would block
        the event loop, the whole text is masked.
        """
        index = self._index.reveal()
        if index is None:
            return MASK[:limit]
        shown: list[str] = []
        end = 0
        for start, stop in sorted(_spans(text[: limit + _MARGIN], index)) if any(index) else ():
            if start >= limit:
                break
            if start >= end:
                shown += text[end:start], MASK
            end = max(end, stop)
        return "".join((*shown, text[end:limit]))[:limit]


def scrub(text: str, secrets: Iterable[str | Secret[str]], limit: int) -> str:
    """Return one text as `Scrubber.scrub` does."""
    return Scrubber(secrets).scrub(text, limit)


def _indexed(secrets: Iterable[str | Secret[str]]) -> _Index | None:
    """Return the forms of all secrets for the search; `None` if they are too long."""
    forms: set[str] = set()
    size = 0
    for secret in {opened(secret) for secret in secrets}:
        if size + 5 * len(secret) > _MOST_FORMS:  # its base64 alone has four times as many characters
            return None
        for form in _forms(secret):
            size += len(form) + _COST_OF_FORM
            if size > _MOST_FORMS:
                return None
            forms.add(_comparable(form))
    index = _Index({form for form in forms if 0 < len(form) < _SHORT}, {}, {})
    for form in forms:
        if len(form) >= _SHORT:
            index.beginnings.setdefault(form[:_SHORT], []).append(form[:_PART])
        for at in range(_STRIDE, len(form) - _SHORT + 1, _STRIDE):
            index.pieces.setdefault(form[at : at + _SHORT], []).append(form[at + _SHORT - _PART : at + _PART])
    return index


def _forms(secret: str) -> Iterator[str]:
    """Yield the secret, and the forms of it that decoding a text does not undo."""
    if len(secret) >= _SHORT:
        plain, escaped = json.dumps(secret, ensure_ascii=False)[1:-1], json.dumps(secret)[1:-1]
        for text in {secret, plain, escaped, quote_plus(secret, errors="replace")}:
            yield from _in_base64(text.encode("utf-8", "surrogatepass"))
    for text in _readings(secret):  # several, if the secret itself looks like an escaped text
        yield text
        if not text.isascii():
            yield text.upper()  # which can be longer


def _readings(text: str) -> Iterator[str]:
    """Yield the texts of `_levels`, which takes longer because it finds their places too."""
    for _ in range(_MOST_STEPS):
        yield text
        decoded = re.sub(_ESCAPE, _meaning, text)
        if decoded == text:
            return
        text = decoded


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
    if text.isascii():
        lower = text.lower()
    else:
        lower = text.translate({ord(each): each.upper().lower()[0] for each in set(text)})
    return lower.translate(_ALIKE)


def _spans(text: str, index: _Index) -> Iterator[tuple[int, int]]:
    """Yield the places of secrets in a text, in any order."""
    levels = [level._replace(text=_comparable(level.text)) for level in _levels(text)]
    blocks = {level.text[at : at + _SHORT] for level in levels for at in range(len(level.text) - _SHORT + 1)}
    begun = {each for block in blocks & index.beginnings.keys() for each in index.beginnings[block]}
    pieces = {each for block in blocks & index.pieces.keys() for each in index.pieces[block]}
    if len(begun) + len(pieces) > _MOST_PIECES:
        yield 0, len(text)
        return
    parts = {each[at : at + _PART] for each in begun | pieces for at in range(len(each) - _PART + 1)}
    for level in levels:
        for first, last in (*_values(level.text, index.short), *_parts(level.text, parts), *_begun(level.text, begun)):
            yield level.starts[first], level.ends[last - 1]


def _values(text: str, short: Collection[str]) -> Iterator[tuple[int, int]]:
    """Yield the places of short forms that are whole values."""
    if text in short:
        yield 0, len(text)
    for before in re.finditer(_BEFORE_VALUE, text) if short else ():
        for first in range(before.end(), before.end("spaces") + 1):
            for last in range(first + 1, first + _SHORT):
                if text[first:last] in short and not text[last : last + 1].isalnum():
                    yield first, min(last, len(text))


def _parts(text: str, parts: Collection[str]) -> Iterator[tuple[int, int]]:
    """Yield the places of parts. A longer part, or a long form, is several parts that overlap."""
    for at in range(len(text) - _PART + 1 if parts else 0):
        if text[at : at + _PART] in parts:
            yield at, at + _PART


def _begun(text: str, begun: Collection[str]) -> Iterator[tuple[int, int]]:
    """Yield the places of forms that are shorter than a part, and of beginnings where the text was cut."""
    beginnings = {each[:length] for each in begun for length in range(_SHORT, _PART)}
    for at in range(len(text) - _SHORT + 1 if begun else 0):
        if text[at : at + _SHORT] not in beginnings:
            continue
        for last in reversed(range(at + _SHORT, min(at + _PART, len(text) + 1))):
            found = text[at:last]
            if found in begun or (found in beginnings and _CUT.match(text, last)):
                yield at, last
                break
