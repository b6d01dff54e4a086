import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import captcha_model
from tests.conftest import EXAMPLES, ROOT

HEAVY = ("tensorflow", "keras", "keras_cv", "gradio", "matplotlib", "huggingface_hub", "PIL")


def loaded_by(code: str) -> set[str]:
    """Return which heavy packages a fresh process has loaded after running `code`."""
    return modules_after(code) & set(HEAVY)


def modules_after(code: str) -> set[str]:
    """Return the names of the modules that a fresh process has loaded after running `code`."""
    script = f"{code}\nimport json, sys\nprint(json.dumps([*sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.slow
def test_importing_the_package_loads_nothing_heavy():
    assert loaded_by("import captcha_model") == set()
    assert loaded_by("from captcha_model.cli import build_parser; build_parser()") <= {"PIL"}
    assert loaded_by("import demo, hub_card") == set()


def test_reading_loads_no_keras():
    """Every module of the import contract, imported in one fresh process."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (contract,) = (
        c for c in contracts["contracts"] if "tensorflow" in c.get("forbidden_modules", ())
    )
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for part in contract["source_modules"]
        for path in modules_of(part)
        if "transforms" not in path.parts or path.stem in ("__init__", "degradation")
    ]
    assert len(names) > 80
    lines = "\n".join(f"import {name}" for name in names)
    assert loaded_by(lines) <= {"PIL"}


def test_reading_waits_for_no_part_that_it_does_not_use():
    image = str(EXAMPLES / "1.png")
    loaded = modules_after(
        f"from captcha_model import CaptchaModel\nCaptchaModel.from_pretrained().predict({image!r})"
    )
    parts = {name.split(".")[1] for name in loaded if name.startswith("captcha_model.")}
    assert "inference" in parts
    assert not parts & {"cli", "data", "evaluation", "metrics", "model_card", "plots", "training"}


def modules_of(name: str) -> list[Path]:
    """Return the files of a module or a package."""
    place = ROOT.joinpath(*name.split("."))
    return sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]


def test_the_root_holds_the_public_nouns_and_packages():
    files = {path.stem for path in (ROOT / "captcha_model").glob("*.py")}
    nouns = {
        "config",
        "errors",
        "model",
        "model_chooser",
        "prediction",
        "pretrained_models",
        "vocabulary",
    }
    assert files == {"__init__", "__main__"} | nouns


def test_no_module_is_long():
    for folder in ("captcha_model", "demo", "hub_card"):
        for path in (ROOT / folder).rglob("*.py"):
            assert len(path.read_text().splitlines()) <= 250, path


def test_only_one_module_knows_where_the_cards_package_lies():
    files = [*(ROOT / "captcha_model").rglob("*.py"), *(ROOT / "demo").rglob("*.py")]
    knowing = [p.name for p in files if re.search(r"^\s*from .*hub_card", p.read_text(), re.M)]
    assert knowing == ["card.py"]


def test_only_two_modules_know_where_the_pages_lie():
    files = (ROOT / "captcha_model").rglob("*.py")
    pattern = r"^\s*from (captcha_model\.)?demo\b"
    found = {p.name for p in files if re.search(pattern, p.read_text(), re.M)}
    assert found == {"label.py", "serve.py"}
    # Else it would not work under its name in the wheel.
    for path in (ROOT / "demo").rglob("*.py"):
        assert not re.search(r"^\s*(from|import) demo\b", path.read_text(), re.M), path


def test_every_package_is_in_the_wheel():
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    ours = {".".join(p.parent.relative_to(ROOT).parts) for p in ROOT.glob("captcha_model/**/*.py")}
    page = {".".join(p.parent.relative_to(ROOT).parts) for p in ROOT.glob("demo/**/*.py")}
    inside = {f"captcha_model.{name}" for name in page}
    assert set(tool["packages"]) == ours | inside | {"captcha_model.hub_card"}


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
    own = {"gradio", "limits", "prometheus-client", "python-multipart", "starlette"}
    assert names == base | own | {"keras", "tensorflow"}


def test_bounds_agree_between_the_requirements_and_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    known = {*project["dependencies"], *extras["tensorflow"], *extras["demo"]}
    wanted = (ROOT / "requirements.txt").read_text().splitlines()
    assert {line for line in wanted if line and not line.startswith("#")} <= known


# The first versions without the advisories that SECURITY.md lists.
SAFE = {
    "gradio": "6.20",
    "jinja2": "3.1.6",
    "keras": "3.14.1",
    "onnx": "1.22",
    "pillow": "12.3",
    "python-multipart": "0.0.30",
    "starlette": "1.3",
    "tqdm": "4.66.3",
}


def test_no_allowed_version_has_a_known_advisory():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    lines += (ROOT / "requirements.txt").read_text().splitlines()
    found = [re.fullmatch(r"([\w-]+)>=([\d.]+),<\d+", line) for line in lines]
    floors = {match[1]: match[2] for match in found if match and match[1] in SAFE}
    assert floors.keys() == SAFE.keys()
    for name, floor in floors.items():
        assert _numbers(floor) >= _numbers(SAFE[name]), name
    text = (ROOT / "SECURITY.md").read_text()
    listed = re.findall(r"^\| `([\w-]+)` \| ([\d.]+) \|", text, re.MULTILINE)
    assert dict(listed) == floors


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


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
        "results.md figures peers general few recipes trust constraints load True",
        "strength.md strength True",
    ], done.stderr
