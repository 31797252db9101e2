"""The envelope that the events of all triggers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self, cast

from pydantic import Field, ValidationError, field_validator, model_validator

from .._core.errors import ConfigurationError
from .members import Members, NullIsEmptyObject, OptionalText, Text


class CallerContext(Members):
    """The program that made the call: its app client, and the version of its AWS SDK.

    The `client_id` of an administrator's call is "CLIENT_ID_NOT_APPLICABLE" or `None`.
    """

    aws_sdk_version: OptionalText = None
    client_id: OptionalText = None


class NoResponse(Members):
    """The response of a trigger whose function can only accept a call, or refuse it with an exception."""


class TriggerEvent(Members):
    """The base of all events. Read one with `parse` of its class, or with `triggers.parse`.

    Attributes:
        version: the version of the event's format, such as "1".
        region: the AWS region of the user pool.
        user_pool_id: the id of the user pool.
        user_name: the username of the user.
        caller_context: the app client that made the call.
        trigger_source: the trigger and its occasion, such as "PreSignUp_AdminCreateUser".

    Each class has `request`, the data for the function, and `response`, the data for Cognito.
    """

    # The part of `trigger_source` before `_`.
    trigger: ClassVar[str]
    # The values of `trigger_source` that AWS documents. There may be others one day.
    sources: ClassVar[tuple[str, ...]] = ()

    version: Text = "1"
    region: Text = ""
    user_pool_id: Text = ""
    user_name: Text = ""
    caller_context: Annotated[CallerContext, NullIsEmptyObject] = Field(default_factory=CallerContext)
    trigger_source: str = ""

    @classmethod
    def describes(cls, source: str, version: str) -> bool:
        """Return whether an event with this `triggerSource` and `version` is of this class."""
        # Amazon's guide has both CustomSMSSender and CustomSmsSender.
        return source.partition("_")[0].casefold() == cls.trigger.casefold()

    @classmethod
    def parse(cls, event: Mapping[str, Any]) -> Self:
        """Read an event of this trigger, as a Lambda function gets it.

        Raises:
            ConfigurationError: if it is not an event of this trigger. The text names the member that is wrong, and
                shows no value.
        """
        if not isinstance(cast("Any", event), Mapping):
            raise ConfigurationError("the event of a trigger must be a dictionary")
        try:
            return cls.model_validate(event)
        except ValidationError as error:
            problem = _describe(error)
        raise ConfigurationError(problem)

    @field_validator("request", "response", mode="before", check_fields=False)
    @classmethod
    def _read_null(cls, value: Any) -> Any:
        return {} if value is None else value

    @model_validator(mode="after")
    def _check_trigger(self) -> Self:
        source = self.trigger_source if "trigger_source" in self.model_fields_set else f"{self.trigger}_"
        if not self.describes(source, self.version):
            came = f"{self.trigger_source[:60]!r}, version {str(self.version)[:9]!r}"
            raise ValueError(f"this is not an event of {type(self).__name__}, but of {came}")
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return the event with Cognito's names, to return it from a Lambda function."""
        return self.model_dump(by_alias=True)


def _describe(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    parts = (error.title, ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, "))
    return ": ".join(part for part in parts if part)
