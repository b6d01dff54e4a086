import pytest

from captcha_model.training.few_labels.expected_lengths import (
    LEAST,
    expectation,
    expected_lengths,
)


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ([4] * LEAST, (4, 4)),
        ([4] * (LEAST - 1), None),
        ([3] * LEAST + [5] * LEAST, (3, 5)),
        ([3] * 20 + [5] * (LEAST - 1), None),
        ([3] * (LEAST - 1) + [5] * 20, None),
        ([3] * LEAST + [4] + [5] * LEAST, (3, 5)),
    ],
)
def test_both_ends_must_be_frequent(lengths, expected):
    assert expected_lengths("x" * length for length in lengths) == expected


def test_it_is_said():
    assert "of 4 characters" in expectation((4, 4))
    assert "of 3 to 5 characters" in expectation((3, 5))
