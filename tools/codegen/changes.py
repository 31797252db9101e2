"""The differences between two models of a service, and which of them break programs.

A program breaks if the model loses or changes what the program names, passes or reads:

- an operation, a structure, a member, an error or a known value went,
- a member changed its type, or became required (also if it is new),
- an operation changed its request or reply, or needs other authorization.

These are changes that a program survives: limits, because the service checks them itself; whether a member is
sensitive; the errors of an operation; a member that is not required any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from layout import is_structure, parts
from members import is_secret, limits
from models import annotation, is_unsigned, response_name
from source import ServiceModel

# The parts of each thing, such as the members of a structure, with the facts about each. The thing itself is part "".
_Things = dict[str, dict[str, dict[str, Any]]]
_PARTS = {"structure": "member", "enum": "value"}
_BREAKING = frozenset({"type", "required", "request", "reply", "signed"})


@dataclass(frozen=True)
class Change:
    """One difference.

    Args:
        kind: "came", "changed" or "went".
        what: what is different, in words.
        breaks: whether it breaks programs.
    """

    kind: str
    what: str
    breaks: bool = False


def compare(old: ServiceModel, new: ServiceModel) -> list[Change]:
    """Return every difference between two models, except of what came or went together with its structure."""
    before, after = _things(old), _things(new)
    changes: list[Change] = []
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            changes.append(Change("came", _listed(name, after[name])))
        elif name not in after:
            changes.append(Change("went", _listed(name, before[name]), breaks=True))
        else:
            changes += _compare_parts(name, before[name], after[name])
    return changes


def _compare_parts(name: str, before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> Iterator[Change]:
    for part in sorted(before.keys() | after.keys()):
        kind, _, owner = name.partition(" ")
        what = f"{_PARTS[kind]} {owner}.{part}" if part else name
        if part not in before:
            required = after[part].get("required", False)
            yield Change("came", f"{what}, required" if required else what, breaks=required)
        elif part not in after:
            yield Change("went", what, breaks=True)
        else:
            for fact, value in after[part].items():
                if (was := before[part][fact]) != value:
                    breaks = fact in _BREAKING and not (fact == "required" and was)
                    yield Change("changed", f"{what}: {fact} from {_words(was)} to {_words(value)}", breaks)


def _words(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value) or "nothing"


def _listed(name: str, inside: dict[str, Any]) -> str:
    names = ", ".join(part for part in inside if part)
    return f"{name}: {names}" if names else name


def _things(model: ServiceModel) -> _Things:
    things: _Things = {}
    for name, row in model.operations.items():
        things[f"operation {name}"] = {
            "": {
                "request": row["input"]["shape"],
                "reply": response_name(model, name),
                "signed": not is_unsigned(model, name),
                "errors": ", ".join(sorted(each["shape"] for each in row.get("errors", []))),
            }
        }
    sent = _reached(model, "input")
    for name in sorted(sent | _reached(model, "output")):
        shape = model.shapes[name]
        if is_structure(shape):
            members = {key: _member(model, name, key, sent=name in sent) for key in shape["members"]}
            things[f"structure {name}"] = {"": {}, **members}
        elif "enum" in shape:
            things[f"enum {name}"] = {"": {}, **{value: {} for value in shape["enum"]}}
    errors = [name for name, shape in model.shapes.items() if shape.get("exception")]
    return things | {f"error {name}": {"": {}} for name in errors}


def _member(model: ServiceModel, structure: str, key: str, *, sent: bool) -> dict[str, Any]:
    owner = model.shapes[structure]
    name = owner["members"][key]["shape"]
    return {
        "type": annotation(model, name),
        "required": sent and key in owner.get("required", []),
        "limits": ", ".join(limits(model, model.shapes[name], sent=sent, known=False)),
        "sensitive": is_secret(owner, key, model.shapes[name]),
    }


def _reached(model: ServiceModel, side: str) -> set[str]:
    """Return the names of all shapes in the requests or in the replies."""
    found: set[str] = set()
    waiting = [row[side]["shape"] for row in model.operations.values() if side in row]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += parts(model.shapes[name])
    return found
