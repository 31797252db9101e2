"""The placement of structures in modules. In a module, a structure comes after the structures that it contains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from families import SHARED
from source import ServiceModel, Shape


@dataclass(frozen=True)
class Layout:
    """The structures of each module.

    Args:
        common: the structures of the shared module.
        families: the other structures of each family, by the family's name.
        sent: the structures that requests contain.
        received: the structures that replies contain.
    """

    common: tuple[str, ...]
    families: Mapping[str, tuple[str, ...]]
    sent: frozenset[str]
    received: frozenset[str]


def lay_out(model: ServiceModel, families: Mapping[str, Iterable[str]]) -> Layout:
    """Assign every structure that an operation uses to the module of the operation's family, or to the shared one."""
    sent: dict[str, None] = {}
    received: dict[str, None] = {}
    needed: dict[str, dict[str, None]] = {}
    for family, operations in families.items():
        own = needed.setdefault(family, {})
        for name in operations:
            for direction, seen in (("input", sent), ("output", received)):
                if direction in model.operations[name]:
                    reached = list(structures(model.shapes, model.operations[name][direction]["shape"]))
                    own.update(dict.fromkeys(reached))
                    seen.update(dict.fromkeys(reached))
    everything = [name for own in needed.values() for name in own]
    shared = {
        part
        for name in set(everything)
        if name in SHARED or everything.count(name) > 1
        for part in structures(model.shapes, name)
    }
    return Layout(
        common=tuple(dict.fromkeys(name for name in everything if name in shared)),
        families={family: tuple(name for name in own if name not in shared) for family, own in needed.items()},
        sent=frozenset(sent),
        received=frozenset(received),
    )


def structures(shapes: Mapping[str, Shape], name: str, above: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the structures inside a shape, each after its parts, and the shape last. A structure may repeat.

    Args:
        above: the shapes that contain this one.
    """
    if name in above:
        raise SystemExit(f"{name} contains itself: the generator has no forward references")
    shape = shapes[name]
    for part in parts(shape):
        yield from structures(shapes, part, (*above, name))
    if is_structure(shape):
        yield name


def parts(shape: Shape) -> list[str]:
    """Return the names of the shapes that a shape contains directly."""
    direct = [shape[part]["shape"] for part in ("member", "key", "value") if part in shape]
    return direct + [member["shape"] for member in shape.get("members", {}).values()]


def is_structure(shape: Shape) -> bool:
    """Return whether a shape becomes a model. A `document` does not, because it is any JSON."""
    return shape["type"] == "structure" and not shape.get("document")
