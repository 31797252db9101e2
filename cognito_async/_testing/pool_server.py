"""The facts about a served local pool that its clients need."""

from __future__ import annotations

from .._aws.identity import Credentials
from .._local.settings.client import AppClientSettings
from .._local.settings.pool import PoolSettings


class PoolServer:
    """Use this to connect programs in other languages, and in other processes, to a served local pool.

    `local.serve()` yields it. Its `repr` shows no secret.

    Attributes:
        endpoint: the URL of the server, such as `http://127.0.0.1:40123`.
        user_pool_id, client_id: the ids of the user pool and its first app client.
    """

    def __init__(self, endpoint: str, pool: PoolSettings, client: AppClientSettings, credentials: Credentials) -> None:
        self.endpoint = endpoint
        self.user_pool_id = pool.id
        self.client_id = client.id
        self._region = pool.region
        self._client = client
        self._credentials = credentials

    @property
    def jwks_url(self) -> str:
        """The URL of the public keys that verify the pool's tokens."""
        return f"{self.endpoint}/{self.user_pool_id}/.well-known/jwks.json"

    @property
    def env(self) -> dict[str, str]:
        """The environment variables for a client: `subprocess.run(…, env={**os.environ, **server.env})`.

        AWS's SDKs and tools read those that begin with `AWS_`, and this package's command line all of them. Other
        programs can read the ids from those that begin with `COGNITO_`.
        """
        variables = {
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": self.endpoint,
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            "AWS_ACCESS_KEY_ID": self._credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self._credentials.secret_access_key,
            "COGNITO_ENDPOINT": self.endpoint,
            "COGNITO_USER_POOL_ID": self.user_pool_id,
            "COGNITO_CLIENT_ID": self.client_id,
        }
        if self._client.secret is not None:
            variables["COGNITO_CLIENT_SECRET"] = self._client.secret
        return variables

    def __repr__(self) -> str:
        return (
            f"PoolServer(endpoint={self.endpoint!r}, user_pool_id={self.user_pool_id!r}, client_id={self.client_id!r})"
        )
