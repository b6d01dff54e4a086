import csv

import pytest
from PIL import Image

from captcha_model.data.synthetic.looks.renderer import LookRenderer


@pytest.mark.parametrize(
    ("length", "message"),
    [
        ("9-2", "The shortest length (9) is greater than the longest (2)."),
        ("long", "'long' is not a length such as 5 or 4-6"),
        ("4-", "'4-' is not a length such as 5 or 4-6"),
        ("0", "Lengths must be from 1 to 20. Received: 0 to 0"),
    ],
)
def test_a_wrong_length_is_explained(cli, tmp_path, length, message):
    code, _, err = cli("synthesize", "--out", str(tmp_path / "out"), "--length", length)
    assert code == 2
    assert message in err
    assert not (tmp_path / "out").exists()


def test_a_family_of_looks(cli, tmp_path):
    code, _, err = cli(
        *("synthesize", "--out", str(tmp_path / "out"), "--look", "plates", "--count", "3")
    )
    assert code == 0, err
    rows = list(csv.DictReader((tmp_path / "out" / "metadata.csv").read_text().splitlines()))
    renderer = LookRenderer(0, families=["plates"])
    assert [row["text"] for row in rows] == [renderer.draw(index).text for index in range(3)]
    with Image.open(tmp_path / "out" / rows[0]["file_name"]) as image:
        assert image.tobytes() == renderer.draw(0).image.tobytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--look", "any", "--length", "4"], "--length cannot be used with --look"),
        (["--look", "any", "--characters", "ab"], "--characters cannot be used with --look"),
        (["--fonts", "fonts"], "--fonts needs --look"),
        (["--look", "other"], "invalid choice: 'other'"),
        # Images without text are for training a network only: a data set has none.
        (["--look", "empty"], "invalid choice: 'empty'"),
    ],
)
def test_options_that_do_not_go_together(cli, tmp_path, options, message):
    code, _, err = cli("synthesize", "--out", str(tmp_path / "out"), *options)
    assert code == 2
    assert message in err
    assert not (tmp_path / "out").exists()
