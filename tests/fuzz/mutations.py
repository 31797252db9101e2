"""Random changes of JSON values and texts, from a seed: wrong types, huge numbers, impossible dates, deep nesting."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

# A string that becomes raw JSON, because Python cannot write such JSON.
_RAW = "\x00raw:{}\x00"
_RAW_TEXTS = [
    *("1e999", "-1e999", "NaN", "Infinity", "-Infinity", "1" * 4000, "1" * 5000, "0." + "9" * 400, "-0"),
    *('"\\ud800"', '"\\udc00x"', '"\\u0000"', "[" * 900 + "]" * 900, "[" * 5000, '{"a":' * 900 + "1" + "}" * 900),
    *("", "{", "nul", "'x'", "01", "1.", '"\x01"', "\xa0", '{"a":1,"a":2}'),
]
_NUMBERS: list[Any] = [
    *(0, -1, 1, 0.5, -0.0, 59, 10**9, 1_700_000_000, 1_700_000_000.5, 4_000_000_000, 1_700_000_000_000),
    *(-62_135_596_800, -62_135_596_801, -62_135_596_799.5, 253_402_300_799, 253_402_300_799.9999999, 253_402_300_800),
    *(2**31, 2**63, -(2**63) - 1, 10**40, 10**400, -(10**400), 1e300, -1e300, 5e-324, 1.7976931348623157e308),
]
_STRINGS = [
    *(
        "",
        " ",
        "0",
        "1",
        "-1",
        "NaN",
        "Infinity",
        "1e999",
        "true",
        "null",
        "[]",
        "{}",
        "[1e999999]",
        "9" * 5000,
        "x" * 9000,
    ),
    *("\x00", "\n", "\r\nx: y", "😀", "é", "\u202e", "a" * 20, "alice", "2", "0a", "AA==", "ff" * 400, "-" * 20),
    *(
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-23:59",
        "2030-01-31T12:00:00",
        "1e9",
        "2030-13-45",
        "0000-00-00",
    ),
    *("SMS_MFA", "PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "NOT_YET_INVENTED", "a.b.c", "e30.e30.e30", "..", "{" * 3000),
]
_HEADERS: dict[str, list[str]] = {
    "date": [
        *(
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "Mon, 01 Jan 0001 00:00:00 +1400",
            "yesterday",
        ),
        *(
            "31 Dec 9999 23:59:59 -2359",
            "Fri, 02 Jan 2026 03:04:05 +99999999999999",
            "Fri, 02 Jan " + "9" * 5000,
            "",
            "0",
        ),
        *("Fri, 02 Jan 2026 99:99:99 GMT", "Fri, 02 Jan 1899 03:04:05 -0000", "Fri, 02 Jan 2026 03:04:05 GMT"),
    ],
    "retry-after": [
        *("0", "-1", "1", "61", "1e999", "NaN", "inf", "9" * 5000, "1_0", "Fri, 31 Dec 9999 23:59:59 GMT", "", "soon"),
        "Mon, 01 Jan 0001 00:00:00 +1400",
    ],
    "x-amzn-errortype": ["", ":", "#", "X" * 5000, "ThrottlingException", "NotAuthorizedException:", "a,b", "\xff"],
    "x-amzn-errormessage": ["", "x" * 9000, "PreSignUp failed with error x"],
    "x-amzn-requestid": ["", "x" * 5000, "\xff"],
    "content-type": ["text/html", "application/json", "", "x"],
    "age": ["0", "9" * 5000],
}
STATUSES = [200, 200, 200, 200, 201, 204, 302, 400, 400, 400, 403, 404, 429, 500, 501, 502, 503, 599]


def junk(random: Random) -> Any:
    """Return a value of any JSON type."""
    kind = random.randrange(8)
    if kind < 3:
        return random.choice(_NUMBERS)
    if kind < 5:
        return random.choice(_STRINGS)
    if kind == 5:
        return _RAW.format(random.randrange(len(_RAW_TEXTS)))
    inner = junk(random) if random.random() < 0.5 else None
    return random.choice(
        [None, True, False, [], {}, [inner], {"a": inner}, [[inner]] * 3, {"USERNAME": inner}, [None] * 50]
    )


def mutated(random: Random, value: Any) -> Any:
    """Return a copy of a JSON value with one to three changes."""
    holder = {"": copy.deepcopy(value)}
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        _change(random, holder, "")
    return holder[""]


def _change(random: Random, parent: Any, place: Any) -> None:
    value = parent[place]
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    if keys and random.random() < 0.85:
        _change(random, value, random.choice(keys))
        return
    kind = random.randrange(10)
    if kind == 0 and isinstance(value, dict):
        value[random.choice(_STRINGS)] = junk(random)
    elif kind == 1 and isinstance(parent, dict) and place != "":
        del parent[place]
        parent[random.choice([str(place).lower(), f"{place}s", "code", "__type"])] = value
    elif kind == 2 and isinstance(value, str):
        parent[place] = text(random, value)
    elif kind == 3:
        parent[place] = [value] * random.choice([1, 2, 30])
    elif kind == 4:
        parent[place] = str(value)
    else:
        parent[place] = junk(random)


def text(random: Random, value: str) -> str:
    """Return a text with a part cut out, repeated or replaced."""
    start, end = sorted(random.choices(range(len(value) + 1), k=2))
    return value[:start] + random.choice(["", value[start:end] * 2, random.choice(_STRINGS)]) + value[end:]


def encoded(random: Random, value: Any) -> bytes:
    """Return a mutated value as JSON, which is sometimes malformed."""
    written = json.dumps(mutated(random, value), ensure_ascii=random.random() < 0.5)
    for number, raw in enumerate(_RAW_TEXTS):
        for escaped in (json.dumps(_RAW.format(number)), json.dumps(_RAW.format(number), ensure_ascii=False)):
            written = written.replace(escaped, raw)
    data = written.encode("utf-8", "surrogatepass")
    if random.random() < 0.05:
        place = random.randrange(len(data) + 1)
        data = data[:place] + random.choice([b"", b"\xff", b"\x00", b"\xed\xa0\x80", data[place:] * 2])
    return data


def headers(random: Random) -> list[tuple[bytes, bytes]]:
    """Return some of the headers that a client reads, with odd values."""
    chosen = random.sample(list(_HEADERS), random.choice([0, 0, 1, 1, 2, 3]))
    return [(name.encode(), random.choice(_HEADERS[name]).encode("latin-1")) for name in chosen]
