"""The files of a Space, and their push to the loopback Hub."""

import shutil
from pathlib import Path

import pytest
import yaml

from captcha_model.errors import HubError
from captcha_model.hub import Destination, push_space, space_files
from tests.with_git import git, put_under_git

GRAPH = "captcha_model/bundled/captcha-images-v2/model.onnx"
TO = Destination("ann/page", token="hf_ann")


@pytest.fixture
def project(tmp_path) -> Path:
    """A small project of the same form, under git."""
    folder = tmp_path / "project"
    for name in (
        *("LICENSE", "app.py", "requirements.txt", "pyproject.toml", "CONTRIBUTING.md"),
        *("captcha_model/__init__.py", "hub_card/card.py", GRAPH),
        *(
            "demo/ui/page.py",
            "demo/examples/1.png",
            "demo/walkthrough.ipynb",
            "demo/screenshot.png",
        ),
        *("scripts/make_examples.py", "tests/test_page.py", "benchmarks/latency.py"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "README.md").write_text("---\nsdk: gradio\n---\n\nThe page.\n")
    (folder / ".gitignore").write_text("__pycache__/\n")
    put_under_git(folder)
    return folder


WANTED = [
    *("LICENSE", "README.md", "app.py", "captcha_model/__init__.py"),
    *(GRAPH, "demo/examples/1.png", "demo/screenshot.png"),
    "demo/ui/page.py",
    *("hub_card/card.py", "requirements.txt"),
]


def test_a_space_is_what_the_page_needs_and_no_more(project):
    (project / "demo" / "__pycache__").mkdir()
    (project / "demo" / "__pycache__" / "page.pyc").touch()
    (project / "tests" / "new.py").touch()
    (project / "demo" / "ui" / "page.py").write_text("changed")
    files = space_files(project)
    assert list(files) == WANTED
    assert files["demo/ui/page.py"].read_text() == "changed"


def test_this_projects_own_space(checkout, tmp_path):
    folder = shutil.copytree(checkout, tmp_path / "own")
    put_under_git(folder)
    files = space_files(folder)
    assert {"app.py", GRAPH, "hub_card/card.md.jinja"} <= set(files)
    assert {path.split("/")[0] for path in files} == {
        *("LICENSE", "README.md", "app.py", "requirements.txt"),
        *("captcha_model", "demo", "hub_card"),
    }
    assert {Path(path).suffix for path in files} == {
        *("", ".md", ".py", ".txt", ".json", ".h5", ".onnx", ".png", ".yaml", ".jinja", ".css"),
        *(".js", ".typed"),
    }
    assert sum(file.stat().st_size for file in files.values()) < 16 * 2**20  # With two models.
    card = yaml.safe_load(files["README.md"].read_text().split("---\n")[1])
    assert (card["sdk"], card["app_file"]) == ("gradio", "app.py")


def test_a_push_creates_the_space(hub, project):
    url = push_space(project, TO)
    tree = hub.space("ann/page").tree()
    assert url == f"{hub.url}/spaces/ann/page/commit/{hub.space('ann/page').resolve('main')}"
    assert sorted(tree) == [".gitattributes", *WANTED]
    assert tree["demo/ui/page.py"].data == b"demo/ui/page.py"


@pytest.mark.slow
def test_a_second_push_deletes_what_is_gone_and_nothing_else(hub, project):
    push_space(project, TO)
    repo = hub.space("ann/page")
    own = {"notes.md": repo.tree()["README.md"], "demo.txt": repo.tree()["README.md"]}
    repo.commit("main", {**repo.tree(), **own}, "by hand")
    git(project, "mv", "demo/ui/page.py", "demo/pages.py")
    push_space(project, TO)
    kept = {*WANTED, "demo/pages.py"} - {"demo/ui/page.py"}
    assert set(repo.tree()) == {".gitattributes", *kept, *own}


def code_of(folder: Path) -> str:
    with pytest.raises(HubError) as caught:
        space_files(folder)
    return caught.value.code


def test_outside_of_a_checkout(project, tmp_path):
    assert code_of(tmp_path) == "CHECKOUT_MISSING"
    assert code_of(project / "demo") == "CHECKOUT_MISSING"
    shutil.rmtree(project / ".git")
    assert code_of(project) == "CHECKOUT_MISSING"


def test_untracked_and_missing_files(project, hub):
    (project / "demo" / "scrap.txt").touch()
    assert code_of(project) == "CHECKOUT_UNCLEAR"
    (project / "demo" / "scrap.txt").unlink()
    (project / "demo" / "ui" / "page.py").unlink()
    assert code_of(project) == "CHECKOUT_UNCLEAR"
    with pytest.raises(HubError):
        push_space(project, TO)
    assert hub.requests == []


def test_without_git(project, monkeypatch):
    monkeypatch.setenv("PATH", str(project))
    assert code_of(project) == "GIT_MISSING"
