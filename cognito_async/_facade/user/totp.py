"""The secret of an authenticator app. A signed-in user and a sign-in can both set one up."""

from __future__ import annotations

from typing import NoReturn

from ..._core import checks
from ..._core.secret import Secret
from ..._crypto.totp import otpauth_uri


class TotpSecret:
    """Base of the pending setups of an authenticator app. `repr` does not show the secret."""

    __slots__ = ("_account_name", "_secret")

    def __init__(self, secret: Secret[str], account_name: str) -> None:
        self._secret = secret
        self._account_name = account_name

    @property
    def secret(self) -> str:
        """The key in base32, for users who type it into the app instead of scanning a QR code. Do not log it."""
        return self._secret.reveal()

    def uri(self, issuer: str, account_name: str | None = None) -> str:
        """Return the `otpauth:` URI to show as a QR code. It contains the secret.

        Args:
            issuer: the name of your service, which the app shows.
            account_name: the name of the account, which the app shows; the username by default.

        Raises:
            ConfigurationError: if an argument is empty, or the issuer contains a colon.
        """
        name = self._account_name if account_name is None else checks.text(account_name, "account_name")
        return otpauth_uri(self._secret, checks.text(issuer, "issuer"), name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(<the secret is not shown>)"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} cannot be pickled, because it holds a secret")
