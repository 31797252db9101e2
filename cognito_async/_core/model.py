"""What the generated models are made of: they are on pydantic, which is imported with the first of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)
from pydantic_core import PydanticSerializationError

from .errors import ConfigurationError
from .operation import Meta, NotItsShape
from .secret import MASK, opened

_WIRE = object()
_NO_META = Meta()
# The service flags these as sensitive too: they are masked, but an error message that names them stays readable.
_NOT_SECRET = frozenset({"client_id", "username", "USERNAME"})


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
    # No member and no private attribute: it is no part of the value, and costs nothing where it is not set.
    __slots__ = ("_meta_",)

    @property
    def meta(self) -> Meta:
        """How the reply came that this was read from."""
        meta: Meta = getattr(self, "_meta_", _NO_META)
        return meta

    def came(self, meta: Meta) -> Self:
        """Note how the reply came that this was read from."""
        object.__setattr__(self, "_meta_", meta)
        return self

    def to_wire(self) -> dict[str, Any]:
        """The members that are set, under the service's names, with nothing masked."""
        wire: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_none=True, context=_WIRE)
        return wire

    def to_json(self) -> bytes:
        """`to_wire` as JSON, ready to send.

        Raises:
            ConfigurationError: when a text holds a lone surrogate.
        """
        try:
            # As `model_dump_json` does, without a text in between.
            return self.__pydantic_serializer__.to_json(self, by_alias=True, exclude_none=True, context=_WIRE)
        except PydanticSerializationError:
            raise ConfigurationError(
                f"{type(self).__name__}: a text holds a character that UTF-8 cannot express (a lone surrogate)"
            ) from None

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """What the service sent.

        Raises:
            NotItsShape: it is something else.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            where = ".".join(map(str, first["loc"]))
        raise NotItsShape(where)

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


class Request(Model):
    """What an operation takes. Sensitive members may be secrets: they are opened here, where no frame holds them."""

    def __init__(self, /, **members: Any) -> None:
        # As pydantic's own does, in whose frame the opened members would show if one of them were refused.
        self.__pydantic_validator__.validate_python(opened(members), self_instance=self)

    # So that a request is read from JSON without it.
    setattr(__init__, "__pydantic_base_init__", True)  # noqa: B010 - no type has it


def build(module: ModuleType) -> None:
    """Build the models of a module now instead of each where it is first used."""
    for model in list(vars(module).values()):
        if isinstance(model, type) and issubclass(model, Model) and model.__module__ == module.__name__:
            model.model_rebuild()


def describe_error(error: ValueError) -> str | None:
    """What keeps texts of a caller from being a request; `None` where that is not what the error is about."""
    if not isinstance(error, ValidationError):
        return None
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return f"{error.title}: {'.'.join(map(str, first['loc']))}: {first['msg']}"


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
