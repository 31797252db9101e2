"""Published attacks on the signature and the header of tokens. `attacks_on_parsers.py` has those on the parsers."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .making import Json, Keys, access_claims, base64url, hs256, id_claims, json_bytes


@dataclass(frozen=True)
class Attack:
    """One attack.

    Attributes:
        name: the kind of token.
        source: where the attack, or the rule that it breaks, is published.
        make: returns the token.
        reason: the `reason` of the error. It shows that the token is refused for the attack, not for another fault.
        at_once: whether it is refused without keys, although others with this reason are not.
    """

    name: str
    source: str
    make: Callable[[Keys], Any]
    reason: str
    at_once: bool = False

    @property
    def wants_keys(self) -> bool:
        """Return whether the token can only be refused with the keys of the pool."""
        return not self.at_once and self.reason in (
            "key",
            "signature",
            "token_use",
            "client",
            "expired",
            "not_yet_valid",
        )


AUTH0 = "https://auth0.com/blog/critical-vulnerabilities-in-json-web-token-libraries/"
SPELLINGS = "CVE-2015-9235; spellings: https://jwt-arsenal.pages.dev/knowledge-base/alg-none/"
BLANKS = "https://breachvex.com/learn/jwt-alg-none, https://rmrf.tips/en/posts/jwt-alg-none/ (blanks, NUL)"
ALGORITHM = "RFC 8725 section 3.1, RFC 7515 section 4.1.1 (case-sensitive)"
CONFUSION = f"CVE-2016-5431, CVE-2016-10555, DSA-3293, {AUTH0}"
CRIT = "RFC 7515 section 4.1.11, CVE-2025-59420 (Authlib), CVE-2026-32597 (PyJWT), CVE-2026-35042 (fast-jwt)"
B64 = "RFC 7797 sections 3 and 6"
EMBEDDED = "CVE-2018-0114 (node-jose), CVE-2026-27962 (Authlib), RFC 7515 section 4.1.3"
FETCHED = "RFC 8725 section 3.10; https://portswigger.net/kb/issues/00200905_jwt-arbitrary-x5u-header-supported"
CHAIN = "https://www.invicti.com/web-application-vulnerabilities/jwt-signature-bypass-via-unvalidated-x5c-parameter"
KID = "RFC 8725 section 3.10; https://jwt-arsenal.pages.dev/knowledge-base/kid-injection/"
KID_TYPE = "RFC 7515 section 4.1.4 (a string)"
EMPTY = "CVE-2020-28042: https://www.shielder.com/advisories/servicestack-jwt-signature-verification-bypass/"
PSYCHIC = "CVE-2022-21449, with the lengths of RSA and ES256"
LENGTH = "RFC 8017 section 8.2.2, step 1"
PARTS = "RFC 7515 section 3.1 (three parts)"
JWE = "RFC 7516 section 9; CVE-2026-29000 (pac4j-jwt)"
SERIALIZATION = "RFC 7515 section 7.2"
POLYGLOT = "CVE-2022-39227 (python-jwt), GHSA-5p8v-58qm-c7fp"
BEARER = "RFC 6750 section 2.1 (the token comes after the scheme)"
USE = "RFC 8725 section 3.12"


def _header(**members: Any) -> Callable[[Keys], str]:
    """Return a maker of tokens with this header, signed by the pool's key. A member that is `None` is left out."""

    def make(keys: Keys) -> str:
        header = {name: value for name, value in keys.access.header(**members).items() if value is not None}
        return keys.access.sign(access_claims(), header)

    return make


def _raw_header(text: str) -> Callable[[Keys], str]:
    """Return a maker of tokens with this JSON as header. `KID` becomes the id of the key."""
    return lambda keys: keys.access.sign(access_claims(), text.replace("KID", keys.access.kid))


def _unsigned(algorithm: str) -> Callable[[Keys], str]:
    def make(keys: Keys) -> str:
        header = keys.access.header(alg=algorithm)
        return f"{base64url(json_bytes(header))}.{base64url(json_bytes(access_claims()))}."

    return make


def _hmac(secret: Callable[[Keys], bytes], algorithm: str = "HS256") -> Callable[[Keys], str]:
    return lambda keys: hs256(secret(keys), access_claims(), keys.access.header(alg=algorithm))


def _pem(keys: Keys) -> bytes:
    return keys.access.public(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _der(keys: Keys) -> bytes:
    return keys.access.public(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _pkcs1(keys: Keys) -> bytes:
    return keys.access.public(Encoding.PEM, PublicFormat.PKCS1)


def _foreign(payload: Json | None = None, **members: Any) -> Callable[[Keys], str]:
    """Return a maker of tokens that another key has signed, with these members in the header."""

    def make(keys: Keys) -> str:
        given = {name: value(keys) if callable(value) else value for name, value in members.items()}
        return keys.foreign.sign(payload or access_claims(), {"kid": keys.access.kid, "alg": "RS256", **given})

    return make


def _signature(change: Callable[[Keys, bytes, bytes], bytes]) -> Callable[[Keys], str]:
    """Return a maker of tokens whose signature is `change(keys, signed, signature)`."""

    def make(keys: Keys) -> str:
        signed, _, signature = keys.access.sign(access_claims()).rpartition(".")
        padded = signature + "=" * (-len(signature) % 4)
        changed = change(keys, signed.encode(), base64.urlsafe_b64decode(padded))
        return f"{signed}.{base64url(changed)}"

    return make


def _constant(value: object) -> Callable[[Keys], Any]:
    return lambda _: value


def _text(change: Callable[[str], Any]) -> Callable[[Keys], Any]:
    """Return a maker that changes the text of a good token."""
    return lambda keys: change(keys.access.sign(access_claims()))


def _polyglot(keys: Keys) -> str:
    header, payload, signature = keys.access.sign(access_claims()).split(".")
    forged = base64url(json_bytes(access_claims(username="root")))
    return f'{{"  {header}.{forged}.":"","protected":"{header}","payload":"{payload}","signature":"{signature}"}}'


def _serialized(keys: Keys) -> str:
    header, payload, signature = keys.access.sign(access_claims()).split(".")
    return f'{{"payload":"{payload}","protected":"{header}","signature":"{signature}"}}'


def _with_other_padding(keys: Keys, signed: bytes, _: bytes) -> bytes:
    return keys.access.private.sign(signed, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


def _plus_modulus(keys: Keys, _: bytes, signature: bytes) -> bytes:
    n = keys.access.private.public_key().public_numbers().n
    return (int.from_bytes(signature) + n).to_bytes(len(signature) + 1)


ON_HEADERS = [
    *(
        Attack(f"unsigned {algorithm}", source, _unsigned(algorithm), "algorithm")
        for source, algorithms in (
            (SPELLINGS, ("none", "None", "NONE", "nOnE", "noNe", "nonE")),
            (BLANKS, (" none", "none ", "none\t", "\nnone", "none\x00", "\u2000none", "")),
        )
        for algorithm in algorithms
    ),
    Attack("none, signed all the same", SPELLINGS, _header(alg="none"), "algorithm"),
    *(
        Attack(f"algorithm {algorithm!r}", ALGORITHM, _header(alg=algorithm), "algorithm")
        for algorithm in (
            *(
                "rs256",
                "Rs256",
                "RS256 ",
                " RS256",
                "RS256\x00",
                "\uff32\uff33\uff12\uff15\uff16",
                "RS\uff1256",
                "\u042fS256",
            ),
            *("RS384", "RS512", "PS256", "ES256", "EdDSA", "HS256", "RS1", "RSA1_5", "dir"),
            *(256, True, ["RS256"], {"RS256": 1}, None),
        )
    ),
    Attack("HMAC with the public key in PEM", CONFUSION, _hmac(_pem), "algorithm"),
    Attack(
        "HMAC with the PEM without its last line end", CONFUSION, _hmac(lambda keys: _pem(keys).strip()), "algorithm"
    ),
    Attack("HMAC with a blank before the PEM", "CVE-2026-34950", _hmac(lambda keys: b" " + _pem(keys)), "algorithm"),
    Attack("HMAC with the public key in DER", CONFUSION, _hmac(_der), "algorithm"),
    Attack("HMAC with the PEM of PKCS #1", CONFUSION, _hmac(_pkcs1), "algorithm"),
    Attack("HMAC with the modulus", CONFUSION, _hmac(lambda keys: keys.access.jwk["n"].encode()), "algorithm"),
    Attack("HMAC with the JWK", "CVE-2026-48526", _hmac(lambda keys: json_bytes(keys.access.jwk)), "algorithm"),
    Attack("HMAC with the key set", CONFUSION, _hmac(lambda keys: json_bytes(keys.jwks)), "algorithm"),
    Attack("HMAC with an empty secret", "CVE-2019-20933, CVE-2020-28637", _hmac(lambda _: b""), "algorithm"),
    Attack("HMAC that calls itself RS256", CONFUSION, _hmac(_pem, "RS256"), "signature"),
    *(
        Attack(f"crit {crit!r}", CRIT, _header(crit=crit, bork=1, cnf={}, exp=0), "crit")
        for crit in (["bork"], ["cnf"], ["bork", "cnf"], ["absent"], [], ["alg"], ["kid", "kid"], ["exp"])
    ),
    *(
        Attack(f"crit {crit!r}", CRIT, _header(crit=crit), "crit")
        for crit in ("exp", "", 0, 1, True, False, {}, {"exp": 1}, [None], [["exp"]])
    ),
    Attack("crit null", CRIT, _raw_header('{"kid":"KID","alg":"RS256","crit":null}'), "crit"),
    Attack("b64 false and critical", B64, _header(b64=False, crit=["b64"]), "crit"),
    Attack("b64 true and critical", B64, _header(b64=True, crit=["b64"]), "crit"),
    *(Attack(f"b64 {b64!r} alone", B64, _header(b64=b64), "crit") for b64 in (False, True, "false", 0)),
    Attack(
        "payload that is not encoded",
        B64,
        lambda keys: keys.access.sign_parts(
            base64url(json_bytes(keys.access.header(b64=False, crit=["b64"]))), encoded='{"sub":"root"}'
        ),
        "encoding",
    ),
    Attack("other key embedded", EMBEDDED, _foreign(jwk=lambda keys: keys.foreign.jwk), "signature"),
    Attack(
        "other key embedded, with its own id",
        EMBEDDED,
        lambda keys: keys.foreign.sign(access_claims(), keys.foreign.header(jwk=keys.foreign.jwk)),
        "key",
    ),
    Attack("other key set embedded", EMBEDDED, _foreign(jwks=lambda keys: {"keys": [keys.foreign.jwk]}), "signature"),
    Attack("jku", FETCHED, _foreign(jku="https://attacker.example/jwks.json"), "signature"),
    Attack("jku with its own id", FETCHED, _foreign(jku="https://attacker.example/jwks.json", kid="foreign="), "key"),
    Attack("jku to instance metadata", FETCHED, _foreign(jku="http://169.254.169.254/latest/"), "signature"),
    Attack("x5u", FETCHED, _foreign(x5u="https://attacker.example/chain.pem"), "signature"),
    Attack("x5c", CHAIN, _foreign(x5c=lambda keys: [base64.b64encode(_der(keys)).decode()]), "signature"),
    Attack("x5t", CHAIN, _foreign(x5t="AAAA", **{"x5t#S256": "AAAA"}), "signature"),
    Attack("other key under a known id", "RFC 8725 section 3.3", _foreign(), "signature"),
    *(
        Attack(f"kid {kid[:40]!r}", KID, _foreign(kid=kid), "key")
        for kid in (
            *(
                "../../../../dev/null",
                "/proc/sys/kernel/randomize_va_space",
                "C:\\Windows\\win.ini",
                "file:///dev/null",
            ),
            *("x' UNION SELECT 'secret'--", "1' OR '1'='1", "'; DROP TABLE keys--", "$(id)", "|id", "*)(uid=*"),
            *("https://attacker.example/key", " ", "\x00", "0", "null", "foreign=", "k" * 20_000, "😀"),
        )
    ),
    Attack("kid in other case", KID_TYPE, lambda keys: _foreign(kid=keys.access.kid.upper())(keys), "key"),
    Attack("kid with a blank", KID_TYPE, lambda keys: _foreign(kid=keys.access.kid + " ")(keys), "key"),
    Attack("kid of the other key", USE, lambda keys: _header(kid=keys.id.kid)(keys), "signature"),
    *(
        Attack(f"kid {kid!r}", KID_TYPE, _header(kid=kid), "header")
        for kid in ("", 0, 1, True, False, 1.5, [], ["k"], {}, {"kid": "k"})
    ),
    Attack("kid null", KID_TYPE, _raw_header('{"kid":null,"alg":"RS256"}'), "header"),
    Attack("no kid", KID_TYPE, _header(kid=None), "header"),
    Attack("no alg", ALGORITHM, _raw_header('{"kid":"KID"}'), "algorithm"),
    Attack("empty header", ALGORITHM, _raw_header("{}"), "algorithm"),
    Attack("ID token where an access token is wanted", USE, lambda keys: keys.id.sign(id_claims()), "token_use"),
    Attack("ID token signed by the key of access tokens", USE, lambda keys: keys.access.sign(id_claims()), "token_use"),
]

ON_SIGNATURES = [
    Attack("empty signature", EMPTY, _signature(lambda *_: b""), "signature"),
    Attack("zeros as long as the signature", PSYCHIC, _signature(lambda *_: bytes(256)), "signature"),
    Attack("zeros as long as that of ES256", PSYCHIC, _signature(lambda *_: bytes(64)), "signature"),
    Attack("zeros in the DER of ECDSA", PSYCHIC, _signature(lambda *_: bytes.fromhex("3006020100020100")), "signature"),
    Attack("one as signature", PSYCHIC, _signature(lambda *_: bytes(255) + b"\x01"), "signature"),
    Attack("first byte only", LENGTH, _signature(lambda *found: found[2][:1]), "signature"),
    Attack("last byte missing", LENGTH, _signature(lambda *found: found[2][:-1]), "signature"),
    Attack("first byte missing", LENGTH, _signature(lambda *found: found[2][1:]), "signature"),
    Attack("zero in front", LENGTH, _signature(lambda *found: b"\x00" + found[2]), "signature"),
    Attack("zero at the end", LENGTH, _signature(lambda *found: found[2] + b"\x00"), "signature"),
    Attack("modulus added", LENGTH, _signature(_plus_modulus), "signature"),
    Attack("twice", LENGTH, _signature(lambda *found: found[2] * 2), "signature"),
    Attack("reversed", LENGTH, _signature(lambda *found: found[2][::-1]), "signature"),
    Attack("PSS under the name RS256", ALGORITHM, _signature(_with_other_padding), "signature"),
    Attack(
        "signature of the payload only",
        "RFC 7515 section 5.1, step 5",
        _signature(lambda keys, signed, _: keys.access.signature(signed.split(b".")[1])),
        "signature",
    ),
    Attack(
        "signature of another token",
        "RFC 8725 section 3.3",
        _signature(lambda keys, *_: keys.access.signature(b"x.y")),
        "signature",
    ),
    Attack(
        "changed payload",
        "RFC 8725 section 3.3",
        lambda keys: ".".join(
            (
                keys.access.sign(access_claims()).split(".")[0],
                *keys.foreign.sign(access_claims(username="root")).split(".")[1:],
            )
        ),
        "signature",
    ),
    Attack("no token", PARTS, lambda _: "", "parts"),
    Attack("two dots", PARTS, lambda _: "..", "json"),
    Attack("one part", PARTS, _text(lambda token: token.split(".")[0]), "parts"),
    Attack("two parts", PARTS, _text(lambda token: token.rpartition(".")[0]), "parts"),
    Attack("dot at the end", PARTS, _text(lambda token: token + "."), "parts"),
    Attack("dot at the start", PARTS, _text(lambda token: "." + token), "parts"),
    Attack("four parts", PARTS, _text(lambda token: token + ".e30"), "parts"),
    Attack("five parts of a JWE", JWE, _text(lambda token: f"{token}.AAAA.AAAA"), "parts"),
    Attack("header of a JWE in three parts", JWE, _header(alg="RSA-OAEP", enc="A128GCM"), "algorithm"),
    Attack("JSON serialization", SERIALIZATION, _serialized, "parts"),
    Attack("both serializations in one", POLYGLOT, _polyglot, "encoding"),
    Attack("Bearer", BEARER, _text(lambda token: "Bearer " + token), "encoding"),
    Attack("bearer with %20", BEARER, _text(lambda token: "bearer%20" + token), "encoding"),
    Attack("quoted", BEARER, _text(lambda token: f'"{token}"'), "encoding"),
    *(
        Attack(f"a {type(value).__name__}", "RFC 7519 section 1 (a string)", _constant(value), "type")
        for value in (None, 5, 1.5, True, [], {}, object(), ("a", "b", "c"))
    ),
    Attack("bytes", "RFC 7519 section 1 (a string)", _text(str.encode), "type"),
    Attack("a subclass of str", "RFC 7519 section 1 (a string)", _text(type("Text", (str,), {})), "type"),
]
