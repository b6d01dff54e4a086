import pytest

from captcha_model.training.few_labels.processes import cause


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("", ""),
        ("\n  \n", ""),
        ("Killed\n", "Killed"),
        ("Traceback:\n  File x\nMemoryError\n", "MemoryError"),
        ("ValueError: too few\n\n\t [[{{node PyFunc}}]]\n\t [[Next]]\n", "ValueError: too few"),
        ("KeyError: 1\nin handling it:\ntf.errors.InvalidArgumentError: 2 nodes\n [[a]]",
         "tf.errors.InvalidArgumentError: 2 nodes"),
        ("I0000 an Error: of others\nNo space left", "No space left"),
    ],
)  # fmt: skip
def test_the_cause_is_the_last_line_with_an_exception(written, found):
    assert cause(written) == found
