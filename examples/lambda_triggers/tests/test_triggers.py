"""The functions, run by a user pool. Each test makes the calls of a customer's program."""

import pytest

from cognito_async import errors
from cognito_async.challenges import CustomChallenge
from cognito_async.integrations.pytest import MakeUser
from cognito_async.local import LocalUserPool

pytestmark = pytest.mark.anyio

PASSWORD = "Passw0rd!"
EMAIL = {"email": "alice@example.com"}


async def test_allowed_domain_may_sign_up(cognito_pool: LocalUserPool) -> None:
    signed_up = await cognito_pool.user_pool().sign_up("alice", PASSWORD, attributes=EMAIL)
    assert not signed_up.user_confirmed


async def test_other_domain_is_refused(cognito_pool: LocalUserPool) -> None:
    with pytest.raises(errors.UserLambdaValidationException, match=r"address at evil\.example"):
        await cognito_pool.user_pool().sign_up("eve", PASSWORD, attributes={"email": "eve@evil.example"})


async def test_member_is_saved_after_the_confirmation(
    cognito_pool: LocalUserPool, members: list[dict[str, str]]
) -> None:
    pool = cognito_pool.user_pool()
    signed_up = await pool.sign_up("alice", PASSWORD, attributes=EMAIL)
    assert members == []
    await pool.confirm_sign_up("alice", cognito_pool.outbox[-1].code)
    assert members == [{"sub": signed_up.user_sub, **EMAIL, "plan": "free"}]


async def test_new_password_adds_no_member(
    cognito_pool: LocalUserPool, make_user: MakeUser, members: list[dict[str, str]]
) -> None:
    pool, user = cognito_pool.user_pool(), make_user()
    await pool.forgot_password(user.username)
    assert cognito_pool.outbox[-1].subject == "A new password"
    await pool.confirm_forgot_password(user.username, cognito_pool.outbox[-1].code, "An0ther-passw0rd!")
    assert members == []


async def test_welcome_has_the_code(cognito_pool: LocalUserPool) -> None:
    await cognito_pool.user_pool().sign_up("alice", PASSWORD, attributes=EMAIL)
    message = cognito_pool.outbox[-1]
    assert (message.subject, message.body) == ("Welcome to the shop", f"Your code is {message.code}.")


async def test_tokens_have_the_plan(cognito_pool: LocalUserPool, make_user: MakeUser) -> None:
    alice = make_user(attributes={"custom:plan": "gold"})
    claims = await cognito_pool.user_pool().verifier().verify(alice.access_token)
    assert claims.extra["plan"] == "gold"
    assert alice.tokens.unverified_id_claims["plan"] == "gold"


async def test_managers_may_read_reports(cognito_pool: LocalUserPool, make_user: MakeUser) -> None:
    verifier = cognito_pool.user_pool().verifier()
    manager = await verifier.verify(make_user(groups=["managers"]).access_token)
    customer = await verifier.verify(make_user().access_token)
    assert "orders/report" in manager.scopes
    assert "orders/report" not in customer.scopes


async def test_customer_of_the_old_shop_is_moved(cognito_pool: LocalUserPool) -> None:
    pool = cognito_pool.user_pool()
    with pytest.raises(errors.UserLambdaValidationException, match="Incorrect username or password"):
        await pool.sign_in("olga", "a-wr0ng-One!", flow="USER_PASSWORD_AUTH")
    moved = await pool.sign_in("olga", "0ld-passw0rd!", flow="USER_PASSWORD_AUTH")
    assert (await moved.user.attributes())["email"] == "olga@example.com"
    assert (await pool.sign_in("olga", "0ld-passw0rd!")).signed_in  # by SRP, which only the pool can check


async def test_sign_in_with_a_code(
    cognito_pool: LocalUserPool, make_user: MakeUser, mails: list[tuple[str, str]]
) -> None:
    make_user("alice", attributes=EMAIL)
    asked = (await cognito_pool.user_pool().sign_in("alice", flow="CUSTOM_AUTH")).challenge
    assert isinstance(asked, CustomChallenge)
    ((to, text),) = mails
    assert to == "alice@example.com"
    assert (await asked.answer(text.removeprefix("Your code is ").rstrip("."))).signed_in


async def test_three_wrong_codes_end_the_sign_in(
    cognito_pool: LocalUserPool, make_user: MakeUser, mails: list[tuple[str, str]]
) -> None:
    make_user("alice")
    asked = (await cognito_pool.user_pool().sign_in("alice", flow="CUSTOM_AUTH")).challenge
    for _ in range(2):
        assert isinstance(asked, CustomChallenge)
        asked = (await asked.answer("wrong")).challenge
    assert isinstance(asked, CustomChallenge)
    with pytest.raises(errors.NotAuthorizedException):
        await asked.answer("wrong")
    assert len(mails) == 1
