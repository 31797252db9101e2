"""The base of events: an object of AWS's JSON, whose members are read, changed and written back without a loss.

A dump has the members that were read, in their order, and those that were set since. Members that this version does
not know stay in it. A list or an object that is null reads as empty, so that handlers need no checks. It dumps as null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from typing import TYPE_CHECKING, Annotated, Any, Final, Self, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.functional_validators import ModelWrapValidatorHandler

from .._core.errors import ConfigurationError

# The context in which a user pool reads the answer of a function.
ANSWER: Final = {"answer": True}
_MISSING: Final = object()
_EMPTY: Final[tuple[Any, ...]] = (None, {}, [])


class Members(BaseModel):
    """An object of AWS's JSON: its names are in snake_case in Python, and in camelCase in JSON."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="allow",
        validate_assignment=True,
        hide_input_in_errors=True,
        protected_namespaces=(),
        defer_build=True,
    )
    # A slot, because the order of the members is not part of the value. It maps each name that was read to its value if
    # that was empty.
    __slots__ = ("_read_",)

    @model_validator(mode="wrap")
    @classmethod
    def _remember(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        made = handler(value)
        if isinstance(value, Mapping):
            given = cast("Mapping[str, Any]", value)
            names = {field.alias or name: name for name, field in cls.model_fields.items()}
            read = {names.get(member, member): each if each in _EMPTY else _MISSING for member, each in given.items()}
            object.__setattr__(made, "_read_", read)
        return made

    @model_serializer(mode="wrap")
    def _in_order(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = handler(self)
        read = self._names_read()
        fields = type(self).model_fields
        members: dict[str, Any] = {}
        for name in dict.fromkeys((*read, *fields, *(self.model_extra or ()))):
            member = (fields[name].alias or name) if name in fields else name
            value = dumped.get(member, dumped.get(name, _MISSING))
            # `_MISSING`: the caller of `model_dump` has excluded it.
            if value is not _MISSING and self._is_present(name):
                empty = read.get(name, _MISSING)
                members[member] = value if value or empty is _MISSING else copy(empty)
        return members

    def _names_read(self) -> dict[str, Any]:
        try:
            # Not by `getattr`, which falls back on a member of this name.
            read: dict[str, Any] = object.__getattribute__(self, "_read_")
        except AttributeError:
            return {}
        return read

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        read = self._names_read()
        if name in read:
            read[name] = _MISSING  # so that an empty value that is set is dumped as it is

    def set_or_clear(self, name: str, value: Any) -> None:
        """Set a member. If the value is `None`, do not add the member, but clear it if it is there."""
        if value is not None or name in self.model_fields_set:
            setattr(self, name, value)

    # Copies by pydantic, and pickles, leave out the slot.

    def __copy__(self) -> Self:
        return self._give_names_to(super().__copy__())

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self._give_names_to(super().__deepcopy__(memo))

    def _give_names_to(self, copied: Self) -> Self:
        object.__setattr__(copied, "_read_", {**self._names_read()})
        return copied

    def __getstate__(self) -> dict[Any, Any]:
        return {**super().__getstate__(), "_read_": self._names_read()}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__(state)
        object.__setattr__(self, "_read_", state["_read_"])

    def _is_present(self, name: str) -> bool:
        """Return whether a member was read or set, or one of its members or items was."""
        if name in self.model_fields_set or name in (self.model_extra or ()):
            return True
        value = getattr(self, name)
        if isinstance(value, Members):
            return bool(value.model_dump())
        # A handler may fill in a default, as in `event.response.user_attributes_to_map["email"] = …`.
        return isinstance(value, (dict, list)) and bool(cast("Any", value))

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Leave out the members that may contain secrets, as those that this version does not know may."""
        fields = type(self).model_fields
        return [(name, getattr(self, name)) for name, field in fields.items() if field.repr]

    @classmethod
    def as_sent(cls) -> dict[str, Any]:
        """Return the members with their defaults: those of a response before a function has filled it in."""
        return {field.alias or name: field.get_default() for name, field in cls.model_fields.items()}


def texts(given: Iterable[str], name: str) -> list[str]:
    """Return a list of texts that a handler gives. One text is also an iterable of texts: its letters.

    Raises:
        ConfigurationError: if it is one text.
    """
    if isinstance(given, str):
        raise ConfigurationError(f"{name} must be a list of strings, not one string")
    return list(given)


def _empty_object(value: Any) -> Any:
    return {} if value is None else value


def _empty_list(value: Any) -> Any:
    return [] if value is None else value


def _default(default: Any) -> BeforeValidator:
    """Read null as a default, except in an answer, in which the service wants a value."""

    def read(value: Any, info: ValidationInfo) -> Any:
        return default if value is None and info.context is not ANSWER else value

    return BeforeValidator(read)


NullIsFalse: Final = _default(default=False)
# A null is an empty one.
NullIsEmptyObject: Final = BeforeValidator(_empty_object)
NullIsEmptyList: Final = BeforeValidator(_empty_list)
TextList = Annotated[list[str], NullIsEmptyList]
# Texts by AWS's documentation. Some samples have other values, and its guide says that "stricter input validation can
# cause your functions to fail". So these are texts for type checkers only.
if TYPE_CHECKING:
    Text = str
    OptionalText = str | None
    Strings = dict[str, str]
else:
    Text = OptionalText = Any
    Strings = Annotated[dict[str, Any], NullIsEmptyObject]
