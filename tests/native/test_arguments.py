"""Arrays that the compiled core must refuse before it computes anything."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model._utils import native

SEARCHES = ("best_paths", "beam_search", "allowed_search")
WRITERS = (
    *("log_softmax", "log_probability", "neighbours", "in_positions", "best_edits"),
    *("image_sums", "two_colours", "log_partition", "case_log_probability", "case_neighbours"),
    "ink_box",
)
FUNCTIONS = (*SEARCHES, *WRITERS)


def automaton_arrays(classes: int) -> list[np.ndarray]:
    """Arrays of an automaton: one character or more, of which only the first may be class 1."""
    members = np.ones((2, classes), np.uint8)
    members[:, :1] = 0
    members[1, :2] = 0
    edges = np.array([[0, 1, 0], [1, 1, 1]])
    return [edges, members, np.array([0, 1], np.uint8)]


def arrays_for(name: str, count: int = 2, steps: int = 5, classes: int = 4, longest: int = 3):
    """Arguments that a function takes."""
    logs = np.full((count, steps, classes), -1.0)
    one = np.full((steps, classes), -1.0)
    ids = np.ones((count, longest), np.int64)
    lengths = np.full(count, longest, np.int64)
    with_classes = [np.zeros((count, longest + k, classes)) for k in (0, 1)]
    by_position = [np.zeros((count, longest)) for _ in range(3)]
    pixels = np.zeros((count, 5, 6, 3), np.uint8)
    cases = np.stack([np.arange(classes), np.zeros(classes, np.int64)], axis=1)
    edits = [np.zeros(count), *with_classes, *by_position, np.zeros(count, np.uint8)]
    return {
        "log_softmax": [one, 1.0, one.copy()],
        "best_paths": [logs],
        "beam_search": [one, 8, 0.0],
        "allowed_search": [one, 8, 0.0, 0.25, *automaton_arrays(classes)],
        "log_partition": [logs, *automaton_arrays(classes), np.zeros(count)],
        "log_probability": [logs, ids, lengths, np.zeros(count)],
        "neighbours": [logs, ids, lengths, *edits],
        "case_log_probability": [
            *(logs, ids, lengths, cases, np.zeros(count)),
            np.zeros(count, np.uint8),
        ],
        "case_neighbours": [logs, ids, lengths, cases, *edits],
        "in_positions": [
            *(with_classes[0], ids, by_position[0]),
            *(np.zeros((count, longest, 2), np.int64), np.zeros((count, longest, 2))),
        ],
        "best_edits": [
            *(*with_classes, by_position[0], ids),
            *(np.zeros((2, count), np.int64), np.zeros((2, count))),
        ],
        "image_sums": [pixels, np.arange(5), np.zeros((count, 14), np.int64)],
        "two_colours": [pixels, np.zeros(count, np.uint8)],
        "ink_box": [np.zeros((count, 6, 3), np.uint8), 1, 25, np.zeros(4, np.int64)],
    }[name]


def call(name, arguments):
    return getattr(native.core, name)(*arguments)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_arguments_of_these_tests_are_good(name):
    call(name, arrays_for(name))


def unfit(array: np.ndarray) -> list[np.ndarray]:
    """Arrays that differ from one in their axes, type, order or place in memory."""
    found = [
        np.concatenate([array, array], axis=-1)[..., : array.shape[-1]],
        array[None],
        array[0],
        array.astype(np.float16),
        array.astype(np.complex128),
        array.astype("U"),
    ]
    if array.ndim == 1:
        found[0] = np.concatenate([array, array])[::2]
    if array.itemsize > 1:
        found.append(array.astype(array.dtype.newbyteorder()))
        room = np.zeros(array.nbytes + 1, np.uint8)
        found.append(room[1:].view(array.dtype).reshape(array.shape))
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_other_arrays_are_refused(name):
    good = arrays_for(name)
    for place, array in enumerate(good):
        if not isinstance(array, np.ndarray):
            continue
        for other in unfit(array):
            with pytest.raises((ValueError, BufferError, TypeError)):
                call(name, [*good[:place], other, *good[place + 1 :]])
        with pytest.raises(TypeError):
            call(name, [*good[:place], "text", *good[place + 1 :]])


@pytest.mark.parametrize("name", WRITERS)
def test_other_sizes_are_refused(name):
    good = arrays_for(name)
    for place, array in enumerate(good):
        free = {"log_partition": (1, 2, 3), "ink_box": (0,)}.get(name, ())
        if isinstance(array, np.ndarray) and place not in free:
            larger = np.concatenate([array, array])
            with pytest.raises(ValueError, match=r"must have size|an image for each text"):
                call(name, [*good[:place], larger, *good[place + 1 :]])


@pytest.mark.parametrize("name", WRITERS)
def test_results_are_not_written_into_arrays_that_are_read_only(name):
    arguments = arrays_for(name)
    arguments[-1].flags.writeable = False
    with pytest.raises((ValueError, BufferError)):
        call(name, arguments)


@pytest.mark.parametrize("value", [-1, 4, 2**62, -(2**63)])
@pytest.mark.parametrize(
    ("name", "place"),
    [
        *itertools.product(["log_probability", "neighbours"], [1, 2]),
        *itertools.product(["case_log_probability", "case_neighbours"], [1, 2, 3]),
        ("in_positions", 1),
        ("best_edits", 3),
    ],
)
def test_ids_and_lengths_out_of_range_are_refused(name, place, value):
    arguments = arrays_for(name)
    arguments[place].flat[-1] = value
    with pytest.raises(ValueError, match=f"Received: {value}"):
        call(name, arguments)


def test_images_of_other_sizes_are_refused():
    for shape, message in (
        ((2, 5, 6, 2), r"1 or 3 channels\. Received: 2"),
        ((2, 2001, 2000, 1), "at most 4000000 pixels"),
    ):
        arguments = arrays_for("image_sums")
        arguments[0] = np.zeros(shape, np.uint8)
        with pytest.raises(ValueError, match=message):
            call("image_sums", arguments)


def test_ink_of_other_images_and_levels_is_refused():
    out = np.zeros(4, np.int64)
    with pytest.raises(ValueError, match=r"1 or 3 channels\. Received: 4"):
        native.core.ink_box(np.zeros((5, 6, 4), np.uint8), 1, 25, out)
    for step in (0, -1):
        with pytest.raises(ValueError, match="step of at least 1"):
            native.core.ink_box(np.zeros((5, 6, 3), np.uint8), step, 25, out)
    for contrast in (-1, 256):
        with pytest.raises(ValueError, match=f"0 to 255. Received: {contrast}"):
            native.core.ink_box(np.zeros((5, 6, 3), np.uint8), 1, contrast, out)


def test_images_without_pixels_have_no_ink():
    for shape in ((0, 2**60, 3), (2**60, 0, 1), (0, 0, 3)):
        out = np.ones(4, np.int64)
        native.core.ink_box(np.zeros(shape, np.uint8), 1, 25, out)
        assert out.tolist() == [0, 0, 0, 0]


def test_images_and_texts_must_be_as_many():
    for name in ("log_probability", "neighbours"):
        arguments = arrays_for(name, count=3)
        arguments[0] = np.zeros((2, 5, 4))
        with pytest.raises(ValueError, match="an image for each text"):
            call(name, arguments)
    arguments = arrays_for("neighbours", count=3)
    arguments[0] = np.zeros((1, 5, 4))
    with pytest.raises(ValueError, match="an image for each text"):
        call("neighbours", arguments)


@pytest.mark.parametrize("name", [*SEARCHES, "neighbours", "best_edits", "log_partition"])
def test_no_classes_are_refused(name):
    arguments = arrays_for(name, classes=0)
    with pytest.raises(ValueError, match="class"):
        call(name, arguments)


@pytest.mark.parametrize("width", [0, -1, 2**63, 2**80])
def test_widths_that_no_search_can_have_are_refused(width):
    for name in ("beam_search", "allowed_search"):
        arguments = arrays_for(name)
        arguments[1] = width
        with pytest.raises((ValueError, OverflowError)):
            call(name, arguments)


@pytest.mark.parametrize(
    "edges",
    [
        [[1, 1, 1], [0, 1, 0]],  # In another order.
        [[0, 1, 0], [0, 0, 1]],  # Two states after one character.
        [[2, 1, 0]],
        [[0, 2, 0]],
        [[0, 1, 2]],
        [[0, -1, 0]],
        [[0, 1, 2**62]],
        [[-(2**63), 1, 0]],
    ],
)
def test_edges_of_no_deterministic_automaton_are_refused(edges):
    arguments = arrays_for("allowed_search")
    arguments[4] = np.array(edges)
    with pytest.raises(ValueError, match=r"deterministic|Must be from 0"):
        call("allowed_search", arguments)


def test_other_parts_of_an_automaton_are_refused():
    edges, members, accepting = automaton_arrays(4)
    blank = members.copy()
    blank[0, 0] = 1
    for malformed in (
        (edges, members[:, :3].copy(), accepting),
        (edges, members[:1].copy(), accepting),
        (edges, blank, accepting),
        (edges, members, accepting[:1].copy()),
        (edges[:0], members, accepting[:0]),
        (np.zeros((1, 4), np.int64), members, accepting),
    ):
        with pytest.raises(ValueError, match=r"deterministic|must have size|Must be from 0"):
            call("allowed_search", [*arrays_for("allowed_search")[:4], *malformed])


@pytest.mark.parametrize("steps", [2**45, 2**56])
def test_too_much_memory_is_a_memory_error(steps):
    """Arrays without items may have any size, which the products of sizes must not forget."""
    for name in ("log_probability", "neighbours"):
        arguments = arrays_for(name, count=0)
        arguments[0] = np.zeros((0, steps, 4))
        with pytest.raises(MemoryError):
            call(name, arguments)


def test_too_long_texts_are_a_memory_error():
    longest = 2**54
    arguments = [np.zeros((0, 2**45, 1)), np.zeros((0, longest), np.int64), np.zeros(0, np.int64)]
    with pytest.raises(MemoryError):
        native.core.log_probability(*arguments, np.zeros(0))
    out = [np.zeros((0, longest + k, 1)) for k in (0, 1)] + [np.zeros((0, longest))] * 3
    with pytest.raises(MemoryError):
        native.core.neighbours(*arguments, np.zeros(0), *out, np.zeros(0, np.uint8))


@settings(deadline=None)
@given(st.data(), st.sampled_from(sorted(FUNCTIONS)))
def test_any_numbers_are_survived(data, name):
    """Infinities, numbers that are none, and sizes of every kind: an error or a result."""
    sizes = {key: data.draw(st.integers(0, 4)) for key in ("count", "steps", "classes", "longest")}
    arguments = arrays_for(name, **sizes)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    odd = np.array([np.nan, np.inf, -np.inf, 0.0, -1e30, 1e308, 5e-324, -5000.0])
    for array in arguments:
        if isinstance(array, np.ndarray) and array.dtype == np.float64:
            array[...] = rng.choice(odd, array.shape)
        elif isinstance(array, np.ndarray):
            array[...] = rng.integers(0, 4, array.shape)
    if name == "allowed_search":
        arguments[4:] = automaton_arrays(sizes["classes"])
    elif name == "log_partition":
        arguments[1:4] = automaton_arrays(sizes["classes"])
    try:
        call(name, arguments)
    except ValueError as error:
        assert "Needs" in str(error) or "Must be from 0" in str(error)
