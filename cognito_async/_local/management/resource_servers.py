"""CreateResourceServer, DescribeResourceServer, UpdateResourceServer, DeleteResourceServer and ListResourceServers."""

from __future__ import annotations

from ..state.descriptions import ResourceServer
from ..state.pages import page
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..wire.refusals import Refusal, invalid_parameter
from ..wire.replies import Reply
from ..wire.requests import Request


async def create_resource_server(state: ServiceState, request: Request) -> Reply:
    pool, identifier = state.pool(request["UserPoolId"]), request["Identifier"]
    if identifier in pool.resource_servers:
        raise invalid_parameter(f"{identifier} already exists in user pool {pool.settings.id}.")
    return _set(pool, request)


async def describe_resource_server(state: ServiceState, request: Request) -> Reply:
    return {"ResourceServer": _show(*_require(state, request))}


async def update_resource_server(state: ServiceState, request: Request) -> Reply:
    """Set the name and the scopes. Without scopes in the request, the server has none."""
    pool, _ = _require(state, request)
    return _set(pool, request)


async def delete_resource_server(state: ServiceState, request: Request) -> Reply:
    pool, server = _require(state, request)
    del pool.resource_servers[server.identifier]
    return {}


async def list_resource_servers(state: ServiceState, request: Request) -> Reply:
    """List the resource servers of a pool, sorted by identifier."""
    pool = state.pool(request["UserPoolId"])
    servers = (pool.resource_servers[each] for each in sorted(pool.resource_servers))
    shown, more = page(state, request, "NextToken", servers, _identifier, "ListResourceServers", pool.settings.id)
    return {"ResourceServers": [_show(pool, each) for each in shown], **more}


def _set(pool: Pool, request: Request) -> Reply:
    scopes = {each["ScopeName"]: each["ScopeDescription"] for each in request.get("Scopes", [])}
    server = ResourceServer(request["Identifier"], request["Name"], scopes)
    pool.resource_servers[server.identifier] = server
    return {"ResourceServer": _show(pool, server)}


def _require(state: ServiceState, request: Request) -> tuple[Pool, ResourceServer]:
    pool = state.pool(request["UserPoolId"])
    server = pool.resource_servers.get(request["Identifier"])
    if server is None:
        raise Refusal("ResourceNotFoundException", f"Resource server {request['Identifier']} does not exist.")
    return pool, server


def _show(pool: Pool, server: ResourceServer) -> Reply:
    scopes = [{"ScopeName": name, "ScopeDescription": text} for name, text in server.scopes.items()]
    return {
        "UserPoolId": pool.settings.id,
        "Identifier": server.identifier,
        "Name": server.name,
        **({"Scopes": scopes} if scopes else {}),
    }


def _identifier(server: ResourceServer) -> str:
    return server.identifier
