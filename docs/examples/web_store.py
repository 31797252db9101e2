"""Save the sessions of browsers in a store. The cookie has only a random name."""

import hashlib
import secrets

from cognito_async import Auth, MemoryStore, UserPool

# For several processes, use cognito_async.integrations.redis.RedisStore
store = MemoryStore()


def browser_auth(pool: UserPool, name: str) -> Auth:
    # Hash the name, so that readers of the store do not learn the names in the cookies
    return pool.auth(store=store, namespace=hashlib.sha256(name.encode()).hexdigest())


async def main(pool: UserPool, username: str, password: str) -> None:
    # POST /sign-in: make a new random name each time, and set it as a cookie
    # (HttpOnly, Secure, SameSite=Lax).
    name = secrets.token_urlsafe(32)
    await browser_auth(pool, name).sign_in(username, password)

    # Any request with that cookie. After errors.SessionError,
    # show the sign-in page.
    user = await browser_auth(pool, name).current_user()
    tokens = await user.session()
    print(tokens.expires_at)

    # POST /sign-out
    await browser_auth(pool, name).sign_out()
