"""An error that several callers raise."""

from __future__ import annotations

import copy

from ..clock import Deadline
from ..errors import CallTimeout, CognitoError


class Failure:
    """An error that several callers raise. If all raised one object, its traceback would grow with each of them."""

    def __init__(self, error: Exception) -> None:
        # A copy has no traceback, whose frames refer to this object and to the request.
        self.error = copy.copy(error) if isinstance(error, CognitoError) else error
        self._traceback = self.error.__traceback__

    def as_exception(self) -> Exception:
        """Return the error for one caller.

        This is a copy of a `CognitoError`. Other errors may not support copying, so for them this is the same object
        with its first traceback.
        """
        if isinstance(self.error, CognitoError):
            return copy.copy(self.error)
        return self.error.with_traceback(self._traceback)

    def leaves_time(self, deadline: Deadline) -> bool:
        """Return whether the work ran out of the time of the caller that did it, and this deadline has not passed."""
        return isinstance(self.error, CallTimeout) and deadline.remaining() > 0
