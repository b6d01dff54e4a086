from contextlib import suppress

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.storage._protobuf import (
    BYTES,
    FIXED32,
    FIXED64,
    VARINT,
    MalformedError,
    read_fields,
    read_varints,
    signed,
)

numbers = st.integers(0, 2**64 - 1)
fields = st.one_of(
    st.tuples(st.integers(1, 2**29 - 1), st.just(VARINT), numbers),
    st.tuples(st.integers(1, 2**29 - 1), st.just(BYTES), st.binary(max_size=300)),
    st.tuples(st.integers(1, 2**29 - 1), st.just(FIXED32), st.binary(min_size=4, max_size=4)),
    st.tuples(st.integers(1, 2**29 - 1), st.just(FIXED64), st.binary(min_size=8, max_size=8)),
)


def varint(number: int) -> bytes:
    digits = []
    while True:
        number, low = divmod(number, 128)
        digits.append(low)
        if not number:
            return bytes([d + 128 for d in digits[:-1]] + digits[-1:])


def written(number: int, kind: int, value) -> bytes:
    tag = varint(8 * number + kind)
    if kind == VARINT:
        return tag + varint(value)
    return tag + (varint(len(value)) if kind == BYTES else b"") + value


def read(data: bytes) -> list:
    return [(n, k, v if k == VARINT else bytes(v)) for n, k, v in read_fields(memoryview(data))]


@given(st.lists(fields, max_size=8))
def test_what_was_written_is_read(message):
    assert read(b"".join(written(*field) for field in message)) == message


def test_a_literal():
    """The example of the format's own description: field 1 is 150."""
    assert read(b"\x08\x96\x01") == [(1, VARINT, 150)]
    assert read(b"") == []


@given(st.lists(numbers, max_size=20))
def test_packed_numbers(values):
    packed = memoryview(b"".join(map(varint, values)))
    assert read_varints(packed, len(values)) == values
    if values:
        with pytest.raises(MalformedError):
            read_varints(packed, len(values) - 1)


@given(st.integers(-(2**63), 2**63 - 1))
def test_signs(number):
    assert signed(number % 2**64) == number
    message = onnx.TensorProto(dims=[number])
    ((_, _, value),) = read(message.SerializeToString())
    assert signed(value) == number


@given(fields, st.data())
def test_what_is_cut_off_is_refused(field, data):
    whole = written(*field)
    with pytest.raises(MalformedError):
        read(whole[: data.draw(st.integers(1, len(whole) - 1))])


@pytest.mark.parametrize(
    "data", [b"\x0b", b"\x0c", b"\x0e\x00", b"\x0f", b"\xff" * 11, b"\x08" + b"\x80" * 10 + b"\x01"]
)
def test_strange_kinds_and_numbers_without_end_are_refused(data):
    with pytest.raises(MalformedError):
        read(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_refused(data):
    with suppress(MalformedError):
        read(data)
