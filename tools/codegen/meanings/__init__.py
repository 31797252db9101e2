"""THE table of what members mean, in our own words: a phrase for each member, by the service's name of the member.

`Structure.Member` is a member that means something else in that structure. The phrases complete "member: …". A member
that is new in the model is not in the table yet: its docstring then has its limits only, and a test fails.
"""

from __future__ import annotations

from .clients import CLIENTS
from .identity_pools import IDENTITY_POOLS
from .operation import OPERATION
from .pools import POOLS
from .sign_in import SIGN_IN
from .users import USERS

TABLES = (SIGN_IN, USERS, POOLS, CLIENTS, OPERATION, IDENTITY_POOLS)
MEANINGS: dict[str, str] = {member: phrase for table in TABLES for member, phrase in table.items()}


def meaning(structure: str, member: str) -> str | None:
    """Return the phrase for a member of a structure."""
    return MEANINGS.get(f"{structure}.{member}", MEANINGS.get(member))
