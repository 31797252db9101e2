"""Tables of the members of requests and descriptions: which are settings, which are only stored, which are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from ..._core.errors import ConfigurationError
from ..wire.refusals import Refusal, invalid_parameter
from ..wire.replies import Reply
from ..wire.requests import Request

_Settings = TypeVar("_Settings")


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Setting:
    """A member that is a field of a settings class, in requests and descriptions.

    Args:
        path: the names of the member and of the members around it, with dots between them.
        field: the name of the field.
        default: the field's value if a request does not have the member.
        read: returns the field's value for a value of the member.
        show: returns the member's value for a value of the field; `None` to leave the member out.
        kept: whether an update without the member keeps the value, instead of resetting it to the default.
    """

    path: str
    field: str
    default: Any
    read: Callable[[Any], Any] = _same
    show: Callable[[Any], Any] = _same
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A member that the local pool does not honor. Values that change nothing are `accepted`."""

    path: str
    what: str
    accepted: tuple[Any, ...] = ()


def read_settings(request: Request, table: Iterable[Setting]) -> dict[str, Any]:
    """Return the fields that a request sets. Members that it does not have get their defaults."""
    return {
        each.field: each.default if (given := find(request, each.path)) is None else each.read(given) for each in table
    }


def updated_settings(request: Request, table: Iterable[Setting], base: Any) -> dict[str, Any]:
    """Return the fields that an update of these settings sets."""
    kept = {each.field: getattr(base, each.field) for each in table if each.kept and find(request, each.path) is None}
    return {**read_settings(request, table), **kept}


def show_settings(reply: Reply, settings: Any, table: Iterable[Setting]) -> None:
    """Add the members of these settings to a description."""
    for each in table:
        put(reply, each.path, each.show(getattr(settings, each.field)))


def settle(make: Callable[..., _Settings], fields: Mapping[str, Any]) -> _Settings:
    """Make settings of these fields. Refuse the request if they do not fit together."""
    try:
        return make(**fields)
    except ConfigurationError as error:
        message = str(error)
    raise invalid_parameter(message)


def read_stored(request: Request, paths: Iterable[str]) -> dict[str, Any]:
    """Return the members that only come back in descriptions, by their paths."""
    return {path: given for path in paths if (given := find(request, path)) is not None}


def show_stored(reply: Reply, members: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
    for path, value in {**defaults, **members}.items():
        put(reply, path, value)


def check_refused(request: Request, table: Iterable[Refused]) -> None:
    for each in table:
        given = find(request, each.path)
        if given is not None and given not in each.accepted:
            raise not_supported(each.what, each.path)


def not_supported(what: str, path: str) -> Refusal:
    return invalid_parameter(f"The local pool does not have {what}: it cannot honor {path}.")


def only(path: str, known: Iterable[str]) -> Callable[[list[str]], tuple[str, ...]]:
    """Return a `read` for a list of words. It refuses those that the local pool does not know."""
    words: Final = frozenset(known)

    def read(given: list[str]) -> tuple[str, ...]:
        for each in given:
            if each not in words:
                raise not_supported(each, path)
        return tuple(dict.fromkeys(given))

    return read


def find(members: Mapping[str, Any], path: str) -> Any:
    """Return the member with this path; `None` if there is none."""
    found: Any = members
    for name in path.split("."):
        found = found.get(name)
        if found is None:
            return None
    return found


def put(reply: Reply, path: str, value: Any) -> None:
    """Set a member, and make the members around it. If the value is `None`, do nothing."""
    if value is None:
        return
    *around, name = path.split(".")
    for each in around:
        reply = reply.setdefault(each, {})
    reply[name] = value
