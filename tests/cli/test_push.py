import shutil

import pytest

from captcha_model.hub import BUNDLED, space_files
from tests.conftest import ROOT
from tests.with_git import put_under_git


@pytest.fixture
def ann(hub, monkeypatch):
    """Ann, logged in on an empty Hub."""
    monkeypatch.setenv("HF_TOKEN", "hf_ann")
    return hub


def listed(out: str) -> dict[str, int]:
    """Return the sizes of a dry run by path, after checking its last line."""
    *lines, last = (line.split(maxsplit=1) for line in out.splitlines())
    sizes = {path: int(size.replace(",", "")) for size, path in lines}
    assert int(last[0].replace(",", "")) == sum(sizes.values())
    assert last[1] == f"bytes in {len(sizes)} files; nothing was pushed"
    return sizes


@pytest.mark.slow
def test_a_dry_run_lists_what_a_push_then_takes(ann, cli):
    code, out, _ = cli("push", str(BUNDLED), "ann/reader", "--dry-run")
    assert (code, ann.requests) == (0, [])
    sizes = listed(out)
    assert set(sizes) == {path.name for path in BUNDLED.iterdir()}
    code, out, _ = cli("push", str(BUNDLED), "ann/reader", "--message", "Here", "--private")
    repo = ann.model("ann/reader")
    assert (code, out) == (0, f"{ann.url}/ann/reader/commit/{repo.resolve('main')}\n")
    assert (repo.messages[-1], repo.private) == ("Here", True)
    assert {p: len(b.data) for p, b in repo.tree().items() if p != ".gitattributes"} == sizes
    code, out, _ = cli("predict", str(ROOT / "demo/examples/1.png"), "--model", "ann/reader@main")
    assert code == 0


@pytest.mark.slow
def test_the_card_names_the_repository_unless_it_was_written_by_hand(ann, cli, tmp_path):
    folder = shutil.copytree(BUNDLED, tmp_path / "model")
    assert b"ann/reader" not in (folder / "README.md").read_bytes()
    assert cli("push", str(folder), "ann/reader")[0] == 0
    card = ann.model("ann/reader").tree()["README.md"].data.decode()
    assert 'from_pretrained("ann/reader")' in card
    (folder / "README.md").write_text(card + "\nMore of it.\n")
    assert cli("push", str(folder), "ann/second")[0] == 0
    assert ann.model("ann/second").tree()["README.md"].data.decode() == card + "\nMore of it.\n"
    (folder / "README.md").unlink()
    assert cli("push", str(folder), "ann/third")[0] == 0
    assert "ann/third" in ann.model("ann/third").tree()["README.md"].data.decode()


@pytest.mark.slow
def test_a_branch_or_a_pull_request(ann, cli):
    assert cli("push", str(BUNDLED), "ann/reader", "--branch", "next")[0] == 0
    repo = ann.model("ann/reader")
    assert set(repo.tree()) == {".gitattributes"} < set(repo.tree("next"))
    code, out, _ = cli("push", str(BUNDLED), "ann/reader", "--create-pr")
    assert (code, out) == (0, f"{ann.url}/ann/reader/discussions/1\n")
    assert set(repo.tree()) == {".gitattributes"}
    arguments = ["push", str(BUNDLED), "ann/reader", "--create-pr", "--branch", "next"]
    assert cli(*arguments)[0] == 2


def test_what_cannot_be_pushed(ann, cli, tmp_path, monkeypatch):
    for arguments in ([], ["--dry-run"]):
        code, out, err = cli("push", str(tmp_path), "ann/reader", *arguments)
        assert (code, out) == (1, "")
        assert "not a saved captcha model" in err
    assert ann.requests == []
    monkeypatch.delenv("HF_TOKEN")
    code, _, err = cli("push", str(BUNDLED), "ann/reader")
    assert code == 1
    assert "hf auth login" in err
    assert ann.repos == {}


def test_a_space(ann, cli, tmp_path, monkeypatch):
    for name in ("app.py", "requirements.txt", "README.md", "LICENSE", "demo/ui/page.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    code, _, err = cli("space", "ann/page", "--dry-run")
    assert (code, "not the top folder of a checkout" in err) == (1, True)
    put_under_git(tmp_path)
    code, out, _ = cli("space", "ann/page", "--dry-run")
    assert (code, list(listed(out))) == (0, list(space_files(tmp_path)))
    assert ann.requests == []
    assert cli("space", "ann/page", "--private", "--message", "The page")[0] == 0
    repo = ann.space("ann/page")
    assert (repo.private, repo.messages[-1]) == (True, "The page")
    assert set(repo.tree()) == {".gitattributes", *space_files(tmp_path)}


@pytest.mark.parametrize("command", [["push", str(BUNDLED)], ["space"]])
def test_a_dry_run_checks_the_name_of_the_repository_as_a_push_does(ann, cli, command):
    results = [cli(*command, "user/na me", *extra) for extra in ([], ["--dry-run"])]
    assert [(code, out) for code, out, _ in results] == [(1, "")] * 2
    assert results[0][2] == results[1][2]
    assert "this is not the name of a Hub repository" in results[1][2]
    assert ann.requests == []
