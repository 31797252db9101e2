"""CreateUserPoolClient, DescribeUserPoolClient, UpdateUserPoolClient, DeleteUserPoolClient and ListUserPoolClients."""

from __future__ import annotations

import secrets
import string
from dataclasses import replace

from ..settings.client import AppClientSettings
from ..state.descriptions import Description
from ..state.pages import page
from ..state.service_state import ServiceState
from ..wire.refusals import invalid_parameter
from ..wire.replies import Reply
from ..wire.requests import Request
from .client_members import read_client, show_client, show_client_identity

_LETTERS = string.ascii_lowercase + string.digits


async def create_user_pool_client(state: ServiceState, request: Request) -> Reply:
    pool = state.pool(request["UserPoolId"])
    secret: str | None = request.get("ClientSecret")
    if request.get("GenerateSecret", False):
        if secret is not None:
            raise invalid_parameter("GenerateSecret and ClientSecret cannot be used together.")
        secret = _random(51)
    base = AppClientSettings(id=_random(26), secret=secret)
    settings, members = read_client(request, pool, base, "creating")
    pool.set_client(settings, Description.new(state.now(), members))
    return {"UserPoolClient": show_client(pool, settings)}


async def describe_user_pool_client(state: ServiceState, request: Request) -> Reply:
    pool, settings = state.client(request["ClientId"], request["UserPoolId"])
    return {"UserPoolClient": show_client(pool, settings)}


async def update_user_pool_client(state: ServiceState, request: Request) -> Reply:
    """Set all settings of a client, except for its secret. Those that the request does not name get their defaults."""
    pool, old = state.client(request["ClientId"], request["UserPoolId"])
    settings, members = read_client(request, pool, old, "updating")
    pool.set_client(settings, replace(pool.client_descriptions[old.id], modified=state.now(), members=members))
    return {"UserPoolClient": show_client(pool, settings)}


async def delete_user_pool_client(state: ServiceState, request: Request) -> Reply:
    pool, settings = state.client(request["ClientId"], request["UserPoolId"])
    pool.remove_client(settings.id)
    return {}


async def list_user_pool_clients(state: ServiceState, request: Request) -> Reply:
    """List the clients of a pool, sorted by id."""
    pool = state.pool(request["UserPoolId"])
    # No client has registered itself.
    kept = pool.clients if request.get("ClientType", "REGULAR") == "REGULAR" else {}
    clients = (pool.clients[client_id] for client_id in sorted(kept))
    shown, more = page(state, request, "NextToken", clients, _id, "ListUserPoolClients", pool.settings.id)
    return {"UserPoolClients": [show_client_identity(pool, each) for each in shown], **more}


def _id(client: AppClientSettings) -> str:
    return client.id


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
