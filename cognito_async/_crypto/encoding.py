"""The encoding of numbers and times in Cognito's SRP."""

from __future__ import annotations

from datetime import datetime

from .._core.outside import clamp

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def pad(number: int) -> bytes:
    """Return the shortest signed two's-complement bytes of a number, never padded to the size of N."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big") if number else b"\x00"


def timestamp(at: datetime) -> str:
    """Return `EEE MMM d HH:mm:ss UTC yyyy`, in English in any locale, the day without a leading zero."""
    at = clamp(at)
    return f"{_DAYS[at.weekday()]} {_MONTHS[at.month - 1]} {at.day} {at:%H:%M:%S} UTC {at.year}"
