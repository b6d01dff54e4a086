"""The real client of the Hub against the loopback one."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from captcha_model.errors import CaptchaError, HubError, ModelFolderError
from captcha_model.hub import BUNDLED, find_folder
from captcha_model.storage.manifest import CONFIG_FILE, KERAS_FILES, ONNX_FILE

FIND = """
import json, sys
from captcha_model.errors import CaptchaError
from captcha_model.hub import find_folder
name, files, cache = sys.argv[1:]
try:
    answer = str(find_folder(name, files=files.split(), cache_dir=cache))
except CaptchaError as error:
    answer = [error.code, str(error)]
print(json.dumps(answer))
"""


@pytest.fixture
def find(tmp_path) -> Callable[..., Path]:
    """`find_folder` with a cache of its own."""

    def find(name: str, files=(ONNX_FILE,), **options) -> Path:
        return find_folder(name, files=files, cache_dir=tmp_path / "cache", **options)

    return find


def find_elsewhere(cache: Path, name: str, files=(ONNX_FILE,), **variables: str):
    """Find in a new process, because the client reads its variables when it is imported."""
    done = subprocess.run(
        [sys.executable, "-c", FIND, name, " ".join(files), str(cache)],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def failure(find, *arguments, **options) -> CaptchaError:
    with pytest.raises(CaptchaError) as caught:
        find(*arguments, **options)
    assert "\n" not in str(caught.value)
    assert str(caught.value).count(". ") == 0
    return caught.value


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_nothing_is_the_bundled_model():
    assert find_folder(None, files=[]) == BUNDLED
    assert (BUNDLED / CONFIG_FILE).exists()


def test_a_folder_comes_before_a_repository(tmp_path, monkeypatch, hub):
    (tmp_path / "user" / "name").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert str(find_folder("user/name", files=[])) == "user/name"
    assert find_folder(tmp_path, files=[]) == tmp_path
    assert hub.requests == []


@pytest.mark.parametrize(
    "name", ["nowhere", "a/b/c", "../x/..", "https://a.b/c", "user/na me", "user/name@", "a/b@c d"]
)
def test_what_is_neither(name, find, hub, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert failure(find, name).code == "MODEL_NOT_FOUND"
    assert hub.requests == []


def test_a_name_that_only_the_hub_refuses(find, hub):
    assert failure(find, "user/a--b").code == "REPO_NAME_INVALID"


@pytest.mark.parametrize(
    ("files", "others"), [((ONNX_FILE,), KERAS_FILES), (KERAS_FILES, (ONNX_FILE,))]
)
def test_only_what_is_wanted_is_downloaded(files, others, find, reader):
    folder = find("ann/reader", files)
    assert names(folder) == sorted([CONFIG_FILE, *files])
    assert all((folder / name).read_bytes() == (BUNDLED / name).read_bytes() for name in files)
    assert all(reader.asked(f"/{name}") for name in files)
    assert not any(reader.asked(f"/{name}") for name in others)


def test_what_is_there_is_not_fetched_again(find, reader):
    folder = find("ann/reader")
    reader.requests.clear()
    assert find("ann/reader") == folder
    # The branch may have moved, so it is asked after, once.
    assert reader.requests == ["GET /api/models/ann/reader"]
    reader.requests.clear()
    assert find("ann/reader", revision=folder.name) == folder
    assert find(f"ann/reader@{folder.name}") == folder
    assert find("ann/reader", local_files_only=True) == folder
    assert reader.requests == []


def test_another_runtimes_files_join_the_same_folder(find, reader):
    folder = find("ann/reader")
    assert find("ann/reader", KERAS_FILES) == folder
    assert len(reader.asked(f"{folder.name}/{CONFIG_FILE}")) == 2  # HEAD and GET, once
    assert names(folder) == sorted([CONFIG_FILE, ONNX_FILE, *KERAS_FILES])


def test_a_file_that_the_repository_lacks_is_not_there(find, old_reader):
    assert names(find("ann/reader")) == [CONFIG_FILE]


@pytest.mark.slow
def test_revisions(find, reader):
    repo = reader.model("ann/reader")
    first = repo.resolve("main")
    repo.refs["v1"] = first
    second = repo.commit("main", {**repo.tree()}, "another")
    repo.refs["refs/pr/1"] = first
    assert find("ann/reader").name == second
    for name in (first, "v1", "refs/pr/1"):
        assert find("ann/reader", revision=name).name == first
        assert find(f"ann/reader@{name}").name == first
    error = failure(find, "ann/reader@v2")
    assert (error.code, "'v2'" in str(error)) == ("REVISION_NOT_FOUND", True)
    assert failure(find, "ann/reader", revision="0" * 40).code == "REVISION_NOT_FOUND"
    assert failure(find, "ann/reader@v1", revision="main").code == "REVISION_AMBIGUOUS"


def test_a_push_in_between_mixes_no_revisions(find, reader):
    """The settings are of the first revision, and so is the rest."""
    repo = reader.model("ann/reader")
    first = repo.resolve("main")
    other = {**repo.tree(), ONNX_FILE: repo.tree()[CONFIG_FILE]}
    reader.meanwhile[f"GET /ann/reader/resolve/{first}/"] = lambda: repo.commit("main", other, "")
    folder = find("ann/reader")
    assert repo.resolve("main") != first
    assert folder.name == first
    assert (folder / ONNX_FILE).read_bytes() == (BUNDLED / ONNX_FILE).read_bytes()


def test_a_private_repository_needs_its_owners_token(find, reader):
    reader.model("ann/reader").private = True
    for token in (None, False, "hf_bob"):
        error = failure(find, "ann/reader", token=token)
        assert isinstance(error, HubError)
        assert error.code == "REPO_NOT_FOUND"
    assert failure(find, "ann/reader", token="nonsense").code == "TOKEN_INVALID"
    assert failure(find, "ann/reader", token=True).code == "TOKEN_MISSING"
    assert names(find("ann/reader", token="hf_ann")) == [CONFIG_FILE, ONNX_FILE]


@pytest.mark.slow
def test_a_gated_repository_says_so(find, reader):
    reader.model("ann/reader").gated = True
    for token in (None, "hf_bob"):
        assert failure(find, "ann/reader", token=token).code == "REPO_GATED"
    assert find("ann/reader", token="hf_ann")


def test_a_repository_that_is_missing(find, hub):
    error = failure(find, "ann/reader")
    assert error.code == "REPO_NOT_FOUND"
    assert "'ann/reader'" in str(error)


def test_nothing_large_comes_from_a_repository_that_is_not_ours(find, reader):
    repo = reader.model("ann/reader")
    repo.commit("main", {k: v for k, v in repo.tree().items() if k != CONFIG_FILE}, "not ours")
    error = failure(find, "ann/reader", KERAS_FILES)
    assert isinstance(error, ModelFolderError)
    assert error.code == "NOT_A_CAPTCHA_MODEL"
    head = f"HEAD /ann/reader/resolve/{repo.resolve('main')}/{CONFIG_FILE}"
    assert reader.requests == ["GET /api/models/ann/reader", head]


def test_a_hub_that_fails(find, reader):
    reader.faults["/api/models/ann/reader"] = 500
    error = failure(find, "ann/reader")
    assert (error.code, "500" in str(error)) == ("HUB_FAILED", True)
    reader.faults["/api/models/ann/reader"] = 418
    error = failure(find, "ann/reader")
    assert (error.code, "418" in str(error)) == ("HUB_FAILED", True)


@pytest.mark.slow
def test_without_a_network_the_cache_is_enough(find, reader, tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{unused.getsockname()[1]}"
    code, message = find_elsewhere(tmp_path / "cache", "ann/reader", HF_ENDPOINT=nowhere)
    assert (code, "cannot be reached" in message) == ("HUB_UNREACHABLE", True)
    folder = find("ann/reader")
    found = find_elsewhere(tmp_path / "cache", "ann/reader", HF_ENDPOINT=nowhere)
    assert found == str(folder)


@pytest.mark.slow
def test_offline_the_cache_is_all_there_is(find, reader, tmp_path):
    error = failure(find, "ann/reader", local_files_only=True)
    code, message = find_elsewhere(tmp_path / "cache", "ann/reader", HF_HUB_OFFLINE="1")
    assert error.code == code == "HUB_UNREACHABLE"
    assert str(error) == message
    assert "offline" in message
    folder = find("ann/reader")
    reader.requests.clear()
    assert find_elsewhere(tmp_path / "cache", "ann/reader", HF_HUB_OFFLINE="1") == str(folder)
    code, _ = find_elsewhere(tmp_path / "cache", "ann/reader", KERAS_FILES, HF_HUB_OFFLINE="1")
    assert code == "HUB_UNREACHABLE"
    assert failure(find, "ann/reader", KERAS_FILES, local_files_only=True).code == code
    assert reader.requests == []
