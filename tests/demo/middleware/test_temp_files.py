import os
import tempfile
import time

import pytest

from demo.middleware.temp_files import TempFiles, TempFilesLimit, temp_folder
from tests.demo.asgi import ok, send_request

UPLOAD = "/gradio_api/upload"
OLD = 100.0


@pytest.fixture
def temp_files(tmp_path):
    return TempFiles(tmp_path, max_bytes=1000, max_age=OLD)


def write(path, size=10, *, age=0.0):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    make_old(path, age)
    return path


def make_old(path, age):
    modified = time.time() - age
    os.utime(path, (modified, modified))


def test_old_files_and_empty_folders_are_deleted(temp_files, tmp_path):
    kept = write(tmp_path / "examples" / "1.png", age=5 * OLD)
    temp_files.keep_existing()
    new = write(tmp_path / "a" / "new.png", 20)
    old = write(tmp_path / "a" / "old.png", age=2 * OLD)
    alone = write(tmp_path / "b" / "c" / "old.png", age=2 * OLD)
    temp_files.sweep()
    assert kept.exists()
    assert new.exists()
    assert not old.exists()
    assert not alone.exists()
    assert (temp_files.files, temp_files.bytes) == (2, 30)
    # An empty folder is kept until it is old: it may be about to be used.
    for folder in (alone.parent, alone.parent.parent):
        make_old(folder, 2 * OLD)
        temp_files.sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "examples"]


def test_a_link_is_deleted_and_its_target_is_not(temp_files, tmp_path, tmp_path_factory):
    elsewhere = write(tmp_path_factory.mktemp("elsewhere") / "x.png", age=2 * OLD)
    link = tmp_path / "link"
    link.symlink_to(elsewhere.parent)
    os.utime(link, (0, 0), follow_symlinks=False)
    temp_files.sweep()
    assert not link.is_symlink()
    assert elsewhere.exists()


def test_a_file_deleted_during_the_sweep_is_no_error(temp_files, tmp_path, monkeypatch):
    path = write(tmp_path / "a", age=2 * OLD)
    unlink = type(path).unlink

    def delete_twice(self):
        unlink(self)
        unlink(self)

    monkeypatch.setattr(type(path), "unlink", delete_twice)
    temp_files.sweep()
    assert not path.exists()


def test_temporary_files_lie_in_the_folder_and_are_deleted_with_it():
    before = tempfile.gettempdir(), os.environ.get("GRADIO_TEMP_DIR")
    with temp_folder() as temp_files:
        handle, name = tempfile.mkstemp()
        os.close(handle)
        assert temp_files.folder in type(temp_files.folder)(name).parents
        assert os.environ["GRADIO_TEMP_DIR"].startswith(str(temp_files.folder))
    assert not temp_files.folder.exists()
    assert (tempfile.gettempdir(), os.environ.get("GRADIO_TEMP_DIR")) == before


def test_uploads_are_rejected_while_the_folder_is_full(temp_files, tmp_path):
    app = TempFilesLimit(ok, temp_files)
    assert send_request(app, UPLOAD, "POST", content=b"x" * 600).status_code == 200
    assert send_request(app, UPLOAD, "POST", content=b"x" * 600).status_code == 200
    response = send_request(app, UPLOAD, "POST", content=b"x")
    assert response.status_code == 503
    assert "no space" in response.text
    assert "SERVER_BUSY" in response.text
    assert int(response.headers["Retry-After"]) > 0
    assert send_request(app, "/api/read", "POST", content=b"x").status_code == 200
    temp_files.sweep()  # The uploads counted above were never written.
    assert send_request(app, UPLOAD, "POST", content=b"x").status_code == 200
    write(tmp_path / "large", 1001)
    temp_files.sweep()
    assert send_request(app, UPLOAD, "POST", content=b"x").status_code == 503


def test_the_number_of_files_is_limited(tmp_path):
    temp_files = TempFiles(tmp_path, max_files=3)
    app = TempFilesLimit(ok, temp_files)
    for i in range(3):
        write(tmp_path / str(i), 0)
    temp_files.sweep()
    assert send_request(app, UPLOAD, "POST", content=b"x").status_code == 200
    write(tmp_path / "3", 0)
    temp_files.sweep()
    assert send_request(app, UPLOAD, "POST", content=b"x").status_code == 503
