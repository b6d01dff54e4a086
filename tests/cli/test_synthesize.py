import pytest


@pytest.mark.parametrize(
    ("length", "message"),
    [
        ("9-2", "The shortest length (9) is greater than the longest (2)."),
        ("long", "'long' is not a length such as 5 or 4-6"),
        ("4-", "'4-' is not a length such as 5 or 4-6"),
    ],
)
def test_a_wrong_length_is_explained(cli, tmp_path, length, message):
    code, _, err = cli("synthesize", "--out", str(tmp_path / "out"), "--length", length)
    assert code == 2
    assert message in err
    assert not (tmp_path / "out").exists()
