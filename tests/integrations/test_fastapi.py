"""`CognitoBearer` as a dependency of FastAPI: claims, scopes, groups, OpenAPI, overrides."""

# Without `from __future__ import annotations`, because FastAPI cannot resolve names of functions in strings.
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Security
from fastapi.security import SecurityScopes
from starlette.requests import HTTPConnection

from cognito_async import AccessClaims, errors
from cognito_async.integrations import starlette
from cognito_async.integrations.fastapi import CognitoBearer
from tests.integrations.bearer import SCOPE, Members, bearer_header

pytestmark = pytest.mark.anyio


def route(dependency: Any, **options: Any) -> FastAPI:
    """Return an app with one route, which says who calls."""
    app = FastAPI(**options)

    @app.get("/")
    async def me(claims: Annotated[Any, dependency]) -> dict[str, Any]:
        return {"username": None if claims is None else claims.username}

    return app


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app")


async def answer(app: FastAPI, token: str | None = None) -> httpx.Response:
    async with client_of(app) as client:
        return await client.get("/", headers={} if token is None else bearer_header(token))


async def test_route_gets_the_claims() -> None:
    members = Members()
    bearer, token = CognitoBearer(members.pool), await members.token()
    app = FastAPI()

    @app.get("/")
    async def me(claims: Annotated[AccessClaims, Depends(bearer)]) -> dict[str, Any]:
        return {"sub": claims.sub, "type": type(claims).__name__}

    response = await answer(app, token)
    assert response.json() == {"sub": (await members.pool.verifier().verify(token)).sub, "type": "AccessClaims"}


async def test_refusals_have_a_json_body_and_headers() -> None:
    members = Members()
    token = await members.token()
    app = route(Depends(CognitoBearer(members.pool, realm="orders")))
    nothing, bad = await answer(app), await answer(app, token[:-9])
    members.local.clock.advance(3600)
    expired = await answer(app, token)
    down = await answer(route(Depends(CognitoBearer(members.outage(leeway=3600)))), token)
    found = [(each.status_code, each.json(), each.headers.get("WWW-Authenticate")) for each in (nothing, bad, expired)]
    problem = 'error="invalid_token", error_description="The token has expired"'
    assert found == [
        (401, {"detail": "Not authenticated"}, 'Bearer realm="orders"'),
        (401, {"detail": "Invalid token"}, 'Bearer realm="orders", error="invalid_token"'),
        (401, {"detail": "The token has expired"}, f'Bearer realm="orders", {problem}'),
    ]
    assert down.status_code == 503 and down.json() == {"detail": "The token cannot be verified at the moment"}
    assert down.headers["Retry-After"] == "1" and "WWW-Authenticate" not in down.headers


async def test_optional_route_still_refuses_a_bad_token() -> None:
    members = Members()
    token = await members.token()
    bearer = CognitoBearer(members.pool)
    for each in (bearer.optional, CognitoBearer(members.pool, auto_error=False)):
        app = route(Depends(each))
        assert (await answer(app)).json() == {"username": None}
        assert (await answer(app, token)).json() == {"username": "alice"}
        assert (await answer(app, token[:-9])).status_code == 401


async def test_scopes_of_all_levels_are_required() -> None:
    members = Members()
    bearer = CognitoBearer(members.pool).require(scopes="orders/list")

    async def reader(claims: Annotated[AccessClaims, Security(bearer, scopes=["orders/read"])]) -> AccessClaims:
        return claims

    app = route(Security(reader, scopes=["orders/write"]))
    scopes = ["orders/list", "orders/read", "orders/write"]
    full = await members.token("alice", scope=" ".join([*scopes, SCOPE]))
    assert (await answer(app, full)).json() == {"username": "alice"}
    for number, missing in enumerate(scopes):
        held = " ".join(each for each in scopes if each != missing)
        response = await answer(app, await members.token(f"user{number}", scope=held))
        assert response.status_code == 403
        expected = f'Bearer error="insufficient_scope", scope="{" ".join(scopes)}"'
        assert response.headers["WWW-Authenticate"] == expected


async def test_route_with_two_requirements_meets_both() -> None:
    members = Members()
    bearer = CognitoBearer(members.pool)
    editors = bearer.require(groups={"editors"})
    router = APIRouter(dependencies=[Depends(editors)])

    @router.get("/")
    async def me(
        reader: Annotated[AccessClaims, Security(bearer, scopes=["a/read"])],
        strong: Annotated[AccessClaims, Depends(bearer.require(acr="urn:high"))],
    ) -> dict[str, Any]:
        return {"username": reader.username, "acr": strong.acr}

    app = FastAPI()
    app.include_router(router)
    everything: dict[str, Any] = {"cognito:groups": ["editors"], "scope": "a/read", "acr": "urn:high"}
    whole = await members.token("alice", **everything)
    assert (await answer(app, whole)).json() == {"username": "alice", "acr": "urn:high"}
    for number, (missing, status) in enumerate({"cognito:groups": 403, "scope": 403, "acr": 401}.items()):
        weaker = await members.token(f"user{number}", **{**everything, missing: None})
        assert (await answer(app, weaker)).status_code == status


async def test_openapi_has_one_scheme_for_all_views() -> None:
    bearer = CognitoBearer(Members().pool, description="An access token of Cognito")
    app = route(Depends(bearer))

    @app.get("/more")
    async def more(
        one: Annotated[Any, Depends(bearer.optional)],
        two: Annotated[Any, Depends(bearer.require(groups="editors"))],
    ) -> None: ...

    page = app.openapi()
    assert page["components"]["securitySchemes"] == {
        "CognitoBearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token of Cognito",
        }
    }
    assert page["paths"]["/"]["get"]["security"] == [{"CognitoBearer": []}]
    assert {"CognitoBearer": []} in page["paths"]["/more"]["get"]["security"]
    assert "parameters" not in page["paths"]["/more"]["get"]


async def test_openapi_shows_scopes_and_the_name_of_the_scheme() -> None:
    bearer = CognitoBearer(Members().pool, scheme_name="Staff")
    page = route(Security(bearer, scopes=["orders/read"])).openapi()
    [security] = page["paths"]["/"]["get"]["security"]
    assert security in ({"Staff": ["orders/read"]}, {"Staff": []})  # FastAPI 0.115 shows no scopes of such schemes
    assert page["components"]["securitySchemes"] == {
        "Staff": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }


async def test_test_of_an_app_overrides_its_bearer() -> None:
    bearer = CognitoBearer(Members().pool)
    app = route(Security(bearer.require(groups="editors"), scopes=[SCOPE]))
    members = Members()
    replaced = CognitoBearer(members.pool)
    app.dependency_overrides[bearer.require(groups={"editors"})] = replaced
    assert (await answer(app, await members.token())).json() == {"username": "alice"}
    assert (await answer(app, await members.token("bob", scope="other"))).status_code == 403
    claims = AccessClaims(sub="1", iss="issuer", exp=4_000_000_000, username="carol", client_id="app")
    app.dependency_overrides[bearer.require(groups="editors")] = lambda: claims
    assert (await answer(app)).json() == {"username": "carol"}


async def test_override_of_a_bearer_reaches_its_views_which_keep_their_requirements() -> None:
    bearer = CognitoBearer(Members(id="eu-central-1_Real").pool)
    members, apps = Members(), dict[str, FastAPI]()
    alice, bob = await members.token("alice"), await members.token("bob", "editors")
    for name, view in (
        ("first", bearer),
        ("groups", bearer.require(groups="editors")),
        ("optional", bearer.optional),
        ("both", bearer.optional.require(groups="editors").require(scopes=SCOPE)),
    ):
        apps[name] = route(Depends(view))
        assert (await answer(apps[name], bob)).status_code == 401, "the token of another pool"
        apps[name].dependency_overrides[bearer] = CognitoBearer(members.pool)
        assert (await answer(apps[name], bob)).json() == {"username": "bob"}
    assert [(await answer(app, alice)).status_code for app in apps.values()] == [200, 403, 200, 403]
    assert [(await answer(app)).status_code for app in apps.values()] == [401, 401, 200, 200]
    for app in apps.values():
        app.dependency_overrides = {CognitoBearer(Members().pool): CognitoBearer(members.pool)}
        assert (await answer(app, bob)).status_code == 401, "another bearer is replaced"


async def test_bearers_of_a_subclass_with_other_attributes_are_different() -> None:
    """FastAPI runs only one of equal dependencies in a request."""

    class ClaimBearer(CognitoBearer[Any]):
        def __init__(self, source: Any, claim: str) -> None:
            super().__init__(source)
            self.claim = claim

        async def __call__(self, connection: HTTPConnection, security_scopes: SecurityScopes) -> Any:  # type: ignore[override]
            claims = await super().__call__(connection, security_scopes)
            if self.claim not in claims.extra:
                raise HTTPException(403)
            return claims

    members = Members()
    verifier = members.pool.verifier()
    token = await members.token(staff=True)
    app = FastAPI(dependencies=[Depends(ClaimBearer(verifier, "staff"))])

    @app.get("/", dependencies=[Depends(ClaimBearer(verifier, "payroll"))])
    async def payroll() -> str:
        return "secret"

    assert (await answer(app, token)).status_code == 403
    assert ClaimBearer(verifier, "staff") == ClaimBearer(verifier, "staff") != ClaimBearer(verifier, "payroll")


@pytest.mark.parametrize("forgotten", ["require", "verifier"])
def test_forgotten_parentheses_are_refused_when_the_route_is_made(forgotten: str) -> None:
    pool = Members().pool
    dependency = CognitoBearer(pool).require if forgotten == "require" else pool.verifier
    with pytest.raises(Exception, match="NotGiven"):
        route(Depends(dependency))


@pytest.mark.parametrize("options", [{"scheme_name": ""}, {"scheme_name": None}, {"auto_error": "no"}])
def test_invalid_option_of_fastapi_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(errors.ConfigurationError):
        CognitoBearer(Members().pool, **options)


async def test_bearers_of_both_frameworks_are_different() -> None:
    verifier = Members().pool.verifier()
    plain, own = starlette.CognitoBearer(verifier), CognitoBearer(verifier)
    assert own != plain and plain != own
    assert own == CognitoBearer(verifier) and isinstance(own.optional, CognitoBearer)
    assert "CognitoBearer(verifier=" in repr(own)


async def test_claims_of_several_pools_are_told_apart() -> None:
    staff = Members(id="eu-central-1_Staff", client_id="staff")
    guests = Members(id="eu-central-1_Guests", client_id="guests")
    both = CognitoBearer(staff.pool.verifier().any_of(staff.pool.verifier(), guests.pool.verifier()))
    app = route(Depends(both))
    for members, name in ((staff, "alice"), (guests, "bob")):
        assert (await answer(app, await members.token(name))).json() == {"username": name}
    assert (await answer(app, await Members().token())).status_code == 401
