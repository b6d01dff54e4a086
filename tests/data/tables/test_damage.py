import warnings

import pytest

from captcha_model.data.tables.damage import warn_of_lost_zeros
from captcha_model.errors import DataWarning


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["2032", "837", "1265"], "1 of 3 labels of t.csv are shorter .* '0837'"),
        (["17.0", "4.0"], "end in '.0'"),
        (["ab", "1.2E+05"], "1 labels of t.csv look like numbers .* '1.2E\\+05'"),
    ],
)
def test_signs_of_a_spreadsheet(labels, message):
    with pytest.warns(DataWarning, match=message):
        warn_of_lost_zeros(labels, "t.csv")


@pytest.mark.parametrize(
    "labels",
    [
        *(["2032", "0837"], ["2032", "8371"], ["12", "012"], ["ab", "837", "12"], ["1.5", "2.0"]),
        *(["7"], ["123", "1" * 16]),
    ],
)
def test_labels_without_such_signs(labels):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_lost_zeros(labels, "t.csv")
