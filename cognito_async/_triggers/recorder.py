"""A recorder of events, which writes them to files, as fixtures for tests."""

from __future__ import annotations

import functools
import itertools
import json
import os
import re
from collections.abc import Callable, Mapping
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from .._core.errors import ConfigurationError
from .members import Members
from .parsing import parse

Handler = TypeVar("Handler", bound=Callable[..., Any])
HIDDEN: Final = "***"


class _NameTaken(Exception):
    """A file of this name exists. The folder, or a function of the user, may have other reasons for an `OSError`."""


class EventRecorder:
    """Decorate a Lambda handler with a recorder to get the events of your user pool as fixtures for your tests.

        recorder = EventRecorder("tests/events")

        @recorder
        def handler(event, context):
            ...

    Each event becomes a file such as `0001-PreSignUp_SignUp.json`. Texts that may be secret are `"***"` in it,
    and such numbers 0: passwords, codes, answers, tokens, metadata, and
    members that this version does not know. The attributes of the user stay, so read a file before you share it.

    Args:
        folder: where to write the files, which only their owner can read. Missing folders are made.
        write: a function of a name and a text, to call instead. Use it in AWS Lambda, for example to write to S3.

    Raises:
        ConfigurationError: unless you give either a folder or a function.
    """

    def __init__(
        self, folder: str | os.PathLike[str] | None = None, *, write: Callable[[str, str], object] | None = None
    ) -> None:
        if (folder is None) == (write is None):
            raise ConfigurationError("an EventRecorder needs either a folder or a function to write with")
        self._write = write or functools.partial(_write_file, Path(folder or "."))
        self._numbers = itertools.count(1)

    def __call__(self, handler: Handler) -> Handler:
        """Return the handler, sync or async, with its events recorded before each call."""

        @functools.wraps(handler)
        def recorded(event: Any, *others: Any, **named: Any) -> Any:
            self.record(event)
            return handler(event, *others, **named)

        @functools.wraps(handler)
        async def recorded_async(event: Any, *others: Any, **named: Any) -> Any:
            self.record(event)
            return await handler(event, *others, **named)

        return cast("Handler", recorded_async if iscoroutinefunction(handler) else recorded)

    def record(self, event: Mapping[str, Any]) -> None:
        """Record one event.

        Raises:
            ConfigurationError: if it is not the event of a trigger.
            OSError: if a file cannot be written.
        """
        read = parse(event)
        source = re.sub(r"\W", "-", read.trigger_source, flags=re.ASCII)[:80]
        text = json.dumps(_without_secrets(read), indent=1, ensure_ascii=False) + "\n"
        while not self._has_written(f"{next(self._numbers):04}-{source}.json", text):
            pass  # the file is from an earlier run

    def _has_written(self, name: str, text: str) -> bool:
        try:
            self._write(name, text)
        except _NameTaken:
            return False
        return True


def _without_secrets(members: Members) -> dict[str, Any]:
    """Return the members in their order. Those that `repr` leaves out are hidden."""
    dumped: dict[str, Any] = members.model_dump(by_alias=True)
    names = {field.alias: name for name, field in type(members).model_fields.items()}
    shown: dict[str, Any] = {}
    for member, value in dumped.items():
        name = names.get(member)
        if name is None or not type(members).model_fields[name].repr:
            shown[member] = _hide(value)
        else:
            shown[member] = _nested(getattr(members, name), value)
    return shown


def _nested(given: Any, dumped: Any) -> Any:
    if isinstance(given, Members) and isinstance(dumped, dict):
        return _without_secrets(given)
    if isinstance(given, list):
        return [_nested(*each) for each in zip(cast("Any", given), dumped or (), strict=True)] or dumped
    return dumped


def _hide(value: Any) -> Any:
    """Replace each text and number in a value of JSON."""
    if isinstance(value, dict):
        return {name: _hide(each) for name, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_hide(each) for each in cast("Any", value)]
    if isinstance(value, str):
        return HIDDEN
    return 0 if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _write_file(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # The file must be new: a link with its name could point elsewhere.
    try:
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise _NameTaken from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
