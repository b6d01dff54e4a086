import pytest

from captcha_model.labelling.learning_curve import labels_missing


def test_it_is_unknown_before_the_first_training():
    assert labels_missing([]) is None


@pytest.mark.parametrize("right", [19, 20])
def test_it_is_reached(right):
    assert labels_missing([(10, 10, 5), (20, 20, right)]) == 0


def test_a_power_law_is_continued():
    # Errors of 2 / labels^0.8, of many images: 5 % are left with about 100.
    curve = [(n, n, round(1e4 * n * (1 - 2 / n**0.8)) / 1e4) for n in (10, 20, 40)]
    assert 35 <= labels_missing(curve) <= 90


def test_a_steeper_curve_needs_fewer_labels():
    steep, flat = ([(10, 10, 2), (30, 30, 24)], [(10, 10, 7), (30, 30, 24)])
    assert labels_missing(steep) < labels_missing(flat)


def test_what_is_too_far_ahead_is_unknown():
    assert labels_missing([(10, 10, 0), (100, 100, 0)]) is None
    assert labels_missing([(500, 500, 50), (1000, 1000, 100)]) is None


def test_a_part_of_the_images_says_less_than_all_and_nothing_of_the_number_of_labels():
    # With 200 labels, of which 20 were held out: not as if there were 20 labels.
    assert labels_missing([(200, 20, 18)]) >= 5 * labels_missing([(20, 20, 18)])
    assert labels_missing([(190, 190, 171), (200, 20, 18)]) >= 20
    assert labels_missing([(190, 190, 171), (200, 20, 19)]) == 0
