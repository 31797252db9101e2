"""The generator of the classes that have one method for each operation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from layout import Layout
from members import describe, is_secret, page
from models import annotation, is_unsigned, response_name
from names import attribute, constant, snake
from source import ServiceModel
from text import call, docstring

# Members that methods do not require, because the client fills in its own user pool and app client ...
_FILLED_IN = ("UserPoolId", "ClientId")
# ... except in operations that create, change or delete a user pool or an app client, with its domains, replicas,
# recoveries, secrets, policies and settings. Without an explicit id, a call such as DeleteUserPool would delete the
# client's own user pool.
_MANAGES = re.compile(r"(?!Describe|Get|List)\w*(UserPool|PointInTimeRecovery|CIMDPolicy)\w*")


def methods(model: ServiceModel, layout: Layout, families: Mapping[str, Iterable[str]], title: str) -> str:
    """Return the source of a service's class."""
    homes = {structure: family for family, names in layout.families.items() for structure in names}
    homes |= dict.fromkeys(layout.common, f"{model.prefix}common")
    family_of = {name: family for family, names in families.items() for name in names}
    blocks = [_method(model, homes, family_of[name], name) for name in sorted(family_of)]
    return f'class {class_name(model)}(Caller):\n    """{title}"""\n\n' + "\n\n".join(blocks) + "\n"


def class_name(model: ServiceModel) -> str:
    """Return `Operations` for user pools, and `IdentityOperations` for identity pools."""
    return f"{model.prefix.title().rstrip('_')}Operations"


def _method(model: ServiceModel, homes: Mapping[str, str], family: str, name: str) -> str:
    operation = model.operations[name]
    shape = model.shapes[operation["input"]["shape"]]
    members = {key: member["shape"] for key, member in shape["members"].items()}
    if hidden := {attribute(key) for key in members} & set(homes.values()):
        raise SystemExit(f"{name}: a member hides the family {hidden}")
    filled_in = _FILLED_IN if model.is_user_pools and not _MANAGES.fullmatch(name) else ()
    required = [key for key in shape.get("required", []) if key not in filled_in]
    words = [f"{attribute(key)}: {_type(model, homes, members[key])}" for key in required]
    words += [
        f"{attribute(key)}: {_type(model, homes, members[key])} | None = None" for key in members if key not in required
    ]
    response = f"{family}.{response_name(model, name)}"
    secret = [attribute(key) for key in members if is_secret(shape, key, model.shapes[members[key]])]
    lines = [
        _signature(snake(name), words, response),
        _docstring(model, name, required),
        *_masked([each for each in secret if each not in ("client_id", "username")]),
        call("return await self._call", [family, f"lambda: {family}.{constant(name)}", "locals()"], 8),
    ]
    return "\n".join(lines)


def _type(model: ServiceModel, homes: Mapping[str, str], name: str) -> str:
    written = annotation(model, name, lambda structure: f"{homes[structure]}.{structure}")
    # Methods take the Python types, and the model converts them.
    return re.sub(r"\bBlob\b", "bytes", re.sub(r"\bTimestamp\b", "datetime", written))


def _signature(name: str, words: list[str], response: str) -> str:
    words = ["self", *(["*", *words] if words else []), "**call: Unpack[ApiArguments]"]
    line = f"    async def {name}({', '.join(words)}) -> {response}:"
    if len(line) <= 120:
        return line
    inner = f"        {', '.join(words)}"
    if len(inner) > 120:
        inner = "\n".join(_parameter(word) for word in words)
    return f"    async def {name}(\n{inner}\n    ) -> {response}:"


def _parameter(word: str) -> str:
    line = f"        {word},"
    return line if len(line) <= 120 else line.replace(" | None", "\n        | None")


def _docstring(model: ServiceModel, name: str, required: list[str]) -> str:
    request = model.operations[name]["input"]["shape"]
    shape = model.shapes[request]
    how = "authorised by its arguments" if is_unsigned(model, name) else "signed with AWS credentials"
    facts: list[str] = []
    for key in sorted(shape["members"], key=lambda key: key not in required):
        always = ["required" if key in required else "by default the client's own"]
        line = describe(model, request, key, always if key in shape.get("required", []) else [], sent=True)
        facts += [f"    {line}"] if line else []
    errors = [each["shape"] for each in model.operations[name].get("errors", [])]
    facts = [*(["Args:"] if facts else []), *facts, f"Raises: {', '.join(errors)}."]
    return docstring(f"Call {name}, {how}.", facts, 8, page(model, name))


def _masked(names: list[str]) -> list[str]:
    if not names:
        return []
    left, right = ", ".join(names), ", ".join(f"mask({name})" for name in names)
    line = f"        {left} = {right}"
    return [line] if len(line) <= 120 else [f"        {name} = mask({name})" for name in names]
