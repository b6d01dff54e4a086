import numpy as np
import pytest

from captcha_model.data.synthetic.looks.segments import (
    FORMS,
    Segments,
    draw_shape,
    segment_masks,
)


def lit(text: str, **shape) -> np.ndarray:
    return np.asarray(segment_masks(text, Segments(20, 36, 4, 8, **shape))[0], float)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("lean", [0.0, 0.15])
def test_lit_and_unlit_segments_make_an_eight(form, lean):
    shape = Segments(20, 36, 4, 8, lean, form)
    eight, nothing = (np.asarray(mask, float) for mask in segment_masks("8", shape))
    assert nothing.max() == 0
    for digit in "0123456790":
        on, off = (np.asarray(mask, float) for mask in segment_masks(digit, shape))
        assert (np.maximum(on, off) >= eight - 1).mean() > 0.95
        assert 0.1 < on.sum() / eight.sum() < 0.95


@pytest.mark.parametrize("form", FORMS)
def test_digits_differ(form):
    pictures = [lit(digit, form=form) for digit in "0123456789-"]
    for i, one in enumerate(pictures):
        for other in pictures[i + 1 :]:
            assert np.abs(one - other).sum() > 255 * 40


def test_a_point_takes_no_place_and_a_colon_does():
    assert lit("1.2").shape == lit("12").shape
    assert lit("1.2").sum() > lit("12").sum()
    assert lit("1:2").shape[1] > lit("12").shape[1]


def test_a_space_is_a_digit_without_lit_segments():
    assert lit(" ").max() == 0
    assert lit(" 1").shape == lit("81").shape


def test_variants_of_digits():
    assert lit("6", tails=False).sum() < lit("6").sum()
    assert lit("9", tails=False).sum() < lit("9").sum()
    assert lit("7", hook=True).sum() > lit("7").sum()
    assert lit("8", tails=False, hook=True).sum() == lit("8").sum()


def test_shapes_are_random():
    shapes = {draw_shape(20, np.random.default_rng(seed)) for seed in range(30)}
    assert len(shapes) > 25
    assert all(2 <= shape.thick < shape.wide / 2 < shape.high for shape in shapes)
