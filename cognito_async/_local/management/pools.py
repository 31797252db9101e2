"""CreateUserPool, DescribeUserPool, UpdateUserPool, DeleteUserPool, ListUserPools and AddCustomAttributes."""

from __future__ import annotations

import secrets
import string
from dataclasses import replace
from functools import partial

from ..settings.pool import PoolSettings
from ..state.descriptions import Description
from ..state.pages import page
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..state.signing_keys import KeyRing
from ..wire.refusals import invalid_parameter
from ..wire.replies import Reply
from ..wire.requests import Request
from .members import settle
from .pool_members import create_settings, show_identity, show_pool, update_settings
from .schema import exists, full_name, read_schema

# The stored members that UpdateUserPool does not have.
_NOT_UPDATED = ("Schema", "EmailMfaConfiguration")


async def create_user_pool(state: ServiceState, request: Request, region: str) -> Reply:
    """Create a pool in the region for which the call is signed."""
    letters = string.ascii_letters + string.digits
    base = PoolSettings(
        id=f"{region}_{''.join(secrets.choice(letters) for _ in range(9))}",
        issuer_endpoint=state.template.issuer_endpoint,
        fixed_code=state.template.fixed_code,
    )
    settings, members = create_settings(request, base)
    pool = Pool(settings, KeyRing(None), Description.new(state.now(), members))
    state.add(pool)
    return {"UserPool": show_pool(pool)}


async def describe_user_pool(state: ServiceState, request: Request) -> Reply:
    return {"UserPool": show_pool(state.pool(request["UserPoolId"]))}


async def update_user_pool(state: ServiceState, request: Request) -> Reply:
    """Set all settings of a pool that can change. Most that the request does not name get their defaults."""
    pool = state.pool(request["UserPoolId"])
    pool.settings, members = update_settings(request, pool.settings)
    # As long as the second factors stay, so does the way to send their codes.
    names = _NOT_UPDATED if "MfaConfiguration" in request else (*_NOT_UPDATED, "SmsConfiguration")
    kept = {name: value for name, value in pool.description.members.items() if name in names}
    pool.description = replace(pool.description, modified=state.now(), members={**kept, **members})
    return {}


async def delete_user_pool(state: ServiceState, request: Request) -> Reply:
    pool = state.pool(request["UserPoolId"])
    if pool.domains:
        message = "User pool cannot be deleted. It has a domain configured that should be deleted first."
        raise invalid_parameter(message)
    if pool.description.members.get("DeletionProtection") == "ACTIVE":
        message = "The user pool cannot be deleted because deletion protection is activated."
        raise invalid_parameter(f"{message} Deletion protection must be inactivated first.")
    del state.pools[pool.settings.id]
    return {}


async def list_user_pools(state: ServiceState, request: Request, region: str) -> Reply:
    """List the pools of the region for which the call is signed, sorted by id."""
    pools = (state.pools[pool_id] for pool_id in sorted(state.pools))
    here = (pool for pool in pools if pool.settings.region == region)
    shown, more = page(state, request, "NextToken", here, _id, "ListUserPools", region)
    return {"UserPools": [show_identity(pool) for pool in shown], **more}


async def add_custom_attributes(state: ServiceState, request: Request) -> Reply:
    pool = state.pool(request["UserPoolId"])
    schema = read_schema(request["CustomAttributes"], custom_only=True)
    present = pool.settings.custom_attributes
    names = {full_name(each.name, developer_only=each.developer_only) for each in present}
    for each in schema.custom:
        full = full_name(each.name, developer_only=each.developer_only)
        if full in names:
            raise exists(each.name, full)
    pool.settings = settle(partial(replace, pool.settings), {"custom_attributes": (*present, *schema.custom)})
    constraints = {**pool.description.members.get("Schema", {}), **schema.constraints}
    members = {**pool.description.members, "Schema": constraints}
    pool.description = replace(pool.description, modified=state.now(), members=members)
    return {}


def _id(pool: Pool) -> str:
    return pool.settings.id
