"""A secret: a value, such as a string, that cannot be printed, sliced or joined before `reveal` opens it."""

from __future__ import annotations

import functools
import hmac
from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    NoReturn,
    Self,
    TypeAlias,
    TypeVar,
    cast,
    final,
    get_args,
    overload,
)

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, SerializationInfo, SerializerFunctionWrapHandler
    from pydantic_core import CoreSchema, SchemaSerializer

T = TypeVar("T")
ValueT = TypeVar("ValueT")

MASK = "***"
# Pass this as the `context` of a pydantic dump to get the values of secrets instead of `***`.
OPENED = object()


@final
class Secret(Generic[ValueT]):
    """A secret inside the library, wrapped so that no traceback, log or dump shows any part of it.

    It is not a subclass of `str`, because slices, joins and formats of one are plain strings. Tools that show local
    variables cut long strings before they print them, so they would print the beginning of the secret.
    """

    __slots__ = ("_value",)

    def __init__(self, value: ValueT) -> None:
        self._value = value

    @classmethod
    def of(cls, value: Any) -> Secret[Any]:
        """Return a value as a `Secret`; if it is one already, as after `mask`, return it unchanged."""
        whole: Any = value  # because `type(value) is` narrows `value`
        secret: Secret[Any] = whole if type(value) is Secret else Secret(value)
        return secret

    @classmethod
    def maybe(cls, value: Any) -> Secret[Any] | None:
        """Return a value as a `Secret`, and `None` as `None`."""
        return None if value is None else cls.of(value)

    def reveal(self) -> ValueT:
        """Return the value. Do not assign it to a variable, because tracebacks show local variables."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, specification: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        whole: Any = other  # because `isinstance` narrows `other`
        if not isinstance(other, Secret):
            return NotImplemented
        mine, theirs = _bytes(self._value), _bytes(whole.reveal())
        if mine is None or theirs is None:
            return bool(self._value == whole.reveal())
        return hmac.compare_digest(mine, theirs)

    def __hash__(self) -> int:
        return hash(self._value)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a secret cannot be pickled")

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled")

    @property
    def __pydantic_serializer__(self) -> SchemaSerializer:
        """The serializer that pydantic uses where it does not expect a secret, such as in an unknown member."""
        return _serializer()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema  # noqa: PLC0415 - only pydantic calls this, so it is installed and loaded

        read = secret_schema(handler.generate_schema(get_args(source)[0]))
        return core_schema.json_or_python_schema(
            json_schema=read,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), read]),
            serialization=cast("Any", read.get("serialization")),
        )


@functools.cache
def _serializer() -> SchemaSerializer:
    from pydantic_core import SchemaSerializer, core_schema  # noqa: PLC0415 - as above

    return SchemaSerializer(secret_schema(core_schema.any_schema()))


def secret_schema(schema: CoreSchema) -> CoreSchema:
    """Return a pydantic schema that wraps each value of `schema` in a `Secret`, and opens it only for `OPENED`."""
    from pydantic_core import core_schema  # noqa: PLC0415 - as above

    def dump(value: Secret[Any], dump_opened: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
        return dump_opened(value.reveal()) if info.context is OPENED else MASK

    if schema["type"] in ("default", "nullable"):  # `None` is no secret
        inner = secret_schema(cast("Any", schema)["schema"])
        return cast("CoreSchema", {**schema, "schema": inner})
    return core_schema.no_info_after_validator_function(
        Secret,
        schema,
        serialization=core_schema.wrap_serializer_function_ser_schema(dump, info_arg=True, schema=schema),
    )


# The types that `opened` opens; it returns values of all others unchanged.
_CLOSED = frozenset({Secret, dict})


class MaskedStr(str):
    """A secret in a public attribute, which users need as a `str`. Its `repr` is masked, and it cannot be pickled.

    Its slices and joins are plain strings, so the library wraps it in a `Secret` before it does anything else with it.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return MASK

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a secret cannot be pickled")


class SecretValue:
    """Base of small immutable values with secrets. Reading an attribute and `reveal()` are the only ways to a secret.

    It is not a dataclass, because `asdict`, `replace` and many encoders read the fields of one. All values are in one
    `Secret`, so that a new one cannot be forgotten. A subclass has a property for each of `__match_args__`.

    `shown`: the names of the values that `repr` shows.
    """

    __slots__ = ("_values",)
    __match_args__: ClassVar[tuple[str, ...]] = ()
    shown: ClassVar[frozenset[str]] = frozenset()

    _values: Secret[tuple[Any, ...]]

    def __init__(self, *values: Any) -> None:
        object.__setattr__(self, "_values", Secret(values))  # in the order of `__match_args__`

    def _value(self, name: str) -> Any:
        return self._values.reveal()[self.__match_args__.index(name)]

    def reveal(self) -> dict[str, Any]:
        """Return all values in plain text, to pass them to a safe place."""
        return {name: getattr(self, name) for name in self.__match_args__}

    def __repr__(self) -> str:
        if not hasattr(self, "_values"):  # in a traceback of the constructor
            return f"{type(self).__name__}()"
        values = zip(self.__match_args__, self._values.reveal(), strict=True)
        texts = (
            f"{name}={value!r}" if value is None or name in self.shown else f"{name}={MASK}" for name, value in values
        )
        return f"{type(self).__name__}({', '.join(texts)})"

    def __eq__(self, other: object) -> bool:
        return self.reveal() == other.reveal() if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._values)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} cannot be pickled, because it holds secrets")


# The values that the constructor of a request accepts for a string of the service.
Text: TypeAlias = str | Secret[str]
Texts: TypeAlias = Mapping[str, Text]


def opened(value: Any) -> Any:
    """Return a value with its secrets opened, also those in dictionaries. This is the opposite of `mask`."""
    whole: Any = value  # because `type(value) is` narrows `value`
    if type(value) is Secret:
        return whole.reveal()
    if type(value) is dict:
        return {name: opened(item) if type(item) in _CLOSED else item for name, item in whole.items()}
    return value


@overload
def as_member(value: Secret[T]) -> T: ...
@overload
def as_member(value: Secret[T] | None) -> T | None: ...
def as_member(value: Secret[T] | None) -> T | None:
    """Return a secret unchanged, typed as its value, because the constructor of a `Request` opens it."""
    return cast("T | None", value)


def as_members(values: Texts) -> dict[str, str]:
    """Return a mapping unchanged, typed as a mapping of strings: see `as_member`."""
    return cast("dict[str, str]", values)


def _bytes(value: object) -> bytes | None:
    """Return the bytes to compare. Their first byte says whether the value is a string; `None` for other types."""
    if isinstance(value, str):
        return b"s" + value.encode("utf-8", "surrogatepass")
    return b"b" + value if isinstance(value, bytes) else None
