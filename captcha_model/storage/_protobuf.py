"""Reading protocol buffers without the `onnx` package, whose import takes 120 to 240 ms.

The generated classes for ONNX graphs are in that package, and a process that reads one image would
wait for them. A message is a sequence of fields. A field is a tag, which holds its number and its
kind, and a value; see https://protobuf.dev/programming-guides/encoding.
"""

from collections.abc import Iterator
from typing import TypeAlias

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

Value: TypeAlias = int | memoryview

_SIZES = {FIXED64: 8, FIXED32: 4}
_MAX_SHIFT = 63


class MalformedError(ValueError):
    """The bytes are not a message."""


def read_fields(message: memoryview) -> Iterator[tuple[int, int, Value]]:
    """Iterate over the fields of a message.

    Args:
        message: its bytes.

    Yields:
        The number, the kind and the value of each field: an unsigned 64-bit `int` for `VARINT`,
        else the bytes, which are not copied.

    Raises:
        MalformedError: the bytes end within a field, or a field has an unknown or obsolete kind.
    """
    offset, end = 0, len(message)
    while offset < end:
        tag, offset = _read_varint(message, offset)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, offset = _read_varint(message, offset)
            yield number, kind, value
            continue
        if kind == BYTES:
            size, offset = _read_varint(message, offset)
        elif kind in _SIZES:
            size = _SIZES[kind]
        else:
            raise MalformedError(f"A field has the kind {kind}.")
        if size > end - offset:
            raise MalformedError("A field is longer than its message.")
        yield number, kind, message[offset : offset + size]
        offset += size


def read_varints(packed: memoryview, most: int) -> list[int]:
    """Return the integers in the bytes of a packed field.

    Raises:
        MalformedError: the bytes end within an integer, or hold more than `most` integers.
    """
    found: list[int] = []
    offset = 0
    while offset < len(packed):
        if len(found) == most:
            raise MalformedError(f"A list holds more than {most} numbers.")
        value, offset = _read_varint(packed, offset)
        found.append(value)
    return found


def signed(value: int) -> int:
    """Return an unsigned 64-bit integer as a signed one."""
    return value - 2**64 if value >= 2**63 else value


def _read_varint(message: memoryview, offset: int) -> tuple[int, int]:
    """Return an integer, stored in 7 bits of each byte from the lowest on, and the next offset."""
    value = shift = 0
    while offset < len(message) and shift <= _MAX_SHIFT:
        byte = message[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value % 2**64, offset
        shift += 7
    raise MalformedError("A number has no end.")
