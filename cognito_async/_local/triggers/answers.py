"""The answers of triggers, read as strictly as their classes say: an unknown member, or a wrong type, is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar, cast

from pydantic import ValidationError

from ..._triggers.members import ANSWER, Members

R = TypeVar("R", bound=Members)
_LONGEST_SHOWN: Final = 40  # longer than each member's name
_WORDS: Final = {
    "string_type": "a string",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
}


class UnreadableAnswer(Exception):
    """An answer has an unknown member, or a value of the wrong type. The text says which, and shows no value."""


def read_answer(kind: type[R], answer: object, members: Iterable[str] = ()) -> R:
    """Return the response in the event that a function has returned as JSON.

    Args:
        kind: the class of the response.
        answer: the event.
        members: the names of the members that the event must have besides the response.

    Raises:
        UnreadableAnswer: if one is missing, or the response has an unknown member or a value of the wrong type.
    """
    given = cast("dict[str, Any]", answer).get("response") if isinstance(answer, dict) else None
    if not isinstance(given, dict):
        raise UnreadableAnswer("response must be an object")
    for member in members:
        if member not in cast("dict[str, Any]", answer):
            raise UnreadableAnswer(f"the event must still have its member {member!r}")
    try:
        response = kind.model_validate(given, strict=True, context=ANSWER)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        problem = f"{_path(first['loc'])} must be {_WORDS.get(first['type'], 'of another type')}"
    else:
        for path in _unknown_members(response, cast("dict[str, Any]", given), "response"):
            raise UnreadableAnswer(path)
        return response
    raise UnreadableAnswer(problem)


def _path(location: tuple[int | str, ...]) -> str:
    """Return the path of a member, without the numbers of list items. A name may come from the function."""
    return ".".join(("response", *(each[:_LONGEST_SHOWN] for each in location if isinstance(each, str))))


def _unknown_members(members: Members, given: Mapping[str, Any], path: str) -> Iterator[str]:
    """Compare the names with those in JSON. The classes also read the names of their fields in Python."""
    names = {str(field.alias): name for name, field in type(members).model_fields.items()}
    for member in given.keys() - names.keys():
        yield f"{path} must not have the member {member[:_LONGEST_SHOWN]!r}"
    for member, name in names.items():
        value = getattr(members, name)
        if isinstance(value, Members):
            yield from _unknown_members(value, given[member], f"{path}.{member}")
