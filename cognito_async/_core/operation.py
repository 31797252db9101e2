"""The rows of the service's model, without the models themselves."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, Protocol, TypedDict, TypeVar

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


class Service(NamedTuple):
    """A service of AWS: its name in hosts and signatures, and what stands before the names of its operations."""

    name: str
    target: str


USER_POOLS = Service("cognito-idp", "AWSCognitoIdentityProviderService")
IDENTITY_POOLS = Service("cognito-identity", "AWSCognitoIdentityService")

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
    service: Service = USER_POOLS


class Meta(NamedTuple):
    """How a reply came: the service's id of the request, for its support, and how many attempts it took.

    A model that was not read from a reply has no id, and took none.
    """

    request_id: str | None = None
    attempts: int = 0


class Paging(NamedTuple):
    """Which member of a request takes the token of a page, and which one of a reply gives that of the next."""

    request: str
    reply: str


ItemT_co = TypeVar("ItemT_co", covariant=True)


class Page(Protocol[ItemT_co]):
    """A reply that may not be all there is."""

    paging: ClassVar[Paging]

    def page_items(self) -> Sequence[ItemT_co]:
        """What is on this page."""
        ...


class ApiArguments(TypedDict, total=False):
    """What each method of an `api` takes besides the members of its request.

    timeout: seconds, all attempts included; `None` for no limit.
    max_attempts: how often it is sent at most, the first time included.
    extra_headers: sent along, and signed where the call is; none that the protocol sets itself.
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
        """Make a call; `row` may be asked for when the family is imported, `arguments` are a method's locals."""
