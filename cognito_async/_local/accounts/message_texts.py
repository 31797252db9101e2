r"""The texts of messages: the pool's own, or those of the custom message trigger.

A text of the trigger is refused if the service would refuse it, or replace it by the default text without an error.
The service checks texts with the patterns of its model. Its errors for mails without the code, or with characters such
as no-break spaces, are quoted in amazon-archives/amazon-cognito-identity-js#99, aws-amplify/amplify-js#6917 and
aws/aws-lambda-go#330. It sends the default text instead of an invitation without the username
(awsdocs/amazon-cognito-developer-guide#31), or of a mail that is too long (amazon-cognito-identity-js#396).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ..._triggers.messages import CustomMessageResponse
from ..state.trigger_events import CODE, USERNAME
from ..triggers.calls import invalid_response
from ..wire.validation import broken_constraint

Medium = Literal["EMAIL", "SMS"]
_LONGEST: Final = {"EMAIL": 20_000, "SMS": 140}
_LONGEST_SUBJECT: Final = 140
_MAIL = r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*"
_PATTERNS: Final = {"EMAIL": rf"{_MAIL}\{{####\}}{_MAIL}", "SMS": r".*\{####\}.*"}
_MEMBERS: Final = {"EMAIL": "emailBody", "SMS": "smsMessage"}


@dataclass(frozen=True, slots=True)
class Texts:
    """The body of a message, and for a mail its subject."""

    body: str = field(repr=False)
    subject: str | None = field(default=None, repr=False)


# The defaults of the service's console.
_INVITATION: Final = Texts(f"Your username is {USERNAME} and temporary password is {CODE}.", "Your temporary password")
_AUTHENTICATION: Final = Texts(f"Your authentication code is {CODE}.", "Your authentication code")
_VERIFICATION: Final = Texts(f"Your verification code is {CODE}.", "Your verification code")


def message_texts(
    source: str,
    medium: Medium,
    members: Mapping[str, Any],
    custom: CustomMessageResponse,
    username: str,
    code: str,
) -> Texts:
    """Return the texts of a message for a trigger's source. Refuse those of the trigger that cannot be sent.

    `members` are the stored members of the pool. They may have texts that replace the defaults.
    """
    default = _default(source)
    own = _own(default, medium, members)
    given = custom.email_message if medium == "EMAIL" else custom.sms_message
    if given is not None:
        _check_body(given, medium, is_invitation=default is _INVITATION)
    values = {CODE: code, USERNAME: username} if default is _INVITATION else {CODE: code}
    placeholders = "|".join(re.escape(each) for each in values)
    body = re.sub(placeholders, lambda found: values[found[0]], own.body if given is None else given)
    if given is not None and len(body) > _LONGEST[medium]:
        raise broken_constraint(_MEMBERS[medium], f"have length less than or equal to {_LONGEST[medium]}")
    if medium == "SMS":
        return Texts(body)
    if custom.email_subject is not None:
        _check_subject(custom.email_subject)
    return Texts(body, own.subject if custom.email_subject is None else custom.email_subject)


def _default(source: str) -> Texts:
    if source == "CustomMessage_AdminCreateUser":
        return _INVITATION
    return _AUTHENTICATION if source == "CustomMessage_Authentication" else _VERIFICATION


def _own(default: Texts, medium: Medium, members: Mapping[str, Any]) -> Texts:
    """Return the texts that calls have set for the pool, or else the default ones."""
    names = "SmsMessage", "EmailMessage", "EmailSubject"
    group: Mapping[str, Any] = members.get("VerificationMessageTemplate", {})
    if default is _INVITATION:
        names = "SMSMessage", "EmailMessage", "EmailSubject"
        group = members.get("AdminCreateUserConfig.InviteMessageTemplate", {})
    elif default is _AUTHENTICATION:
        names = "SmsAuthenticationMessage", "Message", "Subject"
        group = {**members, **members.get("EmailMfaConfiguration", {})}
    by_sms, by_mail, subject = (group.get(name) for name in names)
    body: str | None = by_sms if medium == "SMS" else by_mail
    return Texts(default.body if body is None else body, default.subject if subject is None else subject)


def _check_body(text: str, medium: Medium, *, is_invitation: bool) -> None:
    if CODE not in text or (medium == "EMAIL" and not _has_mail_characters(text)):
        raise broken_constraint(_MEMBERS[medium], f"satisfy regular expression pattern: {_PATTERNS[medium]}")
    if is_invitation and USERNAME not in text:
        raise invalid_response(f"The message of an invitation must contain {USERNAME}.")


def _check_subject(subject: str) -> None:
    if not subject or not _has_mail_characters(subject):
        pattern = r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s]+"
        raise broken_constraint("emailSubject", f"satisfy regular expression pattern: {pattern}")
    if len(subject) > _LONGEST_SUBJECT:
        raise broken_constraint("emailSubject", f"have length less than or equal to {_LONGEST_SUBJECT}")


def _has_mail_characters(text: str) -> bool:
    r"""Return whether the service's pattern for mails accepts each character. Its `\s` is that of Java: ASCII only."""
    return all(each in " \t\n\x0b\f\r" or unicodedata.category(each)[0] in "LMSNP" for each in text)
