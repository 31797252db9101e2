"""The service, with the user pool of the environment: `uvicorn orders.main:app`."""

import os

from cognito_async import UserPool

from .app import create_app

app = create_app(
    UserPool(os.environ["COGNITO_USER_POOL_ID"], os.environ["COGNITO_CLIENT_ID"]),
    state_key=os.environ["STATE_KEY"],
)
