"""Functions of a user's program that replace a pool's Lambda functions."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Self

from ..._core.errors import ConfigurationError
from .functions import TIME_LIMIT, LambdaFunction, LambdaHandler, Trigger, find_function

# The field of `Triggers` for each trigger, which events name in their `triggerSource`.
TRIGGER_NAMES: Final = {
    "PreSignUp": "pre_sign_up",
    "PostConfirmation": "post_confirmation",
    "PreAuthentication": "pre_authentication",
    "PostAuthentication": "post_authentication",
    "TokenGeneration": "pre_token_generation",
    "CustomMessage": "custom_message",
    "UserMigration": "user_migration",
    "DefineAuthChallenge": "define_auth_challenge",
    "CreateAuthChallenge": "create_auth_challenge",
    "VerifyAuthChallengeResponse": "verify_auth_challenge_response",
    "CustomEmailSender": "custom_email_sender",
    "CustomSMSSender": "custom_sms_sender",
}
# Triggers that take over a task of the pool. A handler that leaves them unanswered would change what the pool does.
_REPLACING: Final = frozenset({"user_migration", "custom_email_sender", "custom_sms_sender"})


@dataclass(frozen=True, slots=True)
class Triggers:
    """The triggers of a pool. Each is an async function that receives the event of a Lambda function.

    An event has `version`, `region`, `userPoolId`, `userName`, `callerContext`, `triggerSource`, `request` and
    `response`. The function fills in `response` and returns the event, or `None`. The classes of
    `cognito_async.triggers` read an event and answer it. If the function raises an
    exception, the client's call is refused, as after a failed Lambda function. It is also refused if `response` has an
    unknown member, or a value of the wrong type.

    Two triggers send the pool's messages: `custom_email_sender` and `custom_sms_sender`. The pool ignores what they
    return and raise, as the service does, because it does not wait for them. They need the extra `senders`.

    `from_lambda` makes triggers of the handlers of Lambda functions.

    `PoolSettings.pre_token_generation_version` sets the version of the events for `pre_token_generation`.

    Raises:
        ConfigurationError: if a trigger is not a function.
    """

    pre_sign_up: Trigger | LambdaFunction | None = None
    post_confirmation: Trigger | LambdaFunction | None = None
    pre_authentication: Trigger | LambdaFunction | None = None
    post_authentication: Trigger | LambdaFunction | None = None
    pre_token_generation: Trigger | LambdaFunction | None = None
    custom_message: Trigger | LambdaFunction | None = None
    user_migration: Trigger | LambdaFunction | None = None
    define_auth_challenge: Trigger | LambdaFunction | None = None
    create_auth_challenge: Trigger | LambdaFunction | None = None
    verify_auth_challenge_response: Trigger | LambdaFunction | None = None
    custom_email_sender: Trigger | LambdaFunction | None = None
    custom_sms_sender: Trigger | LambdaFunction | None = None

    def __post_init__(self) -> None:
        for each in fields(self):
            function = getattr(self, each.name)
            if function is not None and not callable(function) and not isinstance(function, LambdaFunction):
                raise ConfigurationError(f"{each.name} must be an async function")

    @classmethod
    def from_lambda(
        cls,
        handler: str | LambdaHandler | None = None,
        /,
        *,
        time_limit: float = TIME_LIMIT,
        **handlers: str | LambdaHandler | None,
    ) -> Self:
        """Run the handlers of your Lambda functions in the pool, with the service's time limit and retries.

        A handler is a function of an event and a context, sync or async, or its name, such as "my_module:handler" or
        "my_module.handler". It must return the event. A sync handler runs in a worker thread.

        Args:
            handler: the handler for all triggers except `user_migration`, `custom_email_sender` and
                `custom_sms_sender`, for which you must name one.
            time_limit: how long a handler may take, in seconds, on the pool's clock and on the machine's. After that,
                it is called again. The third time, the client's call is refused with `UnexpectedLambdaException`.
            handlers: the handlers of single triggers, by the names of the fields. `None` leaves one out.

        Raises:
            ConfigurationError: if a handler cannot be imported, or is not a function, or no trigger has the name.
        """
        names = [each.name for each in fields(cls)]
        for name in handlers:
            if name not in names:
                raise ConfigurationError(f"{name[:40]} is not a trigger; the triggers are {', '.join(names)}")
        if handler is None and not handlers:
            raise ConfigurationError("from_lambda needs a handler")
        everywhere = {} if handler is None else {name: handler for name in names if name not in _REPLACING}
        chosen = {name: each for name, each in {**everywhere, **handlers}.items() if each is not None}
        # Import each name once.
        functions = {each: LambdaFunction(_found(each), time_limit=time_limit) for each in set(chosen.values())}
        return cls(**{name: functions[each] for name, each in chosen.items()})

    @property
    def has_custom_sender(self) -> bool:
        """Return whether a function sends mails or SMS."""
        return self.custom_email_sender is not None or self.custom_sms_sender is not None

    @property
    def has_custom_auth(self) -> bool:
        """Return whether CUSTOM_AUTH has all three of its triggers."""
        return None not in (
            self.define_auth_challenge,
            self.create_auth_challenge,
            self.verify_auth_challenge_response,
        )


def _found(handler: str | LambdaHandler) -> LambdaHandler:
    return find_function(handler) if isinstance(handler, str) else handler
