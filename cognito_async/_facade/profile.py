"""What a signed-in user may ask of the service about itself, and change."""

from __future__ import annotations

from .._flows import profile
from .checks import NOT_GIVEN, NotGiven
from .signed_in import SignedIn


class ProfileCalls(SignedIn):
    """The calls of `CognitoUser` that concern attributes, password and account."""

    __slots__ = ()

    async def attributes(self, *, timeout: float | None | NotGiven = NOT_GIVEN) -> dict[str, str]:
        """Ask the service for the user's attributes, as it keeps them now: all values are text.

        An access token that has expired is renewed first.

        Raises:
            NotSignedIn, SessionExpired: sign in (again).
            NotAuthorizedException: the session was ended elsewhere.

        Source: GetUser.
        """
        return await self._with_access_token(profile.attributes, timeout)
