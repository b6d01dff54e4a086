import json
import subprocess
import sys

import pytest

from captcha_model.errors import ModelFolderError
from captcha_model.hub import BUNDLED, find_folder

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OFFLINE = """
import json, sys
from captcha_model.errors import CaptchaError
from captcha_model.hub import find_folder
try:
    print(json.dumps(str(find_folder(sys.argv[1], revision=sys.argv[2] or None))))
except CaptchaError as error:
    print(json.dumps([error.code, str(error)]))
"""


def find_offline(cache, name: str, revision: str = ""):
    """Ask the real client, which reads its settings when it is imported: so in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, name, revision],
        env={"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(cache), "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_nothing_is_the_bundled_model():
    assert find_folder(None) == BUNDLED
    assert (BUNDLED / "captcha_config.json").exists()
    assert sum(p.stat().st_size for p in BUNDLED.iterdir()) < 2 * 2**20


def test_a_folder_comes_before_a_repository(tmp_path, monkeypatch):
    (tmp_path / "user" / "name").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert str(find_folder("user/name")) == "user/name"
    assert find_folder(tmp_path) == tmp_path


@pytest.mark.parametrize("name", ["nowhere", "a/b/c", "../x/..", "https://a.b/c", "user/na me"])
def test_what_is_neither(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelFolderError) as caught:
        find_folder(name)
    assert caught.value.code == "MODEL_NOT_FOUND"


def test_the_cache_is_read_offline_and_a_revision_is_kept(tmp_path):
    repo = tmp_path / "models--user--name"
    snapshot = repo / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(COMMIT)
    assert find_offline(tmp_path, "user/name") == str(snapshot)
    assert find_offline(tmp_path, "user/name", COMMIT) == str(snapshot)
    code, message = find_offline(tmp_path, "user/name", "v2")
    assert code == "HUB_UNREACHABLE"
    assert "user/name" in message


def test_what_is_not_in_the_cache_says_so_offline(tmp_path):
    code, message = find_offline(tmp_path, "user/other")
    assert code == "HUB_UNREACHABLE"
    assert "not in the cache" in message
