"""Good tokens and changes of them, for tests in which our verifier and those of others must agree.

A token is signed after its header and its claims were changed, as if the user pool were at fault. Otherwise each change
would only make the signature wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from .making import (
    CLIENT_ID,
    ISSUER,
    NOW,
    UPDATED_ISSUER,
    Keys,
    access_claims,
    base64url,
    hs256,
    id_claims,
    json_bytes,
    machine_claims,
)

Use = Literal["access", "id"]
Step = Literal["header", "claims", "header json", "json", "header part", "part", "signature", "signature part", "token"]
KINDS: dict[str, tuple[Use, Callable[[], dict[str, Any]]]] = {
    "access": ("access", access_claims),
    "machine": ("access", machine_claims),
    "id": ("id", id_claims),
}


@dataclass(frozen=True)
class Mutation:
    """A change of a token, in one of the steps in which it is made. `change` takes and returns what the step makes."""

    name: str
    step: Step
    change: Callable[[Any], Any]


@dataclass(frozen=True)
class Made:
    """A token, its use, and the names of its changes."""

    token: str
    use: Use
    mutations: tuple[str, ...]


def make(keys: Keys, kind: str, mutations: Iterable[Mutation] = ()) -> Made:
    """Return a token with these changes."""
    use, claims = KINDS[kind]
    chosen = tuple(mutations)
    key = keys.id if use == "id" else keys.access

    def changed(step: Step, value: Any) -> Any:
        for mutation in chosen:
            if mutation.step == step:
                value = mutation.change(value)
        return value

    header = changed("header json", json_bytes(changed("header", key.header())))
    payload = changed("json", json_bytes(changed("claims", claims())))
    signed = f"{changed('header part', base64url(header))}.{changed('part', base64url(payload))}"
    signature = changed("signature", key.signature(signed.encode("utf-8", "surrogatepass")))
    token = f"{signed}.{changed('signature part', base64url(signature))}"
    return Made(changed("token", token), use, tuple(mutation.name for mutation in chosen))


def without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda members: {each: value for each, value in members.items() if each != name}


def having(**members: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda given: {**given, **members}


def claim(name: str, value: Any) -> Mutation:
    return Mutation(f"{name} {json.dumps(value)[:40]}", "claims", having(**{name: value}))


def header(name: str, value: Any) -> Mutation:
    return Mutation(f"header {name} {json.dumps(value)[:40]}", "header", having(**{name: value}))


def first_member(text: str, step: Step = "json") -> Mutation:
    """Return a change that inserts the text of a member, which need not be JSON."""
    return Mutation(f"{step} with {text[:40]!r}", step, lambda data: b"{" + text.encode() + b"," + data[1:])


def _flipped(index: int, bit: int) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        at = index % max(1, len(data))
        return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :] if data else data

    return change


def flipped_bit(index: int, bit: int) -> Mutation:
    return Mutation(f"bit {bit} of byte {index} of the signature", "signature", _flipped(index, bit))


def inserted(step: Step, index: int, text: str) -> Mutation:
    def change(part: str) -> str:
        at = index % (len(part) + 1)
        return part[:at] + text + part[at:]

    return Mutation(f"{text!r} in the {step}", step, change)


def _spare_bit(part: str) -> str:
    """Set the lowest bit of the last character, which is spare unless the length is a multiple of four."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    is_spare = len(part) % 4 in (2, 3) and part[-1] in alphabet
    return part[:-1] + alphabet[alphabet.index(part[-1]) | 1] if is_spare else part


def _between(blank: str) -> Callable[[bytes], bytes]:
    return lambda data: blank.encode() + data + blank.encode()


def _encoded(encoding: str) -> Callable[[bytes], bytes]:
    return lambda data: data.decode("utf-8", "replace").encode(encoding)


def _with_dot(token: str) -> str:
    return token + "."


def _as_hs256(token: str) -> str:
    return hs256(b"secret", access_claims(), {"alg": "HS256", "kid": "foreign="})


_TIMES: list[Any] = [
    None,
    True,
    False,
    1.5,
    -1,
    0,
    "",
    "never",
    [],
    {},
    NOW - 5000,
    NOW + 100_000,
    NOW + 100_000.0,
    str(NOW + 100_000),
]
_TIMES += [
    NOW - 5000.5,
    str(NOW - 5000),
    (NOW + 100_000) * 1000,
    10**20,
    10**50,
    -(10**20),
    -0.0,
    f"{NOW + 100_000}.5",
    [NOW + 100_000],
]
_OF_CLAIMS: dict[str, list[Any]] = {
    **dict.fromkeys(("exp", "nbf", "iat", "auth_time"), _TIMES),
    "iss": [
        None,
        "",
        "x",
        ISSUER,
        UPDATED_ISSUER,
        ISSUER + "/",
        ISSUER.upper(),
        "https://attacker.example",
        [ISSUER],
        1,
    ],
    "token_use": [None, "access", "id", "Access", "refresh", 1, ["access"]],
    "client_id": [None, "", CLIENT_ID, "other", [CLIENT_ID], 1, True],
    "aud": [None, "", CLIENT_ID, "other", "https://api.example", [CLIENT_ID], ["other", CLIENT_ID], [], [1], 1, {}],
    "sub": [None, "", "x", 1, [], True],
    "username": [None, "", "bob", 1, ["bob"], False],
    "cognito:username": [None, "", "bob", 1, ["bob"]],
    "cognito:groups": [None, [], ["a"], "a", [1], {"a": 1}],
    "cognito:roles": [None, [], ["arn"], "arn", [1]],
    "scope": [None, "", "a", "a  b", ["a"], 1],
    "jti": [None, "", "x", 1, ["x"]],
    "email_verified": [None, True, False, "true", "false", "yes", 1],
    "email": [None, "", "a@example.com", 1],
    "identities": [None, [], [{}], [1], "x"],
    "address": [None, "x", {"formatted": "x"}, 1],
    "version": [None, 1, 2, "2", 2.0],
    "amr": [None, "pwd", ["pwd"], [1], 1],
    "acr": [None, "high", 1],
    "nonce": [None, "n", 1],
    "at_hash": [None, "x", 1],
    "custom:tenant": [None, "x", 1, [], {}, True, {"a": [1.5, None]}],
    "azp": [CLIENT_ID, "other", 1],
}
_OF_HEADER: dict[str, list[Any]] = {
    "alg": ["none", "None", "HS256", "rs256", "RS384", "RS512", "PS256", "ES256", "EdDSA", "", 1, None, ["RS256"]],
    "kid": ["", "unknown", "../../dev/null", 1, None, ["k"], {}, True, 0],
    "crit": [[], ["exp"], ["b64"], ["bork"], ["alg"], ["kid"], "exp", None, {}, 0],
    "b64": [True, False, None, "false"],
    "typ": ["JWT", "at+jwt", "JOSE", 1, None],
    "cty": ["JWT", 1],
    "jwk": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}, 1],
    "jku": ["https://attacker.example/jwks.json", 1],
    "x5u": ["https://attacker.example/chain.pem", 1],
    "x5c": [["AAAA"], 1],
    "x5t": ["AAAA", 1],
    "custom": ["x", 1, None, [], {"a": 1}],
}
_MEMBERS = [
    *('"sub":"root"', '"exp":9999999999', '"x":{"a":1,"a":2}', '"x":[{"a":1,"a":1}]', '"us\\u0065rname":"root"'),
    *('"x":NaN', '"x":Infinity', '"x":[-Infinity]', '"x":1e400', '"x":-1e999', '"nbf":1e400', '"nbf":NaN', '"nbf":1e3'),
    *('"x":"\\ud800"', '"x":"\\udc00\\ud800"', '"\\ud83d":1', '"x":"\\ud83d\\ude00"', '"x":"\\u0000"', '"x":"\\/"'),
    *(
        '"x":0x10',
        '"x":+1',
        '"x":01',
        '"x":1.',
        '"x":.5',
        '"x":-0',
        '"x":1.0e-3',
        "'x':1",
        "x:1",
        '"x":"\t"',
        "\"x\":'y'",
    ),
    *('"x":' + "[" * 400 + "]" * 400, '"x":' + "[" * 95 + "]" * 95, '"x":' + "9" * 4000, '"x":' + "9" * 5000),
    *(
        '"x":1,',
        '"x":/**/1',
        '"x":undefined',
        '"x":True',
        '"x":None',
        '"__proto__":{"sub":"root"}',
        '"x":٤',
        '"x":"' + "y" * 9000 + '"',
    ),
]
_IN_PARTS = ["=", "==", "\n", " ", "\x00", "+", "/", "!", "-", "A", "%20", "é", "."]
MUTATIONS = [
    *(claim(name, value) for name, values in _OF_CLAIMS.items() for value in values),
    *(Mutation(f"no {name}", "claims", without(name)) for name in _OF_CLAIMS),
    *(header(name, value) for name, values in _OF_HEADER.items() for value in values),
    *(Mutation(f"no header {name}", "header", without(name)) for name in ("alg", "kid")),
    *(first_member(text) for text in _MEMBERS),
    *(first_member(text, "header json") for text in ('"kid":"x"', '"alg":"none"', '"x":{"a":1,"a":1}', '"x":NaN')),
    *(first_member(text, "header json") for text in ('"x":"\\ud800"', '"x":1e400', '"x":' + "9" * 5000, '"x":[[[]]]')),
    *(Mutation(f"blanks in the {step}", step, lambda data: b" \n" + data + b"\t ") for step in ("json", "header json")),
    *(
        Mutation(f"{blank!r} around the {step}", step, _between(blank))
        for blank in ("\xa0", "\u2003", "\x0c")
        for step in ("json", "header json")
    ),
    *(Mutation(f"BOM in the {step}", step, lambda data: b"\xef\xbb\xbf" + data) for step in ("json", "header json")),
    *(Mutation(f"NUL after the {step}", step, lambda data: data + b"\x00") for step in ("json", "header json")),
    *(Mutation(f"list as {step}", step, lambda data: b"[" + data + b"]") for step in ("json", "header json")),
    Mutation("UTF-16", "json", _encoded("utf-16")),
    Mutation("UTF-16 without BOM", "json", _encoded("utf-16-le")),
    Mutation("UTF-32", "json", _encoded("utf-32-be")),
    Mutation("Latin-1", "json", lambda data: b'{"x":"\xe9",' + data[1:]),
    Mutation("raw surrogate", "json", lambda data: b'{"x":"\xed\xa0\x80",' + data[1:]),
    Mutation("two objects", "json", lambda data: data + b"{}"),
    Mutation("cut JSON", "json", lambda data: data[:-1]),
    Mutation("no claims", "json", lambda _: b"{}"),
    Mutation("70,000 characters", "claims", having(x="x" * 70_000)),
    *(
        inserted(step, index, text)
        for step in ("header part", "part", "signature part", "token")
        for index in (0, 8, -1)
        for text in _IN_PARTS
    ),
    *(Mutation(f"spare bit in the {step}", step, _spare_bit) for step in ("header part", "part", "signature part")),
    Mutation("blank at the end of the JSON", "json", lambda data: data + b" " * (1 + -len(data) % 3)),
    flipped_bit(0, 7),
    flipped_bit(255, 0),
    Mutation("empty signature", "signature", lambda _: b""),
    Mutation("zeros as signature", "signature", lambda data: bytes(len(data))),
    Mutation("zero before the signature", "signature", lambda data: b"\x00" + data),
    Mutation("zero after the signature", "signature", lambda data: data + b"\x00"),
    Mutation("cut signature", "signature", lambda data: data[:-1]),
    Mutation("two parts", "token", lambda token: token.rpartition(".")[0]),
    Mutation("dot at the end", "token", _with_dot),
    Mutation("five parts", "token", lambda token: token + ".AAAA.AAAA"),
    Mutation("Bearer", "token", lambda token: "Bearer " + token),
    Mutation("HS256", "token", _as_hs256),
    Mutation("empty", "token", lambda _: ""),
]
