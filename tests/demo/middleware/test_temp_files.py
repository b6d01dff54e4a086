import os
import tempfile
import time

import pytest

from demo.middleware.temp_files import Scratch, ScratchLimit, scratch_folder
from tests.demo.asgi import ask, ok

UPLOAD = "/gradio_api/upload"
OLD = 100.0


@pytest.fixture
def scratch(tmp_path):
    return Scratch(tmp_path, most_bytes=1000, seconds=OLD)


def write(path, size=10, *, age=0.0):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    make_old(path, age)
    return path


def make_old(path, age):
    then = time.time() - age
    os.utime(path, (then, then))


def test_old_files_and_empty_folders_go_and_the_rest_stays(scratch, tmp_path):
    kept = write(tmp_path / "examples" / "1.png", age=5 * OLD)
    scratch.keep()
    new = write(tmp_path / "a" / "new.png", 20)
    old = write(tmp_path / "a" / "old.png", age=2 * OLD)
    alone = write(tmp_path / "b" / "c" / "old.png", age=2 * OLD)
    scratch.sweep()
    assert kept.exists()
    assert new.exists()
    assert not old.exists()
    assert not alone.exists()
    assert (scratch.files, scratch.bytes) == (2, 30)
    # A folder that has just become empty may be about to be used.
    for folder in (alone.parent, alone.parent.parent):
        make_old(folder, 2 * OLD)
        scratch.sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "examples"]


def test_a_link_is_deleted_and_not_what_it_leads_to(scratch, tmp_path, tmp_path_factory):
    elsewhere = write(tmp_path_factory.mktemp("elsewhere") / "x.png", age=2 * OLD)
    link = tmp_path / "link"
    link.symlink_to(elsewhere.parent)
    os.utime(link, (0, 0), follow_symlinks=False)
    scratch.sweep()
    assert not link.is_symlink()
    assert elsewhere.exists()


def test_what_disappears_meanwhile_is_no_error(scratch, tmp_path, monkeypatch):
    path = write(tmp_path / "a", age=2 * OLD)
    unlink = type(path).unlink

    def twice(self):
        unlink(self)
        unlink(self)

    monkeypatch.setattr(type(path), "unlink", twice)
    scratch.sweep()
    assert not path.exists()


def test_everything_temporary_goes_into_the_folder_and_away_with_it():
    before = tempfile.gettempdir(), os.environ.get("GRADIO_TEMP_DIR")
    with scratch_folder() as scratch:
        handle, name = tempfile.mkstemp()
        os.close(handle)
        assert scratch.folder in type(scratch.folder)(name).parents
        assert os.environ["GRADIO_TEMP_DIR"].startswith(str(scratch.folder))
    assert not scratch.folder.exists()
    assert (tempfile.gettempdir(), os.environ.get("GRADIO_TEMP_DIR")) == before


def test_uploads_are_refused_while_there_is_no_room(scratch, tmp_path):
    app = ScratchLimit(ok, scratch)
    assert ask(app, UPLOAD, "POST", content=b"x" * 600).status_code == 200
    assert ask(app, UPLOAD, "POST", content=b"x" * 600).status_code == 200
    answer = ask(app, UPLOAD, "POST", content=b"x")
    assert answer.status_code == 503
    assert "no room" in answer.text
    assert "SERVER_BUSY" in answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert ask(app, "/api/read", "POST", content=b"x").status_code == 200
    scratch.sweep()  # What was counted above was never written.
    assert ask(app, UPLOAD, "POST", content=b"x").status_code == 200
    write(tmp_path / "large", 1001)
    scratch.sweep()
    assert ask(app, UPLOAD, "POST", content=b"x").status_code == 503


def test_many_small_files_are_no_room_either(tmp_path):
    scratch = Scratch(tmp_path, most_files=3)
    app = ScratchLimit(ok, scratch)
    for i in range(3):
        write(tmp_path / str(i), 0)
    scratch.sweep()
    assert ask(app, UPLOAD, "POST", content=b"x").status_code == 200
    write(tmp_path / "3", 0)
    scratch.sweep()
    assert ask(app, UPLOAD, "POST", content=b"x").status_code == 503
