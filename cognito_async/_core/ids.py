"""The kinds of ids at Amazon Cognito, for errors about an id that was passed in place of another."""

from __future__ import annotations

import re

# A regular expression for the name of a region.
REGION = r"[a-z]{2,4}(?:-[a-z]+){1,2}-\d{1,2}"
_PATTERNS = {
    "region": REGION,
    "user_pool_id": rf"{REGION}_[0-9a-zA-Z]{{1,55}}",
    "identity_pool_id": rf"{REGION}:[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}",
    "client_id": "[0-9a-z]{26}",
}
_KINDS = {
    "region": "the name of a region",
    "user_pool_id": "the id of a user pool",
    "identity_pool_id": "the id of an identity pool",
    "client_id": "the id of an app client",
}
EXAMPLES = {
    "user_pool_id": "eu-central-1_AbCdEfGhI",
    "identity_pool_id": "eu-central-1:01234567-89ab-cdef-0123-456789abcdef",
    "client_id": "4example5client6id78901234",
}


def hint(name: str, value: str) -> str:
    """Return the end of an error message about an argument: it says what the value is, if that can be recognized.

    The hint is empty if the value is of the right or of an unknown kind.

    Args:
        name: the argument: `region`, `user_pool_id`, `identity_pool_id` or `client_id`.
        value: the argument's value.
    """
    kind = _kind_of(value)
    if kind is None or kind == _KINDS[name]:
        return ""
    found = re.search(rf"(?<![a-zA-Z0-9-]){_PATTERNS[name]}(?![a-zA-Z0-9-])", value[:500])
    part = f": pass only its part {found[0]!r}" if found else ""
    return f", but this is {kind}{part}"


def are_swapped(user_pool_id: str, client_id: str) -> bool:
    """Return whether the id of a user pool was passed as `client_id`, and another id as `user_pool_id`."""
    return _kind_of(client_id) == _KINDS["user_pool_id"] and bool(re.fullmatch(r"[0-9a-zA-Z]+", user_pool_id))


def _kind_of(value: str) -> str | None:
    if value != value.strip():
        return "a value with spaces or line breaks around it"
    if value.startswith("arn:"):
        return "an ARN"
    if re.match(r"\w+://", value):
        return "a URL"
    return next((kind for name, kind in _KINDS.items() if re.fullmatch(_PATTERNS[name], value)), None)
