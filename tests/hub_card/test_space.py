"""The README's front matter, which tells the Hub how to run the page as a Space."""

import re

from huggingface_hub import SpaceCardData, metadata_load

from tests.conftest import ROOT


def version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def test_a_space_of_this_folder_runs_the_page():
    front = metadata_load(ROOT / "README.md")
    assert front is not None
    assert front["sdk"] == "gradio"
    assert (ROOT / front["app_file"]).is_file()
    assert front["license"] == "apache-2.0"
    assert front["models"] == []
    assert len(front["short_description"]) <= 60
    space = SpaceCardData(**front)
    assert (space.title, space.sdk_version) == ("captcha_model", front["sdk_version"])


def test_its_versions_are_among_those_that_are_asked_for():
    front = metadata_load(ROOT / "README.md")
    requirements = (ROOT / "requirements.txt").read_text()
    (bounds,) = re.findall(r"^gradio>=([\d.]+),<([\d.]+)$", requirements, re.MULTILINE)
    low, high = map(version, bounds)
    assert low <= version(front["sdk_version"]) < high
    project = (ROOT / "pyproject.toml").read_text()
    (bounds,) = re.findall(r'^requires-python = ">=([\d.]+),<([\d.]+)"$', project, re.MULTILINE)
    low, high = map(version, bounds)
    # A text, because YAML would take 3.10 for the number 3.1.
    assert isinstance(front["python_version"], str)
    assert low <= version(front["python_version"]) < high
