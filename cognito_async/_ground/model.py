"""What the generated models and operation rows are made of."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, SerializationInfo, SerializerFunctionWrapHandler, model_serializer

from .redact import MASK

_WIRE = object()
# The service flags these as sensitive too: they are masked, but an error message that names them stays readable.
_NOT_SECRET = frozenset({"client_id", "username", "USERNAME"})


class PublicModel(BaseModel):
    """Base of the models that users see: built by the first call, in its thread, and not by the import."""

    model_config = ConfigDict(defer_build=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        _unbuilt.append(cls)

    if TYPE_CHECKING:  # else a type checker would make one without arguments

        def __init__(self, **members: Any) -> None: ...


_unbuilt: list[type[BaseModel]] = []


def end_deferring() -> None:
    """Called when the classes are all there: what else is made of them, as by FastAPI for a route, is not deferred."""
    for model in _unbuilt:
        model.model_config["defer_build"] = False


class Model(BaseModel):
    """A structure of the service: snake_case here, the service's names on the wire, unknown members kept.

    `sensitive` names the members whose values never show in `repr` or a dump; members that this
    version does not know count among them.
    """

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
        protected_namespaces=(),
        defer_build=True,
    )
    sensitive: ClassVar[frozenset[str]] = frozenset()

    def to_wire(self) -> dict[str, Any]:
        """The members that are set, under the service's names, with nothing masked."""
        wire: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_none=True, context=_WIRE)
        return wire

    def to_json(self) -> bytes:
        """`to_wire` as JSON, ready to send.

        Raises:
            PydanticSerializationError: when a text holds a lone surrogate, which UTF-8 cannot express.
        """
        return self.model_dump_json(by_alias=True, exclude_none=True, context=_WIRE).encode()

    def secrets(self) -> list[str]:
        """Every text in a sensitive member, however deep, so that an error message can be scrubbed of it."""
        found: list[str] = []
        hidden = self.sensitive - _NOT_SECRET
        for name, value in self.__dict__.items():
            _collect(value, name in hidden, found)
        return found

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            yield name, MASK if self._hides(name) and value is not None else value

    @model_serializer(mode="wrap")
    def _mask(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, Any]:
        dumped: dict[str, Any] = handler(self)
        if info.context is _WIRE:
            return dumped
        names = {field.serialization_alias or name: name for name, field in type(self).model_fields.items()}
        return {
            key: MASK if value is not None and self._hides(names.get(key, key)) else value
            for key, value in dumped.items()
        }

    def __reduce__(self) -> Any:
        raise TypeError(f"{type(self).__name__} is not pickled: it may hold secrets")

    def _hides(self, name: str | None) -> bool:
        return name in self.sensitive or name not in type(self).model_fields


def build(module: ModuleType) -> None:
    """Build the models of a module, and those that users see, now instead of each where it is first used."""
    for model in list(vars(module).values()):
        if isinstance(model, type) and issubclass(model, Model) and model.__module__ == module.__name__:
            model.model_rebuild()
    while _unbuilt:
        _unbuilt.pop().model_rebuild()


def _collect(value: Any, sensitive: bool, found: list[str]) -> None:
    whole: Any = value
    if isinstance(value, str):
        if sensitive:
            found.append(value)
    elif isinstance(value, Model):
        found.extend(value.secrets())
    elif isinstance(value, Mapping):
        for key, item in whole.items():
            _collect(item, sensitive and key not in _NOT_SECRET, found)
    elif isinstance(value, list):
        for item in whole:
            _collect(item, sensitive, found)


class Authorization(enum.Enum):
    """How an operation is authorised: by what its body says, or by AWS credentials."""

    NONE = "none"
    SIGV4 = "sigv4"


InputT = TypeVar("InputT", bound=Model)
OutputT = TypeVar("OutputT", bound=Model)


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
