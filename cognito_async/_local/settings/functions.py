"""The functions of a user's program that take the place of Lambda functions."""

from __future__ import annotations

import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, cast

from ..._core.errors import ConfigurationError
from ..._core.outside import is_number

Event = dict[str, Any]
Trigger = Callable[[Event], Awaitable[Event | None]]
LambdaHandler = Callable[[Event, Any], Any]

# The seconds that Cognito waits for a function, from "Things to know about Lambda triggers" in Amazon's guide.
TIME_LIMIT: Final = 5.0


@dataclass(frozen=True, slots=True)
class LambdaFunction:
    """A handler as in AWS Lambda: it takes an event and a context, and returns the event. It may be sync or async."""

    handler: LambdaHandler
    time_limit: float = field(default=TIME_LIMIT, kw_only=True)

    def __post_init__(self) -> None:
        if not callable(cast("Any", self.handler)):
            raise ConfigurationError('a Lambda handler must be a function, or a string such as "my_module:handler"')
        if not is_number(self.time_limit, 0.001, 900):
            raise ConfigurationError("time_limit must be a number of seconds, up to 900")


def find_function(name: str) -> Any:
    """Import a function by its name, such as "my_module:handler". This runs the code of the module.

    AWS and SAM write "my_module.handler" and "src/my_module.handler". The first form is read too.

    Raises:
        ConfigurationError: if the name has another form, or cannot be imported. The text names the cause by its type.
    """
    module, dot, function = name.rpartition(".")
    if ":" not in name and not dot:
        raise ConfigurationError('the name of a function must look like "my_module:function"')
    try:
        return pkgutil.resolve_name(name if ":" in name else f"{module}:{function}")
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a user's module may raise any of them when it is imported
        missing = f" ({error.name})" if isinstance(error, (ModuleNotFoundError, AttributeError)) else ""
        problem = f"cannot import {name}: {type(error).__name__}{missing}"
    raise ConfigurationError(problem)
