import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from PIL import Image

from captcha_model.data.files import (
    IMAGE_SUFFIXES,
    OUTPUT_MARKERS,
    is_image,
    list_folder,
    list_images,
    select_images,
)
from captcha_model.data.sources import find_samples
from captcha_model.errors import DataWarning
from captcha_model.images.decode import decode_image
from captcha_model.storage.manifest import CONFIG_FILE
from captcha_model.training.run_folder import RUN_FILE

FORMATS = {".apng": "PNG", ".jpe": "JPEG", ".jfif": "JPEG", ".dib": "BMP"}


def write_image(path: Path, shade: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (20, 10), shade).save(path, FORMATS.get(path.suffix))


def names_in(folder: Path) -> list[str]:
    """List a folder that nothing may be left out of."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        return list(select_images(list_folder(folder), "x"))


@pytest.mark.parametrize("suffix", IMAGE_SUFFIXES)
def test_every_suffix_is_that_of_images_for_training_and_reading(tmp_path, suffix):
    path = tmp_path / f"ab{suffix}"
    write_image(path)
    assert [sample.label for sample in find_samples(tmp_path)] == ["ab"]
    assert list_images(tmp_path) == [path]
    assert decode_image(path).size == (20, 10)
    assert is_image(f"AB{suffix.upper()}")


def test_what_is_left_out_is_counted_and_named_by_kind(tmp_path):
    source = tmp_path / "set"
    write_image(source / "ab.png")
    write_image(source / ".hidden.png")
    write_image(source / ".cache" / "cd.png")
    write_image(tmp_path / "away.png")
    for name in ("a.tif", "b.txt", ".gitignore"):
        (source / name).write_text("x")
    (source / "away.png").symlink_to("../away.png")
    (source / "gone.png").symlink_to("nothing.png")
    (source / "round.png").symlink_to("round.png")
    (source / "again").symlink_to(source)
    os.mkfifo(source / "pipe.png")
    with pytest.warns(DataWarning) as caught:
        assert [sample.name for sample in find_samples(source)] == ["ab.png"]
    text = "\n".join(str(warning.message) for warning in caught)
    for part in (
        "1 hidden image (.hidden.png)",
        "1 hidden folder (.cache)",
        "2 files that are no images by suffix (a.tif, b.txt)",
        "1 link that leads out (away.png)",
        "2 links to nothing (gone.png, round.png)",
        "1 link to a folder (again)",
        "1 entry that is neither a file nor a folder (pipe.png)",
    ):
        assert part in text
    assert ".gitignore" not in text


def test_control_characters_of_a_name_do_not_reach_the_terminal(tmp_path):
    write_image(tmp_path / "ab.png")
    (tmp_path / "a\x1b[2J\n.txt").write_text("x")
    with pytest.warns(DataWarning, match=r"a\\x1b\[2J\\n.txt"):
        find_samples(tmp_path)


def test_links_are_followed_inside_the_source(tmp_path):
    write_image(tmp_path / "images" / "0001.png", 7)
    (tmp_path / "ab.png").symlink_to("images/0001.png")
    assert names_in(tmp_path) == ["ab.png", "images/0001.png"]
    files = list_folder(tmp_path)
    assert files["ab.png"]() == files["images/0001.png"]()


@pytest.mark.parametrize("below", ["", "train"])
def test_links_are_followed_into_the_blobs_of_the_hubs_cache(tmp_path, below):
    blobs = tmp_path / "datasets--user--name" / "blobs"
    write_image(blobs / "0a1b.png")
    (blobs / "0a1b.png").rename(blobs / "0a1b")
    folder = tmp_path / "datasets--user--name" / "snapshots" / "c0ffee" / below
    folder.mkdir(parents=True)
    target = Path("..", "..", *([".."] if below else []), "blobs", "0a1b")
    (folder / "ab.png").symlink_to(target)
    assert names_in(folder) == names_in(folder.resolve()) == ["ab.png"]
    assert list_images(folder) == [folder / "ab.png"]
    (folder / "cd.png").symlink_to("/etc/passwd")
    with pytest.warns(DataWarning, match=r"1 link that leads out \(cd.png\)"):
        assert list(list_folder(folder)) == ["ab.png"]


def test_a_file_that_became_a_pipe_does_not_block(tmp_path):
    write_image(tmp_path / "ab.png")
    code = (
        "import os, sys; from pathlib import Path\n"
        "from captcha_model.data.files import list_folder\n"
        "folder = Path(sys.argv[1]); read = list_folder(folder)['ab.png']\n"
        "(folder / 'ab.png').unlink(); os.mkfifo(folder / 'ab.png')\n"
        "try: read()\n"
        "except OSError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert "no longer a file" in done.stdout


def test_folders_that_this_program_wrote_are_no_data(tmp_path):
    assert {CONFIG_FILE, RUN_FILE} == OUTPUT_MARKERS
    write_image(tmp_path / "ab.png")
    for marker in OUTPUT_MARKERS:
        write_image(tmp_path / f"of {marker}" / "plots" / "samples.png")
        (tmp_path / f"of {marker}" / marker).write_text("{}")
    with pytest.warns(DataWarning, match="2 folders that captcha_model wrote"):
        assert [sample.label for sample in find_samples(tmp_path)] == ["ab"]


def test_backslashes_in_names_are_folders(tmp_path):
    write_image(tmp_path / "train\\ab.png")
    (sample,) = find_samples(tmp_path)
    assert (sample.name, sample.label) == ("train/ab.png", "ab")


def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    write_image(tmp_path / "ab.png")
    walk = os.walk

    def walk_with_error(top, onerror):
        onerror(PermissionError(13, "Permission denied", str(tmp_path / "closed")))
        return walk(top)

    monkeypatch.setattr(os, "walk", walk_with_error)
    with pytest.warns(DataWarning, match=r"1 folder that cannot be read \(closed\)"):
        find_samples(tmp_path)


def test_reading_a_folder_names_what_it_leaves_out(tmp_path):
    write_image(tmp_path / "ab.png")
    write_image(tmp_path / "more" / "cd.png")
    (tmp_path / "scan.tif").write_text("x")
    message = r"1 file that is not an image by its suffix \(scan.tif\); 1 folder in it \(more\)"
    with pytest.warns(DataWarning, match=message):
        assert list_images(tmp_path) == [tmp_path / "ab.png"]
