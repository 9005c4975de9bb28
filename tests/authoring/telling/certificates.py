"""A certificate for this machine, made when the tests run: a key on the curve P-256, and a little DER."""

from __future__ import annotations

import base64
import hashlib
import secrets
import textwrap
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
Point = tuple[int, int] | None

INTEGER, BITS, OCTETS, OBJECT, TEXT, TIME, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x06, 0x0C, 0x18, 0x30, 0x31
TRUE = bytes.fromhex("0101ff")
EC_KEY, P_256, ECDSA_SHA256 = "2a8648ce3d0201", "2a8648ce3d030107", "2a8648ce3d040302"
COMMON_NAME, KEY_IDENTIFIER, KEY_USAGE, OTHER_NAMES, CONSTRAINTS = (
    "550403 551d0e 551d0f 551d11 551d13".split()
)
SIGNS_ALL = bytes.fromhex("03020284")  # digital signatures and certificates


def make(path: Path, address: str = "127.0.0.1") -> Path:
    """Write a key and its own certificate for this address into a PEM file; it is valid from yesterday for a month."""
    secret = secrets.randbelow(ORDER - 1) + 1
    body = _body(_multiplied(secret, BASE), address)
    certificate = _der(SEQUENCE, body, _algorithm(), _der(BITS, b"\0", _signature(secret, body)))
    key = _der(SEQUENCE, _number(1), _der(OCTETS, secret.to_bytes(32)), _der(0xA0, _object(P_256)))
    path.write_text(_pem("EC PRIVATE KEY", key) + _pem("CERTIFICATE", certificate))
    return path


def _body(public: Point, address: str) -> bytes:
    assert public is not None
    now = datetime.now(UTC)
    name = _der(SEQUENCE, _der(SET, _der(SEQUENCE, _object(COMMON_NAME), _der(TEXT, b"Tests"))))
    ends = (now - timedelta(days=1), now + timedelta(days=30))
    validity = _der(SEQUENCE, *(_der(TIME, f"{end:%Y%m%d%H%M%SZ}".encode()) for end in ends))
    point = b"\x04" + public[0].to_bytes(32) + public[1].to_bytes(32)
    key = _der(SEQUENCE, _der(SEQUENCE, _object(EC_KEY), _object(P_256)), _der(BITS, b"\0", point))
    others = _der(SEQUENCE, _der(0x87, ip_address(address).packed))
    identifier = hashlib.sha256(point).digest()[:20]
    extensions = _der(
        SEQUENCE,
        _der(SEQUENCE, _object(CONSTRAINTS), TRUE, _der(OCTETS, _der(SEQUENCE, TRUE))),
        _der(SEQUENCE, _object(KEY_USAGE), TRUE, _der(OCTETS, SIGNS_ALL)),
        _der(SEQUENCE, _object(KEY_IDENTIFIER), _der(OCTETS, _der(OCTETS, identifier))),
        _der(SEQUENCE, _object(OTHER_NAMES), _der(OCTETS, others)),
    )
    version, serial = _der(0xA0, _number(2)), _number(secrets.randbits(64))
    return _der(SEQUENCE, version, serial, _algorithm(), name, validity, name, key, _der(0xA3, extensions))


def _signature(secret: int, message: bytes) -> bytes:
    digest = int.from_bytes(hashlib.sha256(message).digest())
    once = secrets.randbelow(ORDER - 1) + 1
    found = _multiplied(once, BASE)
    assert found is not None
    r = found[0] % ORDER
    return _der(SEQUENCE, _number(r), _number(pow(once, -1, ORDER) * (digest + r * secret) % ORDER))


def _multiplied(times: int, point: Point) -> Point:
    total: Point = None
    while times:
        if times & 1:
            total = _sum(total, point)
        point, times = _sum(point, point), times >> 1
    return total


def _sum(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    if one == other:
        slope = (3 * one[0] ** 2 - 3) * pow(2 * one[1], -1, FIELD)
    elif one[0] == other[0]:
        return None
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, FIELD)
    x = (slope**2 - one[0] - other[0]) % FIELD
    return x, (slope * (one[0] - x) - one[1]) % FIELD


def _der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + content


def _number(value: int) -> bytes:
    return _der(INTEGER, value.to_bytes(value.bit_length() // 8 + 1))


def _object(hexadecimal: str) -> bytes:
    return _der(OBJECT, bytes.fromhex(hexadecimal))


def _algorithm() -> bytes:
    return _der(SEQUENCE, _object(ECDSA_SHA256))


def _pem(kind: str, content: bytes) -> str:
    lines = "\n".join(textwrap.wrap(base64.b64encode(content).decode(), 64))
    return f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----\n"
