"""How the service's names are written in Python."""

from __future__ import annotations

import builtins
import keyword
import re

from pydantic import BaseModel

# Words whose capitals do not show where a word begins.
_WORDS = {"ARNs": "Arns", "OAuth": "Oauth", "URLs": "Urls", "WebAuthn": "Webauthn"}
# What `_core.model.Model` adds to pydantic. The package is not imported here: it may lack the very files to be made.
_OURS = frozenset(
    {"from_json", "meta", "page_items", "paging", "secrets", "sensitive", "set_meta", "to_json", "to_wire"}
)
_TAKEN = frozenset(keyword.kwlist) | frozenset(dir(builtins)) | frozenset(dir(BaseModel)) | _OURS


def snake(name: str) -> str:
    """`UserMFASettingList` as `user_mfa_setting_list`."""
    for word, plain in _WORDS.items():
        name = name.replace(word, plain)
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


def attribute(name: str) -> str:
    """The name of a member as an attribute, with `_` behind it where Python or pydantic has that name already."""
    plain = snake(name)
    return f"{plain}_" if plain in _TAKEN else plain


def constant(name: str) -> str:
    """The name of an operation as a constant."""
    return snake(name).upper()
