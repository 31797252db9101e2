"""The generator of the model classes, one for each structure."""

from __future__ import annotations

from collections.abc import Callable

from families import UNSIGNED
from layout import Layout, is_structure
from members import describe, is_secret, page
from names import attribute
from source import ServiceModel
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


def structure(model: ServiceModel, layout: Layout, name: str) -> str:
    """Return the source of a structure's class.

    If requests contain the structure, it has required fields. If no reply contains it, it also has minimum sizes. If
    only replies contain it, every field may be absent. Meanings, upper limits and patterns are only in the docstring:
    the service checks them, and a description of each field would cost time and memory at run time.
    """
    shape = model.shapes[name]
    members = {key: member["shape"] for key, member in shape["members"].items()}
    taken = [attribute(key) for key in members]
    if len(set(taken)) != len(taken):
        raise SystemExit(f"{name}: two members have the same name in Python")
    required: list[str] = shape.get("required", []) if name in layout.sent else []
    checked = name in layout.sent and name not in layout.received
    secret = sorted(attribute(key) for key in members if is_secret(shape, key, model.shapes[members[key]]))
    described = [
        describe(model, name, key, ["required"] if key in required else [], sent=name in layout.sent) for key in members
    ]
    title, operation = _title(model, name)
    source = page(model, operation) if operation and members else ""
    base = "Request" if any(row["input"]["shape"] == name for row in model.operations.values()) else "Model"
    lines = [f"class {name}({base}):", docstring(title, filter(None, described), 4, source), ""]
    if secret:
        lines += [_sensitive(secret), ""]
    lines += [_field(model, key, members[key], key in required, checked) for key in members]
    return "\n".join([*lines, *_page(model, name)]).rstrip()


def response_name(model: ServiceModel, operation: str) -> str:
    """Return the name of the model of an operation's reply. The service does not name empty replies."""
    row = model.operations[operation]
    name: str = row["output"]["shape"] if "output" in row else f"{operation}Response"
    return name


def is_unsigned(model: ServiceModel, operation: str) -> bool:
    """Return whether an operation needs no signature, because its arguments authorise it."""
    return model.operations[operation].get("authtype") == "none" or operation in UNSIGNED


def _title(model: ServiceModel, name: str) -> tuple[str, str | None]:
    """Return the first line of a structure's docstring, and the operation whose request or reply it is, if any.

    A structure can be the request of one operation and the reply to another. Then the request counts.
    """
    for side, words in (("input", "The request of"), ("output", "The reply to")):
        for operation, row in model.operations.items():
            if row.get(side, {}).get("shape") == name:
                return f"{words} `{operation}`.", operation
    return f"The service's structure `{name}`.", None


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
