"""What an ONNX graph may hold, checked before any runtime opens it.

A graph is data, but an untrusted one can do harm: it may refer to other files, use operators that a
program has registered, or hold a loop without a bound, a tensor with a wrong size, or numbers that
are NaN or infinite. So only graphs of the kind that `captcha_model.export` writes are accepted:
with ONNX's own operators and one of ONNX Runtime's. The graph is read by our own small reader,
because the import of `onnx` would take 120 to 240 ms of every start. The numbers of the fields are
those of
https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from captcha_model.config import MAX_STEPS
from captcha_model.errors import ModelFolderError
from captcha_model.networks.base import CONTRIBUTED, LSTM_8_BIT
from captcha_model.storage._protobuf import (
    BYTES,
    FIXED32,
    FIXED64,
    VARINT,
    MalformedError,
    Value,
    read_fields,
    read_varints,
    signed,
)

# The known fields of each kind of message, with the kinds that their values may have.
_NUMBER, _BYTES, _NUMBERS = (VARINT,), (BYTES,), (VARINT, BYTES)
_MODEL = {1: _NUMBER, 5: _NUMBER, **dict.fromkeys((2, 3, 4, 6, 7, 8, 14), _BYTES)}
_GRAPH = dict.fromkeys((1, 2, 5, 10, 11, 12, 13), _BYTES)
_NODE = dict.fromkeys((1, 2, 3, 4, 5, 6, 7), _BYTES)
_ATTRIBUTE = {
    **dict.fromkeys((1, 4, 5, 6, 9, 13), _BYTES),
    **{2: (FIXED32,), 3: _NUMBER, 7: (FIXED32, BYTES), 8: _NUMBERS, 20: _NUMBER},
}
_TENSOR = {
    **dict.fromkeys((8, 9, 12, 13), _BYTES),
    **{1: _NUMBERS, 2: _NUMBER, 5: _NUMBERS, 7: _NUMBERS, 14: _NUMBER},
    **{4: (FIXED32, BYTES), 10: (FIXED64, BYTES)},
}
_NAMED = {1: _BYTES, 2: _BYTES, 3: _BYTES}  # The inputs and outputs of a graph.

# The format of a number in `raw_data`, and the field for other numbers, by the type of the tensor.
_TYPES = {
    **{1: ("<f4", 4), 2: ("u1", 5), 3: ("i1", 5), 6: ("<i4", 5)},
    **{7: ("<i8", 7), 9: ("?", 5), 11: ("<f8", 10)},
}
_FLOATS = ("<f4", "<f8")
_DOMAINS = (b"", b"ai.onnx")
_CONTRIBUTED = (CONTRIBUTED.encode(), LSTM_8_BIT.encode())
_LOOP = b"Loop"
_MAX_RANK = 8
# For one field of a message. Our graphs have hundreds of operators and short lists of numbers.
_MAX_VALUES = 2**16

Fields = Mapping[int, list[Value]]


def check_graph(data: bytes) -> None:
    """Check that an ONNX graph is of the kind that this package writes.

    Args:
        data: the bytes of the file.

    Raises:
        ModelFolderError: it is damaged, refers to other files, holds something that our graphs
            never do, or a number that is NaN or infinite.
    """
    try:
        model = _parse(memoryview(data), _MODEL, "model")
        _check_graph(_only(model, 7), within_loop=False)
    except MalformedError as error:
        raise ModelFolderError("The ONNX graph is damaged.", code="WEIGHTS_INVALID") from error


def _check_graph(message: memoryview, *, within_loop: bool) -> set[bytes]:
    """Check a graph, and return the names of all values that it uses."""
    graph = _parse(message, _GRAPH, "graph")
    tensors: dict[bytes, int | None] = {}
    for tensor in _messages(graph, 5):
        name, value = _check_tensor(tensor)
        if name in tensors:
            raise _not_allowed("two tensors with one name")
        tensors[name] = value
    used = {bytes(_only(_parse(end, _NAMED, "end"), 1)) for end in _messages(graph, 12)}
    for node in _messages(graph, 1):
        used |= _check_node(node, tensors, within_loop=within_loop)
    if not tensors.keys() <= used:
        raise _not_allowed("tensors that nothing uses")
    return used


def _check_node(
    message: memoryview, tensors: Mapping[bytes, int | None], *, within_loop: bool
) -> set[bytes]:
    """Check an operator, and return the names of the values that it uses."""
    node = _parse(message, _NODE, "node")
    operator, domain = (bytes(_only(node, number)) for number in (4, 7))
    if domain not in _DOMAINS and (domain, operator) != _CONTRIBUTED:
        raise _not_allowed("operators that are not ONNX's own")
    inputs = [bytes(name) for name in _messages(node, 1)]
    if operator == _LOOP:
        # The loops of our recurrent layers have one iteration for each time step.
        iterations = tensors.get(inputs[0]) if inputs else None
        if iterations is None or not 0 <= iterations <= MAX_STEPS or within_loop:
            raise _not_allowed("a loop without a bound")
    used = set(inputs)
    for attribute in _messages(node, 5):
        parsed = _parse(attribute, _ATTRIBUTE, "attribute")
        for number in (2, 7):
            _check_finite(np.frombuffer(_joined(parsed[number]), "<f4"))
        for tensor in _messages(parsed, 5):
            _check_tensor(tensor)
        if parsed[6] and operator != _LOOP:
            raise _not_allowed("a graph within a graph")
        for body in _messages(parsed, 6):
            used |= _check_graph(body, within_loop=True)
    return used


def _check_tensor(message: memoryview) -> tuple[bytes, int | None]:
    """Check a tensor, and return its name, and its value if that is one integer."""
    tensor = _parse(message, _TENSOR, "tensor")
    if tensor[13] or any(tensor[14]):
        raise ModelFolderError(
            "The ONNX graph refers to other files, which are never read.",
            code="ONNX_NOT_SELF_CONTAINED",
        )
    kind = tensor[2][-1] if tensor[2] else None
    if kind not in _TYPES:
        raise _not_allowed("a tensor of an unknown type")
    dtype, typed = _TYPES[kind]
    shape = _integers(tensor[1])
    if len(shape) > _MAX_RANK or min(shape, default=0) < 0:
        raise _not_allowed("a tensor with an invalid shape")
    size = math.prod(shape)
    if tensor[9] or dtype in _FLOATS:
        raw: memoryview | bytes = _only(tensor, 9) if tensor[9] else _joined(tensor[typed])
        fits = len(raw) == size * np.dtype(dtype).itemsize
        values = np.frombuffer(raw, dtype) if fits else np.empty(0)
    else:
        values = np.array(_integers(tensor[typed]), object)
        fits = len(values) == size
    if not fits:
        raise _not_allowed("a tensor whose size does not match its shape")
    if dtype in _FLOATS:
        _check_finite(values)
    is_integer = values.size == 1 and dtype in ("<i4", "<i8")
    return bytes(_only(tensor, 8)), int(values[0]) if is_integer else None


def _parse(
    message: memoryview, known: Mapping[int, tuple[int, ...]], name: str
) -> dict[int, list[Value]]:
    """Return the values of each field."""
    found: dict[int, list[Value]] = defaultdict(list)
    for number, kind, value in read_fields(message):
        if kind not in known.get(number, ()):
            raise _not_allowed(f"the field {number} in a {name}")
        found[number].append(value)
        if len(found[number]) > _MAX_VALUES:
            raise _not_allowed(f"more than {_MAX_VALUES} values of a field in a {name}")
    return found


def _messages(fields: Fields, number: int) -> list[memoryview]:
    """Return the values of a field that may be repeated."""
    return [value for value in fields[number] if isinstance(value, memoryview)]


def _only(fields: Fields, number: int) -> memoryview:
    """Return the value of a field that must not be repeated; readers differ in which they use."""
    values = _messages(fields, number)
    if len(values) > 1:
        raise _not_allowed("a field twice")
    return values[0] if values else memoryview(b"")


def _joined(values: Iterable[Value]) -> bytes:
    return b"".join(value for value in values if isinstance(value, memoryview))


def _integers(values: Iterable[Value]) -> list[int]:
    """Return the integers of a field, packed or not."""
    numbers: list[int] = []
    for value in values:
        left = _MAX_VALUES - len(numbers)
        numbers += [value] if isinstance(value, int) else read_varints(value, left)
    return [signed(number) for number in numbers]


def _check_finite(numbers: np.ndarray) -> None:
    if not np.isfinite(numbers).all():
        raise ModelFolderError(
            "The ONNX graph holds numbers that are NaN or infinite.", code="WEIGHTS_NOT_FINITE"
        )


def _not_allowed(what: str) -> ModelFolderError:
    return ModelFolderError(
        f"The ONNX graph holds {what}, which no graph of this package does.",
        code="ONNX_NOT_ALLOWED",
    )
