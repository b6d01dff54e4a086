"""Every Python example of the documentation runs."""

import re

import pytest

from tests.conftest import ROOT
from tests.docs.pages import PAGES, Block, blocks

# What needs more than the bundled model: the tests that run it.
ELSEWHERE = {
    ("CONTRIBUTING.md", "A new reading option"): "tests/test_contributing.py",
    ("CONTRIBUTING.md", "A new recipe"): "tests/test_contributing.py",
    ("docs/data-formats.md", "In Python"): "tests/docs/test_data_formats.py",
    ("docs/deployment.md", "Hub"): "tests/hub/test_readme.py",
    ("docs/scale.md", "A cluster"): "tests/ray/test_ray.py",
    ("docs/training.md", "Training"): "tests/docs/test_training.py",
    ("docs/rest-and-mcp.md", "Gradio client"): "tests/docs/test_server.py",
}


def runnable(page: str) -> list[Block]:
    return [b for b in blocks(page, "python") if (page, b.section) not in ELSEWHERE]


@pytest.mark.parametrize("page", [page for page in PAGES if runnable(page)])
def test_the_examples_of_a_page_run_one_after_another(page, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {"__name__": "example"}
    for block in runnable(page):
        code = compile(block.text, f"{page}, {block.section}", "exec")
        exec(code, names)
    check_comments(page, capsys.readouterr().out)


def check_comments(page: str, printed: str) -> None:
    """A comment of one word behind a print() is what it prints."""
    lines = printed.splitlines()
    for block in runnable(page):
        for line in block.text.splitlines():
            code, mark, comment = line.partition("  # ")
            if mark and code.startswith("print(") and re.fullmatch(r"\w+", comment):
                assert comment in lines, line


def test_what_runs_elsewhere_is_there():
    for (page, section), test in ELSEWHERE.items():
        assert blocks(page, "python", section)
        assert (ROOT / test).exists()
