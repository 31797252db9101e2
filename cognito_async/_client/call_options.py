"""The options that every call takes besides its own arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from .._core.checks import NOT_GIVEN, NotGiven
from .._core.clock import Deadline
from .._core.options import UserContext
from .._core.value_class import value_class


@value_class
class CallOptions:
    """The options of one call. If the call is part of a longer one, `timeout` is the `Deadline` of the longer one."""

    client_metadata: Mapping[str, str] | None = None
    user_context: UserContext | None = None
    timeout: float | None | NotGiven | Deadline = NOT_GIVEN


class CallArguments(TypedDict, total=False):
    """The keyword arguments that every answer to a challenge takes; see `CallOptions`."""

    client_metadata: Mapping[str, str] | None
    user_context: UserContext | None
    timeout: float | None | NotGiven
