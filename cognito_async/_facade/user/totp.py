"""What an authenticator app is given, shared by both ways to set one up."""

from __future__ import annotations

from ..._core import checks
from ..._core.secret import Secret
from ..._crypto.totp import otpauth_uri


class TotpSecret:
    """Base of the authenticator apps half set up; shown and dumped without the secret."""

    __slots__ = ("_account_name", "_secret")

    def __init__(self, secret: Secret[str], account_name: str) -> None:
        self._secret = secret
        self._account_name = account_name

    @property
    def secret(self) -> str:
        """The secret in base32, to be typed into the app: a secret."""
        return self._secret.reveal()

    def uri(self, issuer: str, account_name: str | None = None) -> str:
        """The `otpauth:` URI to show as a QR code; it holds the secret.

        Args:
            issuer: the name of your service, as the app will show it.
            account_name: whose code it is; the user's name if not given.

        Raises:
            ConfigurationError: when a text is empty, or the issuer has a colon.
        """
        name = self._account_name if account_name is None else checks.text(account_name, "account_name")
        return otpauth_uri(self._secret, checks.text(issuer, "issuer"), name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(<the secret is not shown>)"

    def __reduce__(self) -> str:
        raise TypeError("an authenticator app half set up is not pickled: it holds a secret")
