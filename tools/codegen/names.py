"""Python spellings of the service's names."""

from __future__ import annotations

import builtins
import keyword
import re

from pydantic import BaseModel

# Words whose capitals do not mark the start of a word.
_WORDS = {"ARNs": "Arns", "OAuth": "Oauth", "URLs": "Urls", "WebAuthn": "Webauthn"}
# The names that `_core.model.Model` adds to pydantic's. They are listed here, because the package cannot be imported
# before its generated files exist.
_OURS = frozenset(
    {"from_json", "meta", "page_items", "paging", "secrets", "sensitive", "set_meta", "to_json", "to_wire"}
)
_TAKEN = frozenset(keyword.kwlist) | frozenset(dir(builtins)) | frozenset(dir(BaseModel)) | _OURS


def snake(name: str) -> str:
    """Convert a name such as `UserMFASettingList` to `user_mfa_setting_list`."""
    for word, plain in _WORDS.items():
        name = name.replace(word, plain)
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


def attribute(name: str) -> str:
    """Convert the name of a member to that of an attribute. Names that Python or pydantic uses get a `_` at the end."""
    plain = snake(name)
    return f"{plain}_" if plain in _TAKEN else plain


def constant(name: str) -> str:
    """Convert the name of an operation to that of a constant."""
    return snake(name).upper()
