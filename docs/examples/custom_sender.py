"""Send the mails of a user pool with a Lambda function, and test it on a local pool."""

from typing import Any

from cognito_async.local import LocalUserPool, PoolSettings, Triggers

# [start:handler]
from cognito_async.triggers import CustomEmailSender


def handler(event: dict[str, Any], context: Any, kms: Any = None) -> None:
    mail = CustomEmailSender.parse(event)
    address = mail.request.user_attributes["email"]
    send_mail(address, f"Your code is {mail.decrypt_code(kms=kms)}.")
    # [end:handler]


sent: dict[str, str] = {}


def send_mail(address: str, text: str) -> None:
    sent[address] = text


# [start:test]
async def main() -> None:
    def sender(event: dict[str, Any], context: Any) -> None:
        handler(event, context, kms=local.kms)

    triggers = Triggers.from_lambda(custom_email_sender=sender)
    async with LocalUserPool(PoolSettings(triggers=triggers)) as local:
        attributes = {"email": "alice@example.com"}
        await local.user_pool().sign_up("alice", "Passw0rd!", attributes=attributes)
        code = local.outbox[-1].code
        assert sent == {"alice@example.com": f"Your code is {code}."}
        # [end:test]
