"""Every command line that the documentation shows is one that the program takes."""

import shlex

import pytest

from captcha_model.cli import build_parser
from tests.docs.pages import PAGES, command_lines

COMMANDS = sorted({line for page in PAGES for line in command_lines(page)})


def of(program: str) -> list[str]:
    return [line for line in COMMANDS if line.startswith(f"{program} ")]


def test_there_are_commands():
    assert len(of("captcha-model")) > 35
    assert of("python app.py")


@pytest.mark.parametrize("line", of("captcha-model"))
def test_a_command_line_parses(line):
    words = shlex.split(line)[1:]
    # Running text names a command without its arguments.
    if len(words) == 1 or words[-1] == "--help":
        with pytest.raises(SystemExit, match=r"^0$"):
            build_parser().parse_args([*words, "--help"])
    else:
        assert callable(build_parser().parse_args(words).run)


@pytest.mark.parametrize("line", of("python app.py"))
def test_an_option_of_the_page_exists(line):
    words = shlex.split(line.partition(" && ")[0])[2:]
    assert callable(build_parser().parse_args(["serve", *words]).run)
