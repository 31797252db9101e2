"""A scenario in which an administrator uses `pool.admin`, for tests with different servers."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from cognito_async import AdminUser, UserPool, challenges, errors
from cognito_async._flows.sign_in import SignInFlow

PASSWORD, FIRST, OTHER = "Passw0rd!", "F1rst-one!", "An0ther-one!"


async def run_admin_scenario(pool: UserPool, name: str, flow: SignInFlow, *, lacks: Collection[str] = ()) -> None:
    """Create, find, change, disable and delete users; manage groups; sign in with a temporary password.

    Args:
        name: the user's name, and the prefix of all other names.
        lacks: operations that the server does not have; the scenario skips them.
    """
    admin = pool.admin
    email = f"{name}@example.com"
    made = await admin.create_user(name, attributes={"email": email}, temporary_password=FIRST)
    assert made.username == name and made.status == "FORCE_CHANGE_PASSWORD" and made.enabled
    assert made.created is not None and made.created.tzinfo is not None
    with pytest.raises(errors.UsernameExistsException):
        await admin.create_user(name, temporary_password=FIRST)

    # The temporary password must be changed, by the same challenge as in any sign-in.
    result = await admin.sign_in(name, FIRST, flow=flow)
    assert isinstance(result.challenge, challenges.NewPasswordRequired)
    result = await result.challenge.answer(OTHER)
    assert result.signed_in and result.user.username == name
    await admin.set_password(name, PASSWORD)
    result = await admin.sign_in(name, PASSWORD, flow=flow)
    assert (await result.user.attributes())["email"] == email
    await admin.sign_out(name)

    await admin.update_attributes(name, {"email_verified": "true", "given_name": 'Al "the" \\ Cat'})
    shown = await admin.user(name)
    assert shown.attributes["email"] == email and shown.attributes["given_name"] == 'Al "the" \\ Cat'
    assert shown.status == "CONFIRMED" and shown.mfa is not None
    if "AdminDeleteUserAttributes" not in lacks:
        await admin.delete_attributes(name, ["given_name"])
        assert "given_name" not in (await admin.user(name)).attributes

    assert [user.username async for user in admin.users("username", equals=name)] == [name]
    assert [user.username async for user in admin.users("email", starts_with=email[:-4])] == [name]
    assert [user async for user in admin.users("email", equals='" or "')] == []

    await _groups(pool, name)
    await admin.disable_user(name)
    assert not (await admin.user(name)).enabled
    with pytest.raises(errors.NotAuthorizedException):
        await admin.sign_in(name, PASSWORD, flow=flow)
    await admin.enable_user(name)
    assert (await admin.sign_in(name, PASSWORD, flow=flow)).signed_in

    await _many(pool, name)
    await admin.delete_user(name)
    with pytest.raises(errors.UserNotFoundException):
        await admin.user(name)


async def _groups(pool: UserPool, name: str) -> None:
    admin = pool.admin
    red, blue = f"{name}-red", f"{name}-blue"
    made = await admin.create_group(red, description="the red ones", precedence=2)
    assert (made.name, made.description, made.precedence) == (red, "the red ones", 2)
    await admin.create_group(blue, precedence=1)
    for group in (red, blue):
        await admin.add_to_group(name, group)
    assert {group.name async for group in admin.groups_of(name)} == {blue, red}
    assert {red, blue} <= {group.name async for group in admin.groups()}
    assert [user.username async for user in admin.members(red)] == [name]
    await admin.remove_from_group(name, red)
    assert [user async for user in admin.members(red)] == []
    assert (await admin.group(red)).description == "the red ones"
    await admin.delete_group(red)
    with pytest.raises(errors.ResourceNotFoundException):
        await admin.group(red)
    await admin.delete_group(blue)


async def _many(pool: UserPool, name: str) -> None:
    admin = pool.admin
    names = [f"{name}-{number}" for number in range(7)]

    async def make(each: str) -> AdminUser:
        return await admin.create_user(each, temporary_password=FIRST)

    made = await admin.bulk(make, at_once=3).run(names)
    assert sorted(made.done) == names and not made.failed
    again = await admin.bulk(make, at_once=3).run(names[:2])
    assert not again.done and {type(failure.error) for failure in again.failed} == {errors.UsernameExistsException}
    deleted = await admin.bulk(admin.delete_user).run(names)
    assert sorted(deleted.done) == names and not deleted.failed
