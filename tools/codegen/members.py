"""The generator of the lines that describe members: what a member means, and the limits of its values."""

from __future__ import annotations

import re

from families import SECRET_CONTAINERS, SECRET_TEXT
from meanings import meaning
from names import attribute
from source import ServiceModel, Shape

_UNITS = {"string": "character", "list": "item", "map": "entry", "blob": "byte"}
_PLURALS = {"entry": "entries"}
# The upper limit of strings that have no other: it tells callers nothing.
_NO_LIMIT = 131072
# Patterns in words. A pattern that is not here is shown as it is.
_PATTERNS = {
    r".*": "",
    r"(?s).*": "",
    r"[\S]+": "without spaces",
    r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+": "without spaces and control characters",
    r"^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$": "without spaces and control characters",
    r"[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+": "without control characters",
    r"[\w-]+_[0-9a-zA-Z]+": "as REGION_ID",
    r"[\w-]+:[0-9a-f-]+": "as REGION:UUID",
    r"[\w+]+": "letters, digits, _ and +",
    r"[0-9]+": "digits only",
    r"\d+": "digits only",
    r".*\{####\}.*": "with {####}",
    r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*": "with {####}",
}
_PAGES = {
    "cognito-idp": "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference",
    "cognito-identity": "https://docs.aws.amazon.com/cognitoidentity/latest/APIReference",
}


def page(model: ServiceModel, operation: str) -> str:
    """Return the address of an operation's page in the service's reference."""
    return f"{_PAGES[model.service]}/API_{operation}.html" if model.service in _PAGES else ""


def describe(model: ServiceModel, structure: str, key: str, words: list[str], *, sent: bool) -> str | None:
    """Return the line of one member, or `None` if there is nothing to say.

    Args:
        words: what else to say, such as "required".
        sent: whether requests contain the member, so that callers need its limits.
    """
    owner = model.shapes[structure]
    shape = model.shapes[owner["members"][key]["shape"]]
    facts = [*words, *limits(model, shape, sent=sent), *(["sensitive"] if is_secret(owner, key, shape) else [])]
    said = meaning(structure, key) or ""
    if facts:
        # Into the parentheses of the phrase, if it ends with some.
        said = f"{said[:-1]}, " if said.endswith(")") else f"{said} ("
        said = f"{said.lstrip()}{', '.join(facts)})"
    return f"{attribute(key)}: {said}." if said else None


def limits(model: ServiceModel, shape: Shape, *, sent: bool, known: bool = True) -> list[str]:
    """Return the limits of a shape's values: size, range, pattern and known values, and those of its items.

    Args:
        sent: whether to return more than the known values.
        known: whether to return the known values.
    """
    facts = [*_size(shape), *_pattern(shape)] if sent else []
    if "enum" in shape:
        facts = [f"{', '.join(shape['enum'])} or a newer value"] if known else []
    for part, word in (("member", "each"), ("key", "keys of"), ("value", "values of")):
        inner = limits(model, model.shapes[shape[part]["shape"]], sent=sent, known=known) if part in shape else []
        if inner:
            facts.append(f"{word} {', '.join(inner)}")
    return facts


def is_secret(owner: Shape, key: str, shape: Shape) -> bool:
    """Return whether a member is a secret, which must never be shown."""
    plain_string = shape["type"] == "string" and "enum" not in shape
    named = bool(plain_string and re.fullmatch(SECRET_TEXT, key))
    return named or key in SECRET_CONTAINERS or "sensitive" in owner or "sensitive" in shape


def _size(shape: Shape) -> list[str]:
    least, most = shape.get("min"), shape.get("max")
    most = None if most == _NO_LIMIT else most
    if most is None:
        return [f"at least {_counted(least, shape)}"] if least else []
    if least == most:
        return [_counted(most, shape)]
    return [f"{least} to {_counted(most, shape)}" if least else f"up to {_counted(most, shape)}"]


def _counted(number: int, shape: Shape) -> str:
    unit = _UNITS.get(shape["type"])
    if unit is None:
        return str(number)
    return f"{number} {unit if number == 1 else _PLURALS.get(unit, f'{unit}s')}"


def _pattern(shape: Shape) -> list[str]:
    pattern = shape.get("pattern", ".*")
    words = "an ARN" if re.match(r"[(^]*arn", pattern) else _PATTERNS.get(pattern, f"matching `{pattern}`")
    return [words] if words else []
