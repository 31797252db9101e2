"""The base classes of models with secrets, and of the generated models.

Importing this module imports pydantic, which is slow.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic_core import PydanticSerializationError, core_schema

from .errors import ConfigurationError
from .operation import Meta, ShapeMismatch
from .secret import OPENED, Secret, opened, secret_schema

_NO_META = Meta()
_MOST_ERRORS = 100
# The service's model marks these as sensitive too. `repr` and dumps mask them, but they are not removed from error
# messages, which would become unreadable.
_NOT_SECRET = frozenset({"client_id", "username", "USERNAME"})


class _Opened:
    """A descriptor that reads a sensitive member."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        try:
            value: Any = vars(instance)[self._name]
        except (KeyError, TypeError):  # of an instance without this member, or of the class
            raise AttributeError(self._name) from None
        whole: Any = value  # because `type(value) is` narrows `value`
        return whole.reveal() if type(value) is Secret else value

    def __set__(self, instance: object, value: Any) -> None:
        raise AttributeError(f"{self._name} cannot be changed")


class SecretMembers(BaseModel):
    """A model that holds its sensitive members as `Secret`s. Reading an attribute opens one.

    So do `model_extra` and `secrets()`, and nothing else: `repr`, dumps, copies, iteration, `vars` and encoders show
    masks or fail. A dump with the context `OPENED` contains the plain values.

    `sensitive`: the names of these members. Members that the model does not know are sensitive too.
    """

    sensitive: ClassVar[frozenset[str]] = frozenset()

    if not TYPE_CHECKING:  # pragma: no branch - a type checker would accept any attribute

        def __getattr__(self, name: str) -> Any:
            value = super().__getattr__(name)  # of a member that the model does not know
            return value.reveal() if type(value) is Secret else value

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        for name in cls.sensitive:
            setattr(cls, name, _Opened(name))

    @property
    def model_extra(self) -> dict[str, Any] | None:
        """The members that this version does not know, in plain text."""
        extra = self.__pydantic_extra__
        return extra and {name: Secret.of(value).reveal() for name, value in extra.items()}

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """Make an instance without validation, as for any pydantic model."""
        made = super().model_construct(_fields_set, **values)
        for members in (vars(made), made.__pydantic_extra__ or {}):
            members.update(cls._hidden(members))
        return made

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with these changes, as for any pydantic model."""
        return super().model_copy(update=self._hidden(update or {}), deep=deep)

    @classmethod
    def _hidden(cls, members: Mapping[str, Any]) -> dict[str, Any]:
        return {name: Secret.maybe(value) if cls._hides(name) else value for name, value in members.items()}

    @classmethod
    def _hides(cls, name: str) -> bool:
        return name in cls.sensitive or name not in cls.model_fields

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        reference = handler(source)
        schema: Any = handler.resolve_ref_schema(reference)
        while schema["type"] != "model-fields":
            schema = schema["schema"]
        for name in cls.sensitive & schema["fields"].keys():
            schema["fields"][name]["schema"] = secret_schema(schema["fields"][name]["schema"])
        if cls.model_config.get("extra") == "allow":
            schema["extras_schema"] = secret_schema(core_schema.nullable_schema(core_schema.any_schema()))
        return reference


class Model(SecretMembers):
    """A structure of the service's model. Its members have snake_case names in Python, and the service's in JSON.

    Members that this version does not know are preserved.
    """

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
        protected_namespaces=(),
        defer_build=True,
    )
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
        wire: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_none=True, context=OPENED)
        return wire

    def to_json(self) -> bytes:
        """Return `to_wire` as JSON, ready to send.

        Raises:
            ConfigurationError: if JSON cannot express a value, such as a string with a lone surrogate.
        """
        try:
            # Like `model_dump_json`, but without an intermediate `str`.
            return self.__pydantic_serializer__.to_json(self, by_alias=True, exclude_none=True, context=OPENED)
        except PydanticSerializationError as error:
            is_surrogate = "surrogates not allowed" in str(error)  # the text of Python's codec, in pydantic's error
        problem = "a str contains a character that UTF-8 cannot express (a lone surrogate)"
        raise ConfigurationError(
            f"{type(self).__name__}: {problem if is_surrogate else 'a member has a value that JSON cannot express'}"
        )

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
        for name, value in vars(self).items():
            if value is not None and name not in _NOT_SECRET:
                is_sensitive = type(value) is Secret
                _collect(value.reveal() if is_sensitive else value, is_sensitive, found)
        return found

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} cannot be pickled, because it may hold secrets")


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
