"""What the documentation's hooks generate: complete, and with links that fit the site."""

import argparse
import ast
import html
import importlib.util
import re
from pathlib import PurePosixPath

import pytest

import captcha_model
from captcha_model.cli import build_parser
from tests.conftest import ROOT
from tests.docs.pages import read

pytestmark = pytest.mark.usefixtures("collected")

_SPEC = importlib.util.spec_from_file_location("hooks", ROOT / "docs" / "hooks.py")
assert _SPEC is not None and _SPEC.loader is not None
hooks = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(hooks)


def parsers(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    below = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    return [p for a in below for c in a.choices.values() for p in (c, *parsers(c))]


def test_the_reference_has_every_command_and_every_option():
    reference = hooks.cli_reference()
    commands = parsers(build_parser())
    assert re.findall(r"^## (.+)$", reference, re.MULTILINE) == [p.prog for p in commands]
    sections = re.split(r"^## .+$", reference, flags=re.MULTILINE)[1:]
    for parser, section in zip(commands, sections, strict=True):
        for option in {o for a in parser._actions for o in a.option_strings} - {"-h", "--help"}:
            assert re.search(rf"<code>[^<]*(?<![\w-]){option}\b[^<]*</code>", section), (
                parser.prog,
                option,
            )
        assert parser.description in section
        assert "%(" not in section


def test_a_row_has_two_cells():
    rows = [r for r in hooks.cli_reference().splitlines() if r.startswith("| ")]
    assert {len(row.split("|")) for row in rows} == {4}
    assert any("--length N|MIN-MAX" in html.unescape(row) for row in rows)


def codes_in(*folders: str) -> set[str]:
    """Return every error code in the code of some folders; docstrings do not count."""
    trees = [ast.parse(p.read_text()) for f in folders for p in (ROOT / f).rglob("*.py")]
    return {code for tree in trees for node in ast.walk(tree) for code in codes_of(node)}


def codes_of(node: ast.AST) -> list[str]:
    """Return the codes that a node passes as `code=` or to `error_response`, or gives a name."""
    found: list[ast.expr | None] = []
    match node:
        case ast.keyword(arg="code"):
            found = [node.value]
        case ast.Call(func=ast.Name(id="error_response")):
            found = list(node.args)
        case (
            ast.Assign(targets=[ast.Name(id="codes")], value=ast.Dict(keys=keys))
            | ast.AnnAssign(target=ast.Name(id="codes"), value=ast.Dict(keys=keys))
        ):
            found = list(keys)
        case ast.Assign(targets=[ast.Name(id="code" | "_CODE")]):
            found = list(ast.walk(node.value))  # type: ignore[arg-type]
    constants = [f.value for f in found if isinstance(f, ast.Constant)]
    return [c for c in constants if isinstance(c, str) and re.fullmatch(r"[A-Z]+(_[A-Z]+)*", c)]


def test_every_code_of_the_package_is_listed_with_its_meaning():
    generated = hooks.error_tables()
    listed = set(re.findall(r"^\| `(\w+)` \| \S.*\S \|$", generated, re.MULTILINE))
    used = codes_in("captcha_model", "hub_card")
    assert len(used) > 60
    assert listed >= used
    classes = set(re.findall(r"^### (\w+)$", generated, re.MULTILINE))
    assert classes >= {n for n in captcha_model.__all__ if n.endswith("Error")}


def test_every_code_of_the_server_is_listed():
    table = read("docs/error-codes.md").split("## Codes of the server")[1]
    listed = re.findall(r"^\| `([A-Z_]+)`", table, re.MULTILINE)
    assert set(listed) == codes_in("demo")


@pytest.mark.parametrize(
    ("folder", "link", "turned"),
    [
        ("docs", "[a](training.md#audit)", "[a](training.md#audit)"),
        ("docs", "[a](../SECURITY.md#images)", "[a](security.md#images)"),
        ("docs", "![a](../demo/screenshot.png)", "![a](demo/screenshot.png)"),
        ("docs", "[a](#here)", "[a](#here)"),
        ("docs", "[a](https://example.org/docs/b)", "[a](https://example.org/docs/b)"),
        ("", "[a](docs/results.md#load)", "[a](results.md#load)"),
        ("", "[a](CONTRIBUTING.md)", "[a](contributing.md)"),
    ],
)
def test_links_between_files_become_links_between_pages(folder, link, turned):
    assert hooks.relink(link, PurePosixPath(folder)) == turned
