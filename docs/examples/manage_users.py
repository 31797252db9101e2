"""Manage the users and groups of a pool, with AWS credentials."""

from cognito_async import UserPool


async def main(pool: UserPool) -> None:
    # --8<-- [start:users]
    admin = pool.admin
    await admin.create_user(
        "carol",
        attributes={"email": "carol@example.com"},
        temporary_password="F1rst-passw0rd",
    )
    await admin.set_password("carol", "An0ther-passw0rd")
    await admin.create_group("editors")
    await admin.add_to_group("carol", "editors")
    # --8<-- [end:users]

    # --8<-- [start:list]
    async for user in admin.users("email", starts_with="carol@"):
        print(user.username, user.status, user.attributes["email"])
    # --8<-- [end:list]

    # --8<-- [start:bulk]
    names = [user.username async for user in admin.members("editors")]
    bulk = await admin.bulk(admin.disable_user, at_once=20).run(names)
    for failure in bulk.failed:  # all other users are disabled now
        print(failure.item, failure.error)
    # --8<-- [end:bulk]
