"""CreateUserPoolDomain, DescribeUserPoolDomain, UpdateUserPoolDomain and DeleteUserPoolDomain."""

from __future__ import annotations

from ..settings.pool import ACCOUNT
from ..state.descriptions import Domain
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..wire.refusals import invalid_parameter
from ..wire.replies import Reply
from ..wire.requests import Request
from .members import not_supported

# The local pool does not serve this name. It is the example of AWS.
_CLOUD_FRONT = "d111111abcdef8.cloudfront.net"


async def create_user_pool_domain(state: ServiceState, request: Request) -> Reply:
    pool = state.pool(request["UserPoolId"])
    domain = _read(request)
    if _owner(state, domain.name) is not None:
        raise invalid_parameter("Domain already associated with another user pool.")
    if any((each.custom is None) == (domain.custom is None) for each in pool.domains.values()):
        raise invalid_parameter("The user pool already has a domain of this kind.")
    pool.domains[domain.name] = domain
    return _endpoint(domain)


async def describe_user_pool_domain(state: ServiceState, request: Request) -> Reply:
    """Describe a domain. Like the service, return an empty description if nobody has it."""
    pool = _owner(state, request["Domain"])
    if pool is None:
        return {"DomainDescription": {}}
    domain = pool.domains[request["Domain"]]
    custom: Reply = {} if domain.custom is None else {"CustomDomainConfig": dict(domain.custom)}
    return {
        "DomainDescription": {
            "UserPoolId": pool.settings.id,
            "AWSAccountId": ACCOUNT,
            "Domain": domain.name,
            "CloudFrontDistribution": _CLOUD_FRONT,
            "Version": "1",
            "Status": "ACTIVE",
            "ManagedLoginVersion": domain.managed_login_version,
            **custom,
        }
    }


async def update_user_pool_domain(state: ServiceState, request: Request) -> Reply:
    """Set the version of the sign-in pages, and the certificate of a domain of your own."""
    pool, old = _require(state, request)
    new = _read(request)
    if (old.custom is None) != (new.custom is None):
        raise invalid_parameter("A prefix cannot become a domain of your own, nor a domain of your own a prefix.")
    pool.domains[new.name] = new
    return _endpoint(new)


async def delete_user_pool_domain(state: ServiceState, request: Request) -> Reply:
    pool, domain = _require(state, request)
    del pool.domains[domain.name]
    return {}


def _read(request: Request) -> Domain:
    if "Routing" in request:
        raise not_supported("replicas in other regions", "Routing")
    version: int = request.get("ManagedLoginVersion", 1)
    if version not in (1, 2):
        raise invalid_parameter("ManagedLoginVersion must be 1 or 2.")
    name, custom = request["Domain"], request.get("CustomDomainConfig")
    if custom is None and "." in name:
        raise invalid_parameter("A domain of your own needs a CustomDomainConfig.")
    return Domain(name, version, custom)


def _endpoint(domain: Domain) -> Reply:
    shown: Reply = {"ManagedLoginVersion": domain.managed_login_version}
    return shown if domain.custom is None else {**shown, "CloudFrontDomain": _CLOUD_FRONT}


def _require(state: ServiceState, request: Request) -> tuple[Pool, Domain]:
    pool = state.pool(request["UserPoolId"])
    domain = pool.domains.get(request["Domain"])
    if domain is None:
        raise invalid_parameter("No such domain or user pool exists.")
    return pool, domain


def _owner(state: ServiceState, name: str) -> Pool | None:
    return next((pool for pool in state.pools.values() if name in pool.domains), None)
