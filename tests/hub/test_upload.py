"""Pushes by the real client of the Hub to the loopback one."""

import inspect
import os
import shutil
import signal
import subprocess
import sys

import pytest
from huggingface_hub import ModelHubMixin

from captcha_model.errors import CaptchaError, HubError
from captcha_model.hub import BUNDLED, Destination, find_folder, push_folder
from captcha_model.model import CaptchaModel
from captcha_model.model_card import FACTS_FILE
from captcha_model.storage.manifest import (
    CONFIG_FILE,
    KERAS_METADATA,
    NETWORK_FILES,
    ONNX_8_BIT_FILE,
    ONNX_FILE,
    WEIGHTS_FILE,
)
from tests.conftest import EXAMPLES
from tests.hub_server import CUT, LoopbackHub

PUSH = """
import sys
from pathlib import Path
from captcha_model.hub import Destination, push_folder
push_folder(Path(sys.argv[1]), Destination("ann/reader", token="hf_ann"))
"""


def to_ann(**options) -> Destination:
    return Destination("ann/reader", **{"token": "hf_ann", **options})


def failure(folder, to: Destination) -> CaptchaError:
    with pytest.raises(CaptchaError) as caught:
        push_folder(folder, to)
    assert "\n" not in str(caught.value)
    return caught.value


def holds(hub: LoopbackHub, folder, revision: str = "main") -> bool:
    """Return whether ann/reader is what the folder is, byte for byte."""
    tree = hub.model("ann/reader").tree(revision)
    there = {path: blob.data for path, blob in tree.items() if path != ".gitattributes"}
    return there == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_push_creates_the_repository_and_is_one_commit(hub):
    url = push_folder(BUNDLED, to_ann(commit_message="The first"))
    repo = hub.model("ann/reader")
    assert url == f"{hub.url}/ann/reader/commit/{repo.resolve('main')}"
    assert holds(hub, BUNDLED)
    assert repo.messages == ["initial commit", "The first"]
    assert not repo.private
    large = {path for path, blob in repo.tree().items() if blob.large}
    assert large == {WEIGHTS_FILE, ONNX_FILE, ONNX_8_BIT_FILE, "examples.png"}
    assert len(hub.asked("PUT /large/")) == len(hub.asked("/verify")) == 4


def test_what_has_not_changed_is_not_sent_again(reader):
    push_folder(BUNDLED, to_ann())
    assert reader.asked("PUT") == reader.asked("/commit/") == []


def test_what_an_earlier_model_left_goes_and_other_files_stay(reader, folder):
    repo = reader.model("ann/reader")
    notes = {"notes.txt": repo.tree()[CONFIG_FILE]}
    repo.commit("main", {**repo.tree(), **notes}, "notes")
    (folder / FACTS_FILE).unlink()
    (folder / CONFIG_FILE).write_text((folder / CONFIG_FILE).read_text() + "\n")
    push_folder(folder, to_ann())
    tree = repo.tree()
    assert FACTS_FILE not in tree
    assert "notes.txt" in tree
    assert tree[CONFIG_FILE].data == (folder / CONFIG_FILE).read_bytes()


@pytest.mark.slow
def test_hidden_files_stay_here(hub, folder):
    (folder / ".cache" / "deep").mkdir(parents=True)
    (folder / ".cache" / "deep" / "file").touch()
    (folder / "extra").mkdir()
    (folder / "extra" / "notes.txt").write_text("more")
    push_folder(folder, to_ann())
    tree = hub.model("ann/reader").tree()
    assert tree["extra/notes.txt"].data == b"more"
    assert not any("cache" in path for path in tree)


@pytest.mark.slow
def test_a_private_repository(hub, folder, tmp_path):
    push_folder(folder, to_ann(private=True))
    assert hub.model("ann/reader").private
    push_folder(folder, to_ann(private=True))
    push_folder(folder, to_ann())
    assert hub.model("ann/reader").private


def test_a_private_push_does_not_end_in_public(reader, folder):
    (folder / "secret.txt").touch()
    assert failure(folder, to_ann(private=True)).code == "REPO_PUBLIC"
    assert holds(reader, BUNDLED)


@pytest.mark.slow
def test_a_branch_is_created_and_main_stays(reader, folder):
    (folder / "notes.txt").write_text("on a branch")
    for text in ("one", "two"):
        (folder / "notes.txt").write_text(text)
        push_folder(folder, to_ann(branch="next/one"))
    assert holds(reader, folder, "next/one")
    assert holds(reader, BUNDLED)


@pytest.mark.slow
def test_anybody_may_open_a_pull_request(reader, folder, tmp_path):
    (folder / "notes.txt").write_text("by bob")
    pushed = push_folder(folder, to_ann(create_pr=True, token="hf_bob"))
    assert pushed.pr_url == f"{reader.url}/ann/reader/discussions/1"
    assert holds(reader, folder, "refs/pr/1")
    assert holds(reader, BUNDLED)
    # And the owner may add to it.
    (folder / "notes.txt").write_text("by ann")
    push_folder(folder, to_ann(branch="refs/pr/1"))
    assert holds(reader, folder, "refs/pr/1")
    assert "GET" not in reader.asked("/branch/")
    taken = find_folder("ann/reader@refs/pr/1", files=["notes.txt"], cache_dir=tmp_path / "cache")
    assert (taken / "notes.txt").read_text() == "by ann"


def test_a_pull_request_takes_no_branch():
    assert Destination("ann/reader", branch="main", create_pr=True)
    with pytest.raises(HubError) as caught:
        Destination("ann/reader", branch="next", create_pr=True)
    assert caught.value.code == "BRANCH_AND_PULL_REQUEST"


@pytest.mark.parametrize(
    ("token", "code"),
    [(False, "TOKEN_INVALID"), ("hf_bob", "ACCESS_DENIED"), ("nonsense", "TOKEN_INVALID")],
)
def test_only_the_owner_writes(token, code, reader, folder):
    (folder / "notes.txt").touch()
    assert failure(folder, to_ann(token=token)).code == code
    assert holds(reader, BUNDLED)


def test_nobody_makes_a_repository_for_others(hub, folder):
    assert failure(folder, to_ann(token="hf_bob")).code == "ACCESS_DENIED"
    assert failure(folder, to_ann(token=False)).code == "TOKEN_INVALID"
    assert hub.repos == {}


def test_what_is_no_whole_model_is_not_pushed(hub, folder, tmp_path):
    assert failure(tmp_path, to_ann()).code == "NOT_A_CAPTCHA_MODEL"
    for name in NETWORK_FILES:
        kept = (folder / name).read_bytes()
        (folder / name).write_bytes(kept[:-1] + b"!")
        assert failure(folder, to_ann()).code == "WEIGHTS_DAMAGED"
        (folder / name).unlink()
        assert failure(folder, to_ann()).code == "WEIGHTS_MISSING"
        (folder / name).write_bytes(kept)
    assert hub.requests == []


def test_a_card_that_the_hub_refuses(hub, folder):
    (folder / "README.md").write_text("---\nlicense: [\n---\n")
    error = failure(folder, to_ann())
    assert (error.code, "README.md" in str(error)) == ("HUB_FAILED", True)
    assert list(hub.model("ann/reader").tree()) == [".gitattributes"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("request_", "fault", "code"),
    [
        ("/commit/", CUT, "HUB_UNREACHABLE"),
        ("/commit/", 500, "HUB_FAILED"),
        ("PUT /large/", 403, "ACCESS_DENIED"),
        ("/verify", 404, "HUB_FAILED"),
        ("/validate-yaml", CUT, "HUB_UNREACHABLE"),
    ],
)
def test_a_push_that_is_cut_off_changes_nothing(request_, fault, code, reader, folder, tmp_path):
    (folder / "big.bin").write_bytes(bytes(range(256)) * 4096)
    reader.faults[request_] = fault
    assert failure(folder, to_ann()).code == code
    assert holds(reader, BUNDLED)
    found = find_folder("ann/reader", files=[ONNX_FILE], cache_dir=tmp_path / "cache")
    assert (found / ONNX_FILE).read_bytes() == (BUNDLED / ONNX_FILE).read_bytes()
    reader.faults.clear()
    push_folder(folder, to_ann())
    assert holds(reader, folder)


@pytest.mark.slow
def test_a_push_whose_process_dies_changes_nothing(reader, folder):
    """It is killed while its large files are on their way."""
    (folder / "big.bin").write_bytes(bytes(range(256)) * 4096)
    processes = []
    reader.meanwhile["PUT /large/"] = lambda: os.kill(processes[0].pid, signal.SIGKILL)
    processes.append(subprocess.Popen([sys.executable, "-c", PUSH, str(folder)]))
    assert processes[0].wait(60) == -signal.SIGKILL
    assert holds(reader, BUNDLED)
    reader.meanwhile.clear()
    push_folder(folder, to_ann())
    assert holds(reader, folder)


def test_push_to_hub_has_the_names_of_the_mixin():
    ours = inspect.signature(CaptchaModel.push_to_hub).parameters
    theirs = inspect.signature(ModelHubMixin.push_to_hub).parameters
    assert {"repo_id", "private", "token", "branch", "create_pr", "commit_message"} <= set(ours)
    for name, parameter in ours.items():
        assert parameter.kind == theirs[name].kind
        if name not in ("self", "repo_id", "commit_message"):
            assert parameter.default == theirs[name].default
    ours = inspect.signature(CaptchaModel.from_pretrained).parameters
    theirs = inspect.signature(ModelHubMixin.from_pretrained).parameters
    for name in ("revision", "token", "cache_dir", "local_files_only"):
        assert (ours[name].kind, ours[name].default) == (theirs[name].kind, theirs[name].default)


@pytest.mark.slow
def test_a_model_that_came_from_the_hub_goes_there_again(reader, tmp_path):
    """For ONNX Runtime Keras's files were not fetched; for a push they are."""
    options = {"cache_dir": tmp_path / "cache", "runtime": "onnx"}
    model = CaptchaModel.from_pretrained("ann/reader", **options)
    assert not reader.asked(WEIGHTS_FILE)
    model.push_to_hub("bob/copy", token="hf_bob", private=True, commit_message="A copy")
    repo = reader.model("bob/copy")
    assert (repo.private, repo.messages[-1]) == (True, "A copy")
    # That of an earlier format gets a copy of the settings.
    for name in set(NETWORK_FILES) - {KERAS_METADATA}:
        assert repo.tree()[name].data == (BUNDLED / name).read_bytes()
    assert b'from_pretrained("bob/copy")' in repo.tree()["README.md"].data
    again = CaptchaModel.from_pretrained("bob/copy", token="hf_bob", **options)
    image = EXAMPLES / "1.png"
    assert again.predict(image) == model.predict(image)


@pytest.mark.slow
def test_a_cached_copy_of_a_model_can_be_pushed(reader, tmp_path):
    """Its files are links."""
    names = [path.name for path in BUNDLED.iterdir()]
    copy = find_folder("ann/reader", files=names, cache_dir=tmp_path / "cache")
    push_folder(copy, Destination("bob/copy", token="hf_bob"))
    assert set(reader.model("bob/copy").tree()) == {".gitattributes", *names}
    shutil.rmtree(tmp_path / "cache")
