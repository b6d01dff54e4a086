"""Reading protocol buffers without their library, which an install that only reads has not.

A message is a sequence of fields, and a field is a tag, which holds its number and its kind, and a
value. The format is that of https://protobuf.dev/programming-guides/encoding.
"""

from collections.abc import Iterator
from typing import TypeAlias

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

Value: TypeAlias = int | memoryview

_SIZES = {FIXED64: 8, FIXED32: 4}
_MAX_SHIFT = 63


class MalformedError(ValueError):
    """Bytes are not a message."""


def read_fields(message: memoryview) -> Iterator[tuple[int, int, Value]]:
    """Go through a message's fields.

    Args:
        message: its bytes.

    Returns:
        The number, the kind and the value of each: an `int` of 64 bits without a sign for `VARINT`,
        else the bytes, which are not copied.

    Raises:
        MalformedError: the bytes end within a field, or hold a kind that is out of use.
    """
    place, end = 0, len(message)
    while place < end:
        tag, place = _read_varint(message, place)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, place = _read_varint(message, place)
            yield number, kind, value
            continue
        if kind == BYTES:
            size, place = _read_varint(message, place)
        elif kind in _SIZES:
            size = _SIZES[kind]
        else:
            raise MalformedError(f"A field has the kind {kind}.")
        if size > end - place:
            raise MalformedError("A field is longer than its message.")
        yield number, kind, message[place : place + size]
        place += size


def read_varints(packed: memoryview, most: int) -> list[int]:
    """Return the whole numbers that stand one after another in the bytes of a packed field.

    Raises:
        MalformedError: the bytes end within a number, or hold more numbers than `most`.
    """
    found: list[int] = []
    place = 0
    while place < len(packed):
        if len(found) == most:
            raise MalformedError(f"A list holds over {most} numbers.")
        value, place = _read_varint(packed, place)
        found.append(value)
    return found


def signed(value: int) -> int:
    """Return what 64 bits without a sign stand for as a number with one."""
    return value - 2**64 if value >= 2**63 else value


def _read_varint(message: memoryview, place: int) -> tuple[int, int]:
    """Return a number of 7 bits a byte, the lowest first, and the place behind it."""
    value = shift = 0
    while place < len(message) and shift <= _MAX_SHIFT:
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value % 2**64, place
        shift += 7
    raise MalformedError("A number has no end.")
