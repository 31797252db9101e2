"""Published attacks on what reads a token: base64url, JSON, Unicode, numbers, and the types of claims.

All these tokens have a right signature, as if the user pool were at fault.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .attacks import Attack
from .making import CLIENT_ID, ISSUER, NOW, Keys, access_claims, base64url, json_bytes

SECTION_2 = "RFC 7515 section 2 (no padding, line breaks or other characters)"
PADDING = f"{SECTION_2}; https://github.com/nov/json-jwt/issues/129"
JUNK = f"{SECTION_2}, GHSA-hxm8-2xgr-2p9m (PyJWT)"
ALPHABET = "RFC 4648 section 5; https://github.com/benmcollins/libjwt/issues/284"
TAIL = "RFC 4648 section 3.5; https://github.com/authlib/joserfc/pull/51, https://github.com/golang-jwt/jwt/issues/502"
DUPLICATE = "RFC 7515 section 4, RFC 7519 section 4; https://bishopfox.com/blog/json-interoperability-vulnerabilities"
DOTS = "CVE-2025-30204 (golang-jwt), CVE-2025-27144 (go-jose)"
NESTING = "JSONTestSuite n_structure_100000_opening_arrays.json"
UTF8 = "RFC 8725 section 3.7, RFC 8259 section 8.1"
BOM = f"{UTF8}, JSONTestSuite i_structure_UTF-8_BOM_empty_object.json"
UTF16 = f"{UTF8}, JSONTestSuite i_string_UTF-16LE_with_BOM.json"
SURROGATE = "RFC 8259 section 8.2, JSONTestSuite i_string_1st_surrogate_but_2nd_missing.json"
RAW_SURROGATE = "JSONTestSuite i_string_UTF8_surrogate_U+D800.json"
NOT_UTF8 = "JSONTestSuite i_string_invalid_utf-8.json, i_string_overlong_sequence_2_bytes.json"
JSON = "RFC 7515 section 5.2, step 3 (a valid JSON object)"
INFINITE = "https://github.com/auth0/node-jsonwebtoken/issues/500, https://github.com/apache/superset/pull/41394"
HUGE = "https://github.com/jpadilla/pyjwt/issues/1171"
DIGITS = "CVE-2020-10735"
DATE = "RFC 7519 sections 2 (NumericDate) and 4.1.4"
NOT_BEFORE = "RFC 7519 sections 2 (NumericDate) and 4.1.5"
ISSUERS = "RFC 8725 section 3.8"
AUDIENCE = "RFC 8725 section 3.9"
TYPES = "RFC 7519 section 4.1 (the types of claims)"


def _part(index: int, change: Callable[[str], str]) -> Callable[[Keys], str]:
    """Return a maker of tokens, one of whose parts is changed after it was encoded, and then signed."""

    def make(keys: Keys) -> str:
        parts = [base64url(json_bytes(keys.access.header())), base64url(json_bytes(access_claims()))]
        if index < 2:
            parts[index] = change(parts[index])
        token = keys.access.sign_parts(parts[0], encoded=parts[1])
        signed, _, signature = token.rpartition(".")
        return token if index < 2 else f"{signed}.{change(signature)}"

    return make


def _spare(part: str) -> str:
    """Return the part with a spare bit set, which decodes to the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(part) % 4 in (2, 3)
    return part[:-1] + alphabet[alphabet.index(part[-1]) + 1]


def _spare_of(index: int) -> Callable[[Keys], str]:
    """Return a maker of tokens with spare bits in one part. The JSON gets blanks until there are such bits."""

    def make(keys: Keys) -> str:
        texts = [json_bytes(keys.access.header()), json_bytes(access_claims())]
        texts[index] += b" " * (-len(texts[index]) % 3 + 1)
        parts = [base64url(text) for text in texts]
        parts[index] = _spare(parts[index])
        return keys.access.sign_parts(parts[0], encoded=parts[1])

    return make


def _payload(change: Callable[[bytes], Any]) -> Callable[[Keys], str]:
    """Return a maker of tokens with a payload that is no JSON of `json.dumps`."""
    return lambda keys: keys.access.sign(change(json_bytes(access_claims())))


def _member(json: str) -> Callable[[Keys], str]:
    """Return a maker of tokens with this JSON as one more member, the first."""
    member = json.encode("utf-8", "surrogatepass")
    plain = {"cognito:groups": None}  # so that no other claim has an escape
    return lambda keys: keys.access.sign(b"{" + member + b"," + json_bytes(access_claims(**plain))[1:])


def _number(name: str, json: str) -> Callable[[Keys], str]:
    """Return a maker of tokens in which a claim is this JSON."""
    return lambda keys: keys.access.sign(json_bytes({**access_claims(), name: "§"}).decode().replace('"\\u00a7"', json))


def _header(text: str) -> Callable[[Keys], str]:
    return lambda keys: keys.access.sign(access_claims(), text.replace("KID", keys.access.kid))


def _whole(payload: str) -> Callable[[Keys], str]:
    return lambda keys: keys.access.sign(payload)


def _between(blank: str) -> Callable[[bytes], bytes]:
    return lambda payload: blank.encode() + payload + blank.encode()


def _to(encoding: str) -> Callable[[bytes], bytes]:
    return lambda payload: payload.decode().encode(encoding)


def _claims(**changes: Any) -> Callable[[Keys], str]:
    return lambda keys: keys.access.sign(access_claims(**changes))


_PLACES = ((0, "header"), (1, "payload"), (2, "signature"))
ON_ENCODINGS = [
    *(
        Attack(f"{what} in the {place}", source, _part(index, change), "encoding")
        for index, place in _PLACES
        for what, source, change in (
            ("one =", PADDING, lambda part: part + "="),
            ("two =", PADDING, lambda part: part + "=="),
            ("four =", PADDING, lambda part: part + "===="),
            ("= in front", PADDING, lambda part: "=" + part),
            ("= inside", ALPHABET, lambda part: part[:8] + "=" + part[8:]),
            ("line end", JUNK, lambda part: part[:8] + "\n" + part[8:]),
            ("line end at the end", JUNK, lambda part: part + "\n"),
            ("blank", JUNK, lambda part: part[:8] + " " + part[8:]),
            ("NUL", JUNK, lambda part: part[:8] + "\x00" + part[8:]),
            ("NUL at the end", JUNK, lambda part: part + "\x00"),
            ("!!!!", JUNK, lambda part: part + "!!!!"),
            ("standard alphabet", ALPHABET, lambda part: part[:4] + "+/+/" + part[4:]),
            ("percent encoding", JUNK, lambda part: part.replace("e", "%65", 1) + "%65"),
            ("letter that is not ASCII", UTF8, lambda part: "\uff45" + part),
            ("one character too many", SECTION_2, lambda part: part + "A" * ((1 - len(part)) % 4)),
        )
    ),
    Attack("surrogate in the token", UTF8, lambda keys: keys.access.sign(access_claims()) + "\ud800", "encoding"),
    Attack("blank before the token", JUNK, lambda keys: " " + keys.access.sign(access_claims()), "encoding"),
    Attack("spare bit in the header", TAIL, _spare_of(0), "encoding"),
    Attack("spare bit in the payload", TAIL, _spare_of(1), "encoding"),
    Attack("spare bit in the signature", TAIL, _part(2, _spare), "encoding"),
    Attack("64 KiB of claims", DOTS, _claims(filler="x" * 48 * 1024), "size"),
    Attack("a million dots", DOTS, lambda _: "." * 1_000_000, "size"),
    Attack("60,000 dots", DOTS, lambda _: "." * 60_000, "parts"),
    Attack("a million characters", DOTS, lambda _: "A" * 1_000_000, "size"),
]

_DEEP = 12_000
ON_JSON = [
    Attack("alg twice, the last is good", DUPLICATE, _header('{"alg":"none","kid":"KID","alg":"RS256"}'), "duplicate"),
    Attack("alg twice, the first is good", DUPLICATE, _header('{"alg":"RS256","kid":"KID","alg":"none"}'), "duplicate"),
    Attack("kid twice", DUPLICATE, _header('{"kid":"other","kid":"KID","alg":"RS256"}'), "duplicate"),
    Attack("kid twice, once escaped", DUPLICATE, _header('{"k\\u0069d":"a","kid":"KID","alg":"RS256"}'), "duplicate"),
    Attack("nested in the header", DUPLICATE, _header('{"kid":"KID","alg":"RS256","x":{"a":1,"a":1}}'), "duplicate"),
    Attack("sub twice", DUPLICATE, _member('"sub":"root"'), "duplicate"),
    Attack("exp twice", DUPLICATE, _member('"exp":9999999999'), "duplicate"),
    Attack("claim twice, once escaped", DUPLICATE, _member('"us\\u0065rname":"root"'), "duplicate"),
    Attack("nested in the payload", DUPLICATE, _member('"x":{"a":1,"a":2}'), "duplicate"),
    Attack("nested in a list", DUPLICATE, _member('"x":[[{"a":1,"b":2,"a":1}]]'), "duplicate"),
    Attack("deep lists", NESTING, lambda keys: keys.access.sign("[" * _DEEP + "]" * _DEEP), "json"),
    Attack("deep lists that never end", NESTING, lambda keys: keys.access.sign("[" * _DEEP), "json"),
    Attack("deep objects", NESTING, _member('"x":' + '{"a":' * 5000 + "1" + "}" * 5000), "json"),
    Attack(
        "deep header", NESTING, _header('{"kid":"KID","alg":"RS256","x":' + "[" * _DEEP + "]" * _DEEP + "}"), "json"
    ),
    Attack("byte order mark", BOM, _payload(lambda payload: b"\xef\xbb\xbf" + payload), "json"),
    Attack("byte order mark in the header", BOM, _header('\ufeff{"kid":"KID","alg":"RS256"}'), "json"),
    *(
        Attack(encoding, UTF16, _payload(_to(encoding)), "json")
        for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
    ),
    Attack(
        "Latin-1", "JSONTestSuite i_string_iso_latin_1.json", _payload(lambda text: b'{"x":"\xe9",' + text[1:]), "json"
    ),
    Attack("bytes that are not UTF-8", NOT_UTF8, _payload(lambda text: b'{"x":"\xff",' + text[1:]), "json"),
    Attack("overlong sequence", NOT_UTF8, _payload(lambda text: b'{"x":"\xc0\xaf",' + text[1:]), "json"),
    Attack("raw surrogate", RAW_SURROGATE, _member('"x":"\ud800"'), "json"),
    Attack("raw pair of surrogates", RAW_SURROGATE, _member('"x":"\ud83d\ude00"'), "json"),
    Attack("escaped surrogate", SURROGATE, _member('"x":"\\ud800"'), "json"),
    Attack("escaped surrogates in the wrong order", SURROGATE, _member('"x":"\\ude00\\ud83d"'), "json"),
    Attack("escaped surrogate as a name", SURROGATE, _member('"\\udfaa":0'), "json"),
    Attack("escaped surrogate deep inside", SURROGATE, _member('"x":[{"a":["\\uD800"]}]'), "json"),
    Attack("escaped surrogate in the kid", SURROGATE, _header('{"kid":"\\ud800","alg":"RS256"}'), "json"),
    *(
        Attack(f"payload {text[:24]!r}", JSON, _whole(text), "json")
        for text in (
            "",
            " ",
            "null",
            "true",
            "0",
            '"text"',
            "[]",
            '[{"sub":"x"}]',
            "{",
            "}",
            "{}{}",
            "{'a':1}",
            "\x00{}",
        )
    ),
    *(
        Attack(f"header {text!r}", JSON, _header(text), "json")
        for text in (" ", "null", "[]", '"RS256"', '[{"alg":"RS256"}]', '{"alg":"RS256"', '{"alg":"RS256"}}')
    ),
    *(
        Attack(f"{blank!r} around the object", JSON, _payload(_between(blank)), "json")
        for blank in ("\xa0", "\u2003", "\u2028", "\u3000", "\x0b", "\x0c", "\x85", "\x1c", "\ufeff")
    ),
    Attack("comma at the end", JSON, _payload(lambda payload: payload[:-1] + b",}"), "json"),
    Attack("comment", JSON, _payload(lambda payload: b"/**/" + payload), "json"),
    Attack("text after the object", JSON, _payload(lambda payload: payload + b"x"), "json"),
    Attack("NUL after the object", JSON, _payload(lambda payload: payload + b"\x00"), "json"),
    Attack("control character", JSON, _member('"x":"\n"'), "json"),
    Attack("number with a plus", JSON, _member('"x":+1'), "json"),
    Attack("hexadecimal number", JSON, _member('"x":0x10'), "json"),
    Attack("number with leading zeros", JSON, _number("exp", "0099999999999"), "json"),
    *(
        Attack(f"{name} {json}", INFINITE, _number(name, json), "json")
        for name in ("exp", "nbf", "anything")
        for json in ("NaN", "Infinity", "-Infinity", "1e400", "1e309", "-1e400", "1E+400")
    ),
    Attack("nan in the header", INFINITE, _header('{"kid":"KID","alg":"RS256","x":NaN}'), "json"),
    Attack("infinity in a list", INFINITE, _member('"x":[[1e999]]'), "json"),
    *(
        Attack(f"exp in {form} digits", JSON, _number("exp", digits), "json")
        for form, digits in (
            ("Arabic", "\u0664\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660"),
            ("fullwidth", "\uff14\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff10"),
            ("mathematical", "\U0001d7d2000000000"),
        )
    ),
    Attack("5,000 digits", DIGITS, _number("exp", "9" * 5000), "json"),
    Attack("5,000 digits of any claim", DIGITS, _member('"x":-' + "9" * 5000), "json"),
    Attack("4,300 digits", DIGITS, _number("exp", "9" * 4300), "claim"),
]

# Fixed numbers, because they are a part of the names of tests.
_BAD_TIMES: list[tuple[str, str]] = [
    *((DATE, json) for json in ("4000000000.0", "4000000000.5", "4e9", "true", "false", "null", "[]", "{}", "-1")),
    *((DATE, json) for json in ('"4000000000"', '"never"', '""', "[4000000000]", "-1700000000")),
    *((HUGE, json) for json in ("99999999999999", "1" + "0" * 50, "4000000000000", "18446744073709551615", "1e300")),
]
ON_CLAIMS = [
    *(Attack(f"exp {json}", source, _number("exp", json), "claim") for source, json in _BAD_TIMES),
    *(Attack(f"nbf {json}", source + NOT_BEFORE, _number("nbf", json), "claim") for source, json in _BAD_TIMES),
    Attack("no exp", DATE, _claims(exp=None), "claim"),
    Attack("exp 0", DATE, _claims(exp=0), "expired"),
    Attack("exp now", DATE, _claims(exp=NOW), "expired"),
    Attack("expired", DATE, _claims(exp=NOW - 1), "expired"),
    Attack("not valid yet", NOT_BEFORE, _claims(nbf=NOW + 90_000), "not_yet_valid"),
    *(
        Attack(f"issuer {issuer}", ISSUERS, _claims(iss=issuer), "issuer")
        for issuer in (
            *("https://attacker.example", "", ISSUER + "/", ISSUER.upper(), ISSUER + "2", ISSUER[:-1], ISSUER + "\x00"),
            *(ISSUER.replace("https", "http"), ISSUER.replace("/eu-central-1_", "/eu-west-1_"), " " + ISSUER),
            *(ISSUER.replace("eu-central-1.", "us-east-1."), ISSUER.replace(".com/", ".com.attacker.example/")),
            *(ISSUER.replace("_Judges", "_Other1"), ISSUER.replace("//", "//x@"), ISSUER + "#", "*"),
        )
    ),
    Attack("no issuer", ISSUERS, _claims(iss=None), "claim"),
    *(
        Attack(f"client {client!r}", AUDIENCE, _claims(client_id=client), "client")
        for client in ("other", "", CLIENT_ID.upper(), CLIENT_ID + " ", CLIENT_ID[:-1], "*")
    ),
    Attack("no client", AUDIENCE, _claims(client_id=None), "claim"),
    Attack("client in aud only", AUDIENCE, _claims(client_id=None, aud=CLIENT_ID), "claim"),
    *(
        Attack(f"token_use {use!r}", "RFC 8725 section 3.12", _claims(token_use=use), "token_use", at_once=True)
        for use in ("refresh", "", "Access", "access ", "bearer", 1, True, ["access"], None)
    ),
    Attack("no sub", TYPES, _claims(sub=None), "claim"),
    *(
        Attack(f"{name} {value!r}", TYPES, _claims(**{name: value}), "claim")
        for name, value in (
            *(("iss", [ISSUER]), ("iss", 1), ("iss", True), ("iss", {ISSUER: 1})),
            *(("client_id", [CLIENT_ID]), ("client_id", 1), ("client_id", True), ("client_id", {})),
            *(("sub", 1), ("sub", []), ("username", 1), ("username", ["alice"]), ("username", False), ("jti", 1)),
            *(("scope", ["orders/read"]), ("scope", 1), ("cognito:groups", "admins"), ("cognito:groups", [1])),
            *(("cognito:groups", {"admins": 1}), ("iat", "now"), ("auth_time", 1.5), ("version", "2")),
            *(("device_key", 1), ("acr", ["high"]), ("amr", [1]), ("aud", 1), ("aud", [1]), ("origin_jti", {})),
        )
    ),
]
