import anyio

from cognito_async.local import LocalUserPool


async def main() -> None:
    local = LocalUserPool()  # a user pool in memory
    auth = local.auth()  # on AWS: Auth("eu-central-1_AbCdEfGhI", "4example5client6id7890")
    await auth.sign_up("alice", "Passw0rd!", attributes={"email": "alice@example.com"})
    await auth.confirm_sign_up("alice", local.outbox[-1].code)  # on AWS: the code from the e-mail
    result = await auth.sign_in("alice", "Passw0rd!")
    print(result.user.username, await result.user.attributes())
    await auth.sign_out(global_=True)


anyio.run(main)
