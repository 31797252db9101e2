"""Routes for the users of several user pools."""

from typing import Annotated

from fastapi import Depends, FastAPI

from cognito_async import AccessClaims, TokenVerifier, UserPool
from cognito_async.integrations.fastapi import CognitoBearer

staff = UserPool("eu-central-1_AbCdEfGhI", "4example5client6id7890").verifier()
customers = UserPool("eu-central-1_JkLmNoPqR", "7example8client9id0123").verifier()
anyone = CognitoBearer(TokenVerifier.any_of(staff, customers))
staff_only = CognitoBearer(staff, scheme_name="Staff")
app = FastAPI()


@app.get("/me")
async def me(user: Annotated[AccessClaims, Depends(anyone)]) -> dict[str, str]:
    return {"pool": user.iss.rpartition("/")[2], "username": user.username}


@app.get("/reports")
async def reports(user: Annotated[AccessClaims, Depends(staff_only)]) -> str:
    return f"the reports for {user.username}"
