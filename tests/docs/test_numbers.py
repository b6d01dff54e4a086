"""Measured numbers in running text are those of the tables of results."""

import re

import pytest

from tests.docs.pages import read

# Sizes, times, and shares with a decimal; "99 %" and the like are requirements, not measurements.
_MEASURED = re.compile(r"(\d[\d,]*(?:\.\d+)?) (?:MB|ms)\b|(\d+\.\d+) ?%")


def plain(text: str) -> str:
    """Return a text without the commas and spaces in and behind numbers."""
    return re.sub(r"(?<=\d)[, ](?=\d|%|MB|ms)", "", text)


@pytest.mark.parametrize("page", ["README.md", "docs/install.md", "docs/training.md"])
def test_measured_numbers_are_in_the_tables(page):
    text = re.sub(r"<!-- summary.*end of summary -->", "", read(page), flags=re.DOTALL)
    numbers = [plain(match[0]) for match in _MEASURED.finditer(text)]
    assert numbers
    results = plain(read("docs/results.md"))
    for number in numbers:
        assert re.search(rf"(?<![\d.]){re.escape(number)}", results), number
