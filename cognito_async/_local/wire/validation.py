"""The check of a request against the constraints of the service's model, with the service's error messages.

Each kind of shape has `problems(value, path)`, which yields all problems of a value. A value of the wrong JSON
type cannot be checked, so it is refused immediately.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from .refusals import Refusal, unreadable
from .requests import Request

_NAMES: dict[Any, str] = {str: "STRING", int: "NUMBER", float: "NUMBER"}
_TARGETS: dict[Any, str] = {str: "a String", int: "an Integer", bool: "a Boolean"}

_INVALID: Final = "InvalidParameterException"
# The maximum of the model's general string type.
LONGEST_STRING = 131072


class Shape(Protocol):
    """The constraints of a member of a request."""

    def problems(self, value: Any, path: str) -> Iterator[str]: ...

    def known(self, value: Any) -> Any:
        """Return a valid value without unknown members. Like the service, ignore these."""
        return value


@dataclass(frozen=True, slots=True)
class Text(Shape):
    """A string. Messages do not show it if it is `sensitive`.

    `categories` are the Unicode categories in a pattern that `re` cannot match. They are checked instead; `contains` is
    what else such a pattern requires. `equivalent` is checked instead too: a pattern that accepts the same strings as
    `pattern`, but in time that grows only with their length. A string that `may_be_blank` need not match a pattern if
    it is empty.
    """

    minimum: int = 0
    maximum: int | None = None
    pattern: str | None = None
    equivalent: str | None = None
    categories: str | None = None
    contains: str = ""
    values: tuple[str, ...] = ()
    sensitive: bool = False
    may_be_blank: bool = False

    def problems(self, value: Any, path: str) -> Iterator[str]:
        text = _text(value)
        shown = "Value" if self.sensitive else f"Value '{text}'"
        for what in self.broken(text):
            yield _problem(shown, path, what)

    def broken(self, value: str) -> Iterator[str]:
        """Yield what the value must do, but does not."""
        if self.values and value not in self.values:
            yield f"satisfy enum value set: [{', '.join(self.values)}]"
        if len(value) < self.minimum:
            yield f"have length greater than or equal to {self.minimum}"
        if self.maximum is not None and len(value) > self.maximum:
            yield f"have length less than or equal to {self.maximum}"
        if self.may_be_blank and not value:
            return
        if self.pattern and not self._matches(value, self.equivalent or self.pattern):
            yield f"satisfy regular expression pattern: {self.pattern}"

    def _matches(self, value: str, pattern: str) -> bool:
        if self.categories is None:
            return re.fullmatch(pattern, value, re.ASCII) is not None
        spaces = "\t\n\r " if " " in self.categories else ""
        known = all(each in spaces or unicodedata.category(each)[0] in self.categories for each in value)
        return bool(value) and known and re.search(self.contains, value) is not None


@dataclass(frozen=True, slots=True)
class Blob(Shape):
    """Bytes, in base64. Messages never show them."""

    minimum: int
    maximum: int

    def problems(self, value: Any, path: str) -> Iterator[str]:
        try:
            size = len(base64.b64decode(_text(value), validate=True))
        except ValueError:
            raise unreadable("A blob is not in base64.") from None
        if size < self.minimum:
            yield _problem("Value", path, f"have length greater than or equal to {self.minimum}")
        if size > self.maximum:
            yield _problem("Value", path, f"have length less than or equal to {self.maximum}")


@dataclass(frozen=True, slots=True)
class Flag(Shape):
    """True or false."""

    def problems(self, value: Any, path: str) -> Iterator[str]:
        _expect(value, bool)
        yield from ()


@dataclass(frozen=True, slots=True)
class Whole(Shape):
    """An integer. The default maximum is the largest `int` of Java."""

    minimum: int
    maximum: int = 2**31 - 1

    def problems(self, value: Any, path: str) -> Iterator[str]:
        number = _expect(value, int)
        if number < self.minimum:
            yield _problem(f"Value '{number}'", path, f"have value greater than or equal to {self.minimum}")
        if number > self.maximum:
            yield _problem(f"Value '{number}'", path, f"have value less than or equal to {self.maximum}")


@dataclass(frozen=True, slots=True)
class TextMap(Shape):
    """An object whose members are strings. Messages never show them, because they may be secrets."""

    name: Text = field(default_factory=lambda: Text(0, LONGEST_STRING))
    value: Text = field(default_factory=lambda: Text(0, LONGEST_STRING))
    maximum: int | None = None
    sensitive: bool = False

    def problems(self, value: Any, path: str) -> Iterator[str]:
        members = _expect(value, dict)
        if self.maximum is not None and len(members) > self.maximum:
            yield _problem("Value", path, f"have length less than or equal to {self.maximum}")
        for name, text in members.items():
            for what, shape, given in (("keys", self.name, name), ("value", self.value, text)):
                if broken := [f"Member must {each}" for each in shape.broken(_text(given))]:
                    shown = f"Map {what} must satisfy constraint: [{', '.join(broken)}]"
                    yield f"Value at '{path}' failed to satisfy constraint: {shown}"


@dataclass(frozen=True, slots=True)
class Table(Shape):
    """An object whose members all have one shape."""

    name: Text
    of: Shape
    maximum: int

    def problems(self, value: Any, path: str) -> Iterator[str]:
        members = _expect(value, dict)
        yield from TextMap(self.name, maximum=self.maximum).problems(dict.fromkeys(members, ""), path)
        for name, each in members.items():
            yield from self.of.problems(each, f"{path}.{name}.member")

    def known(self, value: Any) -> Any:
        return {name: self.of.known(each) for name, each in value.items()}


@dataclass(frozen=True, slots=True)
class Listing(Shape):
    """A list of values of one shape."""

    of: Shape
    minimum: int = 0
    maximum: int | None = None

    def problems(self, value: Any, path: str) -> Iterator[str]:
        given = _expect(value, list)
        if len(given) < self.minimum:
            yield _problem("Value", path, f"have length greater than or equal to {self.minimum}")
        if self.maximum is not None and len(given) > self.maximum:
            yield _problem("Value", path, f"have length less than or equal to {self.maximum}")
        for number, each in enumerate(given, 1):
            yield from self.of.problems(each, f"{path}.{number}.member")

    def known(self, value: Any) -> Any:
        return [self.of.known(each) for each in value]


@dataclass(frozen=True, slots=True)
class Structure(Shape):
    """An object with known members."""

    members: Mapping[str, Shape]
    required: frozenset[str] = frozenset()

    def problems(self, value: Any, path: str) -> Iterator[str]:
        given = _expect(value, dict, if_no_object="Expected null")
        for name, member in self.members.items():
            here = f"{path}.{name[0].lower()}{name[1:]}".removeprefix(".")
            if given.get(name) is not None:
                yield from member.problems(given[name], here)
            elif name in self.required:
                shown = "Value" if isinstance(member, Text) and member.sensitive else "Value null"
                yield _problem(shown, here, "not be null")

    def known(self, value: Any) -> Any:
        return {name: member.known(value[name]) for name, member in self.members.items() if name in value}


def check(request: Request, shape: Structure, invalid: str = _INVALID) -> Request:
    """Return the known members of a request. Refuse an invalid one with the error `invalid`, and name all problems."""
    problems = list(shape.problems(request, ""))
    if problems:
        raise _invalid(problems, invalid)
    known: Request = shape.known(request)
    return known


def broken_constraint(path: str, rule: str, shown: str = "Value") -> Refusal:
    """Return the error for a constraint that no shape has, because it depends on more than the member."""
    return _invalid([_problem(shown, path, rule)])


def _invalid(problems: list[str], code: str = _INVALID) -> Refusal:
    noun = "error" if len(problems) == 1 else "errors"
    return Refusal(code, f"{len(problems)} validation {noun} detected: {'; '.join(problems)}")


def _problem(shown: str, path: str, what: str) -> str:
    return f"{shown} at '{path}' failed to satisfy constraint: Member must {what}"


def _expect(value: Any, kind: type, *, if_no_object: str = "Expected map or null") -> Any:
    """Return the value, which must have this type.

    The messages are those of AWS's framework. User pools sent some of them (amplify-js#4738, #5165); the others were
    measured at Athena, by the project aoyagikouhei/athena-local.
    """
    # Compare types exactly, because in Python a bool is an int too.
    if type(value) is kind:
        return value
    if type(value) is list:
        raise unreadable("Start of list found where not expected")
    if type(value) is dict:
        raise unreadable("Start of structure or map found where not expected.")
    if kind is dict:
        raise unreadable(if_no_object)
    if kind is list:
        raise unreadable("Expected list or null")
    name = str(value).upper() if type(value) is bool else _NAMES[type(value)]
    raise unreadable(f"{name}_VALUE can not be converted to {_TARGETS[kind]}")


def _text(value: Any) -> str:
    text: str = _expect(value, str)
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise unreadable("A string is not valid Unicode.")
    return text
