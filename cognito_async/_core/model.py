"""The base classes of the generated models. Importing this module imports pydantic, which is slow."""

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
from .operation import Meta, ShapeMismatch
from .secret import MASK, opened

_WIRE = object()
_NO_META = Meta()
_MOST_ERRORS = 100
# The service's model marks these as sensitive too. `repr` and dumps mask them, but they are not removed from error
# messages, which would become unreadable.
_NOT_SECRET = frozenset({"client_id", "username", "USERNAME"})


class Model(BaseModel):
    """A structure of the service's model. Its members have snake_case names in Python, and the service's in JSON.

    Members that this version does not know are preserved.

    `sensitive`: the names of the members that `repr` and dumps mask. Members that this version does not know are masked
    too.
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
    # A slot, because `meta` is not part of the value. Unlike a private attribute of pydantic, it costs nothing until it
    # is set.
    __slots__ = ("_meta_",)

    @property
    def meta(self) -> Meta:
        """Return the request id of the reply that this object was read from, and the number of attempts of the call."""
        meta: Meta = getattr(self, "_meta_", _NO_META)
        return meta

    def set_meta(self, meta: Meta) -> Self:
        """Set `meta` and return self."""
        object.__setattr__(self, "_meta_", meta)
        return self

    def to_wire(self) -> dict[str, Any]:
        """Return the members that are set, under the service's names and unmasked."""
        wire: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_none=True, context=_WIRE)
        return wire

    def to_json(self) -> bytes:
        """Return `to_wire` as JSON, ready to send.

        Raises:
            ConfigurationError: if a string contains a lone surrogate.
        """
        try:
            # Like `model_dump_json`, but without an intermediate `str`.
            return self.__pydantic_serializer__.to_json(self, by_alias=True, exclude_none=True, context=_WIRE)
        except PydanticSerializationError:
            raise ConfigurationError(
                f"{type(self).__name__}: a str contains a character that UTF-8 cannot express (a lone surrogate)"
            ) from None

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Parse a reply of the service.

        Raises:
            ShapeMismatch: if the reply does not have the shape of this model.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            path = _first_path(error)
        raise ShapeMismatch(path)

    def secrets(self) -> list[str]:
        """Return the strings in sensitive members, nested ones included, to remove them from error messages."""
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
        raise TypeError(f"{type(self).__name__} cannot be pickled, because it may hold secrets")

    def _hides(self, name: str | None) -> bool:
        return name in self.sensitive or name not in type(self).model_fields


class Request(Model):
    """The input of an operation. Sensitive members may be `Secret`s, which the constructor opens."""

    def __init__(self, /, **members: Any) -> None:
        # This replaces pydantic's `__init__`, whose local variables would show the opened members in a traceback.
        self.__pydantic_validator__.validate_python(opened(members), self_instance=self)

    # With this mark, pydantic does not call this `__init__` when it reads a request from JSON.
    setattr(__init__, "__pydantic_base_init__", True)  # noqa: B010 - the attribute is not in the types


def _first_path(error: ValidationError) -> str:
    if error.error_count() > _MOST_ERRORS:
        return "many members"  # pydantic can describe either all errors or none, which would block the event loop
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return ".".join(map(str, first["loc"]))


def build(module: ModuleType) -> None:
    """Build the models of a module now. Otherwise pydantic would build each on its first use."""
    for model in list(vars(module).values()):
        if isinstance(model, type) and issubclass(model, Model) and model.__module__ == module.__name__:
            model.model_rebuild()


def describe_error(error: ValueError) -> str | None:
    """Describe a pydantic validation error; return `None` for any other `ValueError`."""
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
