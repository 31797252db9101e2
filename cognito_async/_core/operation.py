"""Descriptions of the service's operations. Importing this module does not import the models."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, Protocol, TypedDict, TypeVar

if TYPE_CHECKING:
    from .model import Model


class ShapeMismatch(ValueError):
    """Raised when a reply does not have the shape of its model.

    `path` leads to the first wrong member: names and indexes, joined by dots. It is empty if the reply is not a JSON
    object.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Authorization(enum.Enum):
    """The authorization that an operation needs: `SIGV4`, a signature with AWS credentials, or `NONE`."""

    NONE = "none"
    SIGV4 = "sigv4"


class Service(NamedTuple):
    """An AWS service: its name in hosts and signatures, and `target`, the prefix of its operations' names."""

    name: str
    target: str


USER_POOLS = Service("cognito-idp", "AWSCognitoIdentityProviderService")
IDENTITY_POOLS = Service("cognito-identity", "AWSCognitoIdentityService")

InputT = TypeVar("InputT", bound="Model")
OutputT = TypeVar("OutputT", bound="Model")


@dataclass(frozen=True, slots=True, eq=False)
class Operation(Generic[InputT, OutputT]):
    """One operation of the service's model, with everything that the generic call needs.

    `repeatable`: true if a call whose reply was lost may be repeated, even if `_aws/effects.py` says the opposite.
    """

    name: str
    input: type[InputT]
    output: type[OutputT]
    authorization: Authorization = Authorization.NONE
    repeatable: bool = False
    service: Service = USER_POOLS


class Meta(NamedTuple):
    """The service's request id, to quote to AWS support, and the number of attempts until the reply.

    They are `None` and 0 if the model was not read from a reply.
    """

    request_id: str | None = None
    attempts: int = 0


class Paging(NamedTuple):
    """The names of the members with page tokens: of a request, and of a reply, which has the token of the next page."""

    request: str
    reply: str


ItemT_co = TypeVar("ItemT_co", covariant=True)


class Page(Protocol[ItemT_co]):
    """A reply that may be one page of several."""

    paging: ClassVar[Paging]

    def page_items(self) -> Sequence[ItemT_co]:
        """Return the items of this page."""
        ...


class ApiArguments(TypedDict, total=False):
    """The arguments that each method of an `api` takes besides the members of its request.

    timeout: seconds the call may take, retries included; `None` for no limit.
    max_attempts: the maximum number of attempts, the first one included.
    extra_headers: headers to add, and to sign if the call is signed. Headers that the protocol sets are refused.
    """

    timeout: float | None
    max_attempts: int
    extra_headers: Mapping[str, str]


class Caller(ABC):
    """Base of the classes with one method for each operation."""

    @abstractmethod
    async def _call(
        self, family: ModuleType, row: Callable[[], Operation[Any, OutputT]], arguments: Mapping[str, Any]
    ) -> OutputT:
        """Make a call.

        Args:
            family: the lazy module of the operation's models; it must be imported before `row` is called.
            row: a function that returns the operation.
            arguments: the local variables of the method.
        """
