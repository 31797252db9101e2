"""Settings of a local pool from a TOML file: `[user_pool]`, `[app_client]`, and `[triggers]` or `[lambda]`.

The keys are the fields of `PoolSettings`, `AppClientSettings` and `Triggers`, which say what each setting means. Those
of `[lambda]` are the arguments of `Triggers.from_lambda`, with `handler` for its first.
An error names the key and its type, never the value, which may be a secret.
"""

from __future__ import annotations

import inspect
import re
import sys
import tomllib
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from ..._core.errors import ConfigurationError
from .client import AppClientSettings
from .functions import TIME_LIMIT, Trigger, find_function
from .pool import PoolSettings
from .triggers import Triggers

_TABLES = ("user_pool", "app_client", "triggers", "lambda")
_PLAIN: dict[Any, str] = {str: "a string", int: "an integer", bool: "true or false"}


def load_settings(path: Path) -> tuple[PoolSettings, AppClientSettings]:
    """Read the settings of a user pool and of its app client from a file.

    If the file names triggers, their modules are imported, which runs the modules' code. The folder of the file is
    added to the places that Python imports from.

    Raises:
        ConfigurationError: if the file cannot be read, or a setting is invalid.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path} must be UTF-8") from None
    return parse_settings(text, path.parent)


def parse_settings(text: str, folder: Path | None = None) -> tuple[PoolSettings, AppClientSettings]:
    """Read settings from a TOML string. Import triggers by name, as `module:function`; search `folder` last."""
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # too many digits, or too many nested lists
        # Show only the place, because the rest of the message may quote the file, which may contain secrets.
        place = re.search(r"\(at [^()]*\)$", str(error))
        raise ConfigurationError(f"the settings must be TOML {place[0] if place else ''}".rstrip()) from None
    for name in document:
        if name not in _TABLES:
            raise ConfigurationError(f"a table must be one of {', '.join(_TABLES)}, not [{name}]")
    user_pool, app_client, triggers, functions = (_table(document.get(name, {}), name) for name in _TABLES)
    if "triggers" in user_pool:
        raise ConfigurationError("user_pool.triggers: triggers must be in a separate table, [triggers]")
    if triggers and functions:
        raise ConfigurationError("a file must not have both [triggers] and [lambda]")
    if (triggers or functions) and folder is not None:
        # Add the folder permanently, because triggers may import more modules when they run. Add it last, so that its
        # modules do not hide others.
        sys.path.append(str(folder.resolve()))
    named = _lambda_functions(functions) if functions else _triggers(triggers)
    pool = _dataclass(PoolSettings, user_pool, "user_pool", triggers=named)
    client = _dataclass(AppClientSettings, app_client, "app_client")
    with _naming("app_client"):
        cast("AppClientSettings", client).check_schema(pool.schema)
    return pool, client


def _dataclass(kind: type, table: Mapping[str, Any], where: str, **more: Any) -> Any:
    known = {each.name: each for each in fields(kind)}
    for name in table:
        if name not in known:
            raise ConfigurationError(f"{where}.{name}: unknown setting")
    for name, each in known.items():
        if name not in table and each.default is MISSING and each.default_factory is MISSING:
            raise ConfigurationError(f"{where}.{name}: required setting is missing")
    hints = get_type_hints(kind)
    given = {name: _value(hints[name], value, f"{where}.{name}") for name, value in table.items()}
    with _naming(where):
        return kind(**given, **more)


@contextmanager
def _naming(where: str) -> Iterator[None]:
    """Add the place in the file to an error."""
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from None


def _value(hint: Any, value: Any, where: str) -> Any:
    """Return the value in the field's type, or raise an error that names the type."""
    origin, arguments = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        return _dataclass(cast("type", hint), _table(value, where), where)
    if origin in (Union, types.UnionType):
        return _value(next(each for each in arguments if each is not type(None)), value, where)
    if origin is Literal:
        if value not in arguments:
            raise ConfigurationError(f"{where}: must be one of {', '.join(arguments)}")
        return value
    if origin in (tuple, frozenset):
        if not isinstance(value, list):
            raise ConfigurationError(f"{where}: must be a list")
        collect = cast("Callable[[Iterable[Any]], Any]", origin)
        return collect(_value(arguments[0], each, f"{where}[{at}]") for at, each in enumerate(cast("Any", value)))
    # Compare types exactly, because in Python a bool is an int too.
    if type(value) is not hint:
        raise ConfigurationError(f"{where}: must be {_PLAIN[hint]}")
    return value


def _triggers(table: Mapping[str, Any]) -> Triggers:
    known = {each.name for each in fields(Triggers)}
    for name in table:
        if name not in known:
            raise ConfigurationError(f"triggers.{name}: unknown trigger")
    return Triggers(**{name: _trigger(value, f"triggers.{name}") for name, value in table.items()})


def _trigger(name: Any, where: str) -> Trigger:
    if not isinstance(name, str):
        raise ConfigurationError(f'{where}: must be a string such as "module:function"')
    with _naming(where):
        found = find_function(name)
    if not inspect.iscoroutinefunction(found):
        raise ConfigurationError(f"{where}: {name} must be an async function; a handler belongs in [lambda]")
    return cast("Trigger", found)


def _lambda_functions(table: Mapping[str, Any]) -> Triggers:
    handlers: dict[str, Any] = dict(table)
    time_limit = handlers.pop("time_limit", TIME_LIMIT)
    for name, value in handlers.items():
        if not isinstance(value, str):
            raise ConfigurationError(f'lambda.{name}: must be a string such as "module:function"')
    with _naming("lambda"):
        return Triggers.from_lambda(handlers.pop("handler", None), time_limit=time_limit, **handlers)


def _table(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{where}: must be a table")
    return cast("dict[str, Any]", value)
