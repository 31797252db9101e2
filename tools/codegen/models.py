"""The generator of the model classes, one for each structure."""

from __future__ import annotations

import re
from collections.abc import Callable

from families import SECRET_CONTAINERS, SECRET_TEXT, UNSIGNED
from layout import Layout, is_structure
from names import attribute
from source import ServiceModel, Shape
from text import bracketed, call, docstring, quoted

_SCALARS = {
    "string": "str",
    "integer": "int",
    "long": "int",
    "boolean": "bool",
    "timestamp": "Timestamp",
    "blob": "Blob",
    "structure": "Any",
}
_UNITS = {"string": " characters", "list": " items", "map": " entries", "blob": " bytes"}


def structure(model: ServiceModel, layout: Layout, name: str) -> str:
    """Return the source of a structure's class.

    If requests contain the structure, it has required fields. If no reply contains it, it also has minimum sizes. If
    only replies contain it, every field may be absent. Upper limits and patterns are only in the docstring, because the
    service checks them.
    """
    shape = model.shapes[name]
    members = {key: member["shape"] for key, member in shape["members"].items()}
    taken = [attribute(key) for key in members]
    if len(set(taken)) != len(taken):
        raise SystemExit(f"{name}: two members have the same name in Python")
    required: list[str] = shape.get("required", []) if name in layout.sent else []
    checked = name in layout.sent and name not in layout.received
    secret = sorted(attribute(key) for key in members if is_secret(shape, key, model.shapes[members[key]]))
    facts = [f"Required: {', '.join(attribute(key) for key in required)}."] if required else []
    facts += [fact for key in members if (fact := _fact(model, key, members[key], name in layout.sent))]
    base = "Request" if any(row["input"]["shape"] == name for row in model.operations.values()) else "Model"
    lines = [f"class {name}({base}):", docstring(_title(model, name), facts, 4), ""]
    if secret:
        lines += [_sensitive(secret), ""]
    lines += [_field(model, key, members[key], key in required, checked) for key in members]
    return "\n".join([*lines, *_page(model, name)]).rstrip()


def response_name(model: ServiceModel, operation: str) -> str:
    """Return the name of the model of an operation's reply. The service does not name empty replies."""
    row = model.operations[operation]
    name: str = row["output"]["shape"] if "output" in row else f"{operation}Response"
    return name


def is_secret(owner: Shape, key: str, shape: Shape) -> bool:
    """Return whether a member is a secret, which must never be shown."""
    plain_string = shape["type"] == "string" and "enum" not in shape
    named = bool(plain_string and re.fullmatch(SECRET_TEXT, key))
    return named or key in SECRET_CONTAINERS or "sensitive" in owner or "sensitive" in shape


def is_unsigned(model: ServiceModel, operation: str) -> bool:
    """Return whether an operation needs no signature, because its arguments authorise it."""
    return model.operations[operation].get("authtype") == "none" or operation in UNSIGNED


def _title(model: ServiceModel, name: str) -> str:
    for operation, row in model.operations.items():
        if row["input"]["shape"] == name:
            return f"The request of `{operation}`."
        if row.get("output", {}).get("shape") == name:
            return f"The reply to `{operation}`."
    return f"The service's structure `{name}`."


def _fact(model: ServiceModel, key: str, name: str, sent: bool) -> str | None:
    shape = model.shapes[name]
    # Callers need the limits of requests. `StringType` is left out, because its limit of 131,072 tells them nothing.
    limits = _limits(shape) if sent and name != "StringType" else None
    values = shape.get("enum") or ("member" in shape and model.shapes[shape["member"]["shape"]].get("enum"))
    if values:
        return f"{attribute(key)}: {', '.join(values)}; the service may add more."
    return f"{attribute(key)}: {limits}." if limits else None


def _limits(shape: Shape) -> str | None:
    unit, least, most = _UNITS.get(shape["type"], ""), shape.get("min"), shape.get("max")
    facts: list[str] = []
    if most is not None:
        facts.append(f"{least} to {most}{unit}" if least else f"up to {most}{unit}")
    elif least:
        facts.append(f"at least {least}{unit}")
    if "pattern" in shape:
        facts.append(f"matching `{shape['pattern']}`")
    return ", ".join(facts) or None


def _sensitive(names: list[str]) -> str:
    start, words = "sensitive: ClassVar[frozenset[str]] = frozenset", quoted(names)
    line = bracketed(f"    {start}(", words, "{}") + ")"
    if "\n" not in line and len(line) <= 120:
        return line
    return f"    {start}(\n{bracketed('', words, '{}', 8)}\n    )"


def _field(model: ServiceModel, key: str, name: str, required: bool, checked: bool) -> str:
    shape = model.shapes[name]
    words = [] if required else ["default=None"]
    words += [f'validation_alias="{key}"', f'serialization_alias="{key}"']
    if checked and shape.get("min"):
        words.append(f"{'ge' if shape['type'] in ('integer', 'long') else 'min_length'}={shape['min']}")
    optional = "" if required else " | None"
    return call(f"{attribute(key)}: {annotation(model, name)}{optional} = Field", words, 4)


def annotation(model: ServiceModel, name: str, written: Callable[[str], str] = str) -> str:
    """Return the type annotation of a shape.

    Args:
        written: returns the annotation of a structure, given its name; by default, the name itself.
    """
    shape = model.shapes[name]
    if shape["type"] == "list":
        return f"list[{annotation(model, shape['member']['shape'], written)}]"
    if shape["type"] == "map":
        return f"dict[str, {annotation(model, shape['value']['shape'], written)}]"
    return written(name) if is_structure(shape) else _SCALARS[shape["type"]]


def paged(model: ServiceModel, operation: str) -> tuple[str, str, str] | None:
    """Return the names of three members of an operation with pages, or `None` if the operation has no pages.

    They are the request's member for the page's token, the reply's member for the next token, and the reply's items.
    """
    row = model.operations[operation]
    if "output" not in row:
        return None
    request = model.shapes[row["input"]["shape"]]["members"]
    reply = model.shapes[row["output"]["shape"]]["members"]
    tokens = [key for key in ("NextToken", "PaginationToken") if key in request and key in reply]
    items = [key for key, member in reply.items() if model.shapes[member["shape"]]["type"] == "list"]
    return (tokens[0], tokens[0], items[0]) if len(tokens) == len(items) == 1 else None


def _page(model: ServiceModel, name: str) -> list[str]:
    found = [
        members
        for operation, row in model.operations.items()
        if row.get("output", {}).get("shape") == name and (members := paged(model, operation)) is not None
    ]
    if not found:
        return []
    sent, received, items = found[0]
    item = model.shapes[model.shapes[name]["members"][items]["shape"]]["member"]["shape"]
    return [
        "",
        f'    paging: ClassVar[Paging] = Paging("{attribute(sent)}", "{attribute(received)}")',
        "",
        f"    def page_items(self) -> list[{annotation(model, item)}]:",
        f"        return self.{attribute(items)} or []",
    ]
