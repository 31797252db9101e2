"""The output of tools that show an error with its local variables. Each tool truncates long strings.

Frames of the tests are left out, because they stand for a user's program, which may hold its own secrets in variables.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import rich.traceback
import sentry_sdk.utils
import structlog.tracebacks
from loguru import logger

from tests.sizes import FULL

TESTS = str(Path(__file__).parent.parent)
ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None]
LIMITS = (20, 80) if FULL else (80,)
# Whether structlog shows values as rich does, which is tried above.
WAYS = (True, False) if FULL else (False,)
# The first line of a frame; its values are below.
_FRAME = re.compile(r"^ *> File|^ *File ", re.MULTILINE)


def render_by_tools(error: BaseException) -> Iterator[tuple[str, str]]:
    """Yield the name of each tool and its output for an error."""
    info: ExcInfo = (type(error), error, error.__traceback__)
    for limit in LIMITS:
        yield f"rich, cut at {limit}", "\n".join(_rich(info, limit))
        for use_rich in WAYS:
            yield f"structlog, cut at {limit}, {use_rich=}", "\n".join(_structlog(info, limit, use_rich))
        yield f"Sentry, cut at {limit}", "\n".join(_sentry(info, limit))
    yield "loguru", "\n".join(_loguru(error))


def _rich(info: ExcInfo, limit: int) -> Iterator[str]:
    shown = rich.traceback.Traceback.extract(*info, show_locals=True, locals_max_string=limit)
    for stack in shown.stacks:
        yield stack.exc_value
        for frame in stack.frames:
            if not frame.filename.startswith(TESTS):
                yield from (f"{frame.name}.{name} = {value}" for name, value in (frame.locals or {}).items())


def _structlog(info: ExcInfo, limit: int, use_rich: bool) -> Iterator[str]:
    transform = structlog.tracebacks.ExceptionDictTransformer(
        show_locals=True, locals_max_string=limit, max_frames=1000, use_rich=use_rich
    )
    for stack in transform(info):
        yield stack["exc_value"]
        for frame in stack["frames"]:
            if not frame["filename"].startswith(TESTS):
                yield repr(frame)


def _sentry(info: ExcInfo, limit: int) -> Iterator[str]:
    options: dict[str, Any] = {
        "include_local_variables": True,
        "include_source_context": False,
        "max_value_length": limit,
    }
    event, _ = sentry_sdk.utils.event_from_exception(info, client_options=options)
    for error in event["exception"]["values"]:
        yield repr(error["value"])
        for frame in error["stacktrace"]["frames"]:
            if not frame["abs_path"].startswith(TESTS):
                yield repr(frame["vars"])


@functools.cache
def _written_by_loguru() -> list[str]:
    """Return the list to which loguru adds its output. All errors share it, because creating a sink is slow."""
    written: list[str] = []
    logger.remove()
    logger.add(written.append, diagnose=True, backtrace=False, format="{message}", colorize=False)
    return written


def _loguru(error: BaseException) -> Iterator[str]:
    written = _written_by_loguru()
    written.clear()
    logger.opt(exception=error).error("failed")
    assert written
    for frame in _FRAME.split("".join(written)):
        if TESTS not in frame.partition("\n")[0]:
            yield frame
