import ast
import json
import re
import subprocess
import sys
import tomllib

import pytest

import captcha_model
from tests.conftest import ROOT

HEAVY = ("tensorflow", "keras", "keras_cv", "gradio", "matplotlib", "huggingface_hub", "PIL")


def loaded_by(code: str) -> set[str]:
    """Return which heavy packages a fresh process has loaded after running `code`."""
    script = (
        f"{code}\nimport json, sys\nprint(json.dumps([m for m in {HEAVY} if m in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_package_loads_nothing_heavy():
    assert loaded_by("import captcha_model") == set()
    assert loaded_by("from captcha_model.cli import build_parser; build_parser()") <= {"PIL"}
    assert loaded_by("import demo, hub_card") == set()


@pytest.mark.parametrize(
    "module",
    [
        "metrics",
        "decoding",
        "outputs",
        "confidence",
        "images",
        "preprocessing",
        "vocabulary",
        "config",
        "hub",
    ],
)
def test_the_reading_core_needs_no_keras(module):
    assert loaded_by(f"import captcha_model.{module}") <= {"PIL"}


def imported_by(path) -> set[str]:
    """Return the parts of our package that a file imports, but not only for type checkers."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    names = [n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module]
    return {
        name.split(".")[1]
        for name in names
        if name.startswith("captcha_model.") and len(name.split(".")) > 1
    }


def test_imports_go_one_way():
    """The order is the one that CONTRIBUTING states."""
    text = (ROOT / "CONTRIBUTING.md").read_text().split("Imports go one way:")[1].split(";")[0]
    order = re.findall(r"`(\w+)`", text)
    package = ROOT / "captcha_model"
    parts = {p.stem for p in package.glob("*.py")} | {p.parent.name for p in package.glob("*/*.py")}
    assert set(order) == parts - {"__init__", "__main__", "captcha_model"}
    for place, part in enumerate(order):
        files = [package / f"{part}.py", *(package / part).glob("*.py")]
        for path in filter(lambda p: p.exists(), files):
            assert imported_by(path) - {"hub_card"} <= set(order[: place + 1]), path


def test_only_one_module_knows_where_the_cards_package_lies():
    files = [*(ROOT / "captcha_model").rglob("*.py"), *(ROOT / "demo").rglob("*.py")]
    knowing = [p.name for p in files if re.search(r"^\s*from .*hub_card", p.read_text(), re.M)]
    assert knowing == ["card.py"]


def test_every_package_is_in_the_wheel():
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    ours = {".".join(p.parent.relative_to(ROOT).parts) for p in ROOT.glob("captcha_model/**/*.py")}
    assert set(tool["packages"]) == ours | {"captcha_model.hub_card"}


def test_public_names_are_there():
    for name in captcha_model.__all__:
        assert getattr(captcha_model, name) is not None
    assert set(captcha_model.__all__) <= set(dir(captcha_model))
    with pytest.raises(AttributeError, match="nothing"):
        _ = captcha_model.nothing


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == captcha_model.__version__
    assert f"## {captcha_model.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_demo_requires_no_more_than_its_own_packages():
    names = {
        re.split(r"[<>=\[]", line)[0]
        for line in (ROOT / "requirements.txt").read_text().splitlines()
        if line and not line.startswith("#")
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    base = {re.split(r"[<>=\[]", line)[0] for line in project["dependencies"]}
    own = {"gradio", "limits", "prometheus-client"}
    assert names == base | own | {"tensorflow", "huggingface_hub", "numpy", "pillow"}


def test_bounds_agree_between_the_requirements_and_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    known = {*project["dependencies"], *extras["tensorflow"], *extras["demo"]}
    wanted = (ROOT / "requirements.txt").read_text().splitlines()
    assert {line for line in wanted if line and not line.startswith("#")} <= known


def test_the_readme_has_the_two_commands():
    text = (ROOT / "README.md").read_text()
    assert "\npython -m pip install -r requirements.txt && python app.py\n" in text
    assert "\npython -m pip install -r requirements-dev.txt && python -m pytest\n" in text


def test_every_picture_and_file_the_readme_names_exists():
    text = (ROOT / "README.md").read_text()
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target


def test_no_image_of_the_data_set_is_kept():
    kept = [p.name for p in ROOT.glob("*/**/*.png") if ".venv" not in p.parts]
    assert not [name for name in kept if re.fullmatch(r"[2345678bcdefgmnpwxy]{5}\.png", name)]


def test_the_readme_shows_the_figures_that_were_measured():
    """No number of README's summary or of the tables in `docs/results.md` is typed by hand."""
    script = (
        "import render\n"
        "for page in render.PAGES:\n"
        "    text = page.read_text()\n"
        "    names = [n for n in render.BLOCKS if render.BEGIN.format(n) in text]\n"
        "    print(page.name, *names, render.rendered(text) == text)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT / "benchmarks", capture_output=True, text=True
    )
    assert done.stdout.splitlines() == [
        "README.md summary True",
        "results.md figures peers recipes trust load True",
    ], done.stderr
