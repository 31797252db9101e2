"""TagResource, UntagResource and ListTagsForResource: the tags of a pool."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..wire.refusals import Refusal
from ..wire.replies import Reply
from ..wire.requests import Request
from .pool_members import arn

_MEMBER = "UserPoolTags"


async def tag_resource(state: ServiceState, request: Request) -> Reply:
    pool = _tagged(state, request)
    return _set(pool, {**_tags(pool), **request["Tags"]})


async def untag_resource(state: ServiceState, request: Request) -> Reply:
    pool = _tagged(state, request)
    return _set(pool, {name: value for name, value in _tags(pool).items() if name not in request["TagKeys"]})


async def list_tags_for_resource(state: ServiceState, request: Request) -> Reply:
    return {"Tags": _tags(_tagged(state, request))}


def _tagged(state: ServiceState, request: Request) -> Pool:
    for pool in state.pools.values():
        if arn(pool.settings) == request["ResourceArn"]:
            return pool
    raise Refusal("ResourceNotFoundException", f"{request['ResourceArn']} does not exist.")


def _tags(pool: Pool) -> dict[str, Any]:
    return dict(pool.description.members.get(_MEMBER, {}))


def _set(pool: Pool, tags: dict[str, Any]) -> Reply:
    pool.description = replace(pool.description, members={**pool.description.members, _MEMBER: tags})
    return {}
