"""Constraints that several requests share."""

from __future__ import annotations

from dataclasses import replace

from .validation import LONGEST_STRING, Flag, Listing, Shape, Structure, Text, TextMap, Whole


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WORDS = r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+"
CLIENT_ID = Text(1, 128, r"[\w+]+", sensitive=True)
USERNAME = Text(1, 128, WORDS, categories="LMSNP", sensitive=True)
# The model's pattern is `[\S]+`, but the service quotes this one, and allows spaces inside.
PASSWORD = Text(0, 256, r"^[\S]+.*[\S]+$", equivalent=r"\S.*\S", sensitive=True)
# The documentation of new users' passwords: "To create a user with no password, omit this parameter or submit a blank
# value."
NEW_USERS_PASSWORD = replace(PASSWORD, may_be_blank=True)
SESSION = Text(20, 4096, sensitive=True)
POOL_ID = Text(1, 55, r"[\w-]+_[0-9a-zA-Z]+")
ATTRIBUTE_NAME = Text(1, 32, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+", categories="LMSNP ")
ATTRIBUTES = Listing(Structure({"Name": ATTRIBUTE_NAME, "Value": Text(0, 2048, sensitive=True)}, frozenset({"Name"})))
STRING = Text(0, LONGEST_STRING)
ANALYTICS = Structure({"AnalyticsEndpointId": STRING})
METADATA = TextMap()
PARAMETERS = TextMap(sensitive=True)
CHALLENGES = words(
    "SMS_MFA EMAIL_OTP SOFTWARE_TOKEN_MFA SELECT_MFA_TYPE MFA_SETUP PASSWORD_VERIFIER "
    "CUSTOM_CHALLENGE SELECT_CHALLENGE DEVICE_SRP_AUTH DEVICE_PASSWORD_VERIFIER ADMIN_NO_SRP_AUTH "
    "NEW_PASSWORD_REQUIRED SMS_OTP PASSWORD WEB_AUTHN PASSWORD_SRP"
)
FLOWS = words(
    "USER_SRP_AUTH REFRESH_TOKEN_AUTH REFRESH_TOKEN CUSTOM_AUTH ADMIN_NO_SRP_AUTH USER_PASSWORD_AUTH "
    "ADMIN_USER_PASSWORD_AUTH USER_AUTH"
)


def request(required: str, **members: Shape) -> Structure:
    return Structure(members, frozenset(required.split()))


MFA = Structure({"Enabled": Flag(), "PreferredMfa": Flag()})
WEBAUTHN = Structure({"Enabled": Flag()})
DEVICE_KEY = Text(1, 55, r"[\w-]+_[0-9a-f-]+")
PAGE_TOKEN = Text(1, None, r"[\S]+")
LONG_PAGE_TOKEN = Text(1, 131072, r"[\S]+")
PAGE_LIMIT = Whole(0, 60)
MFA_OPTIONS = Listing(Structure({"DeliveryMedium": Text(values=("SMS", "EMAIL")), "AttributeName": ATTRIBUTE_NAME}))
PROVIDER_NAME = Text(1, 32, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+", categories="LMSNPZ")
CLIENT_SECRET = Text(24, 64, r"[\w+]+", sensitive=True)
ARN = Text(
    20,
    2048,
    r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?",
)
DEVICE_STATUS = Text(values=("remembered", "not_remembered"))
