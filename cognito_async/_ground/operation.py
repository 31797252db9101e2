"""The rows of the service's model, without the models themselves."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from .model import Model


class NotItsShape(ValueError):
    """A text is not what a model is read from; `where`, by names and numbers, or empty where it is no JSON object."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


class Authorization(enum.Enum):
    """How an operation is authorised: by what its body says, or by AWS credentials."""

    NONE = "none"
    SIGV4 = "sigv4"


InputT = TypeVar("InputT", bound="Model")
OutputT = TypeVar("OutputT", bound="Model")


@dataclass(frozen=True, slots=True, eq=False)
class Operation(Generic[InputT, OutputT]):
    """One row of the service's model: everything that the generic call path needs to know.

    `repeatable` is for a caller who knows more than the table of effects: that this call may be repeated.
    """

    name: str
    input: type[InputT]
    output: type[OutputT]
    authorization: Authorization = Authorization.NONE
    repeatable: bool = False
