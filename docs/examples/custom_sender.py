"""Send the mails of a user pool with a Lambda function, and test it on a local pool."""

# --8<-- [start:handler]
from typing import Any

from cognito_async.triggers import CustomEmailSender


def handler(event: dict[str, Any], context: Any, kms: Any = None) -> None:
    mail = CustomEmailSender.parse(event)
    address = mail.request.user_attributes["email"]
    send_mail(address, f"Your code is {mail.decrypt_code(kms=kms)}.")


# --8<-- [end:handler]

sent: dict[str, str] = {}


def send_mail(address: str, text: str) -> None:
    sent[address] = text


# --8<-- [start:test]
from cognito_async.local import LocalUserPool, PoolSettings, Triggers


async def main() -> None:
    def sender(event: dict[str, Any], context: Any) -> None:
        handler(event, context, kms=local.kms)

    triggers = Triggers.from_lambda(custom_email_sender=sender)
    async with LocalUserPool(PoolSettings(triggers=triggers)) as local:
        await local.user_pool().sign_up(
            "alice", "Passw0rd!", attributes={"email": "alice@example.com"}
        )
        code = local.outbox[-1].code
        assert sent == {"alice@example.com": f"Your code is {code}."}
        # --8<-- [end:test]
