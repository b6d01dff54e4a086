import csv
import json
import os
import zipfile

import pytest
from PIL import Image

from captcha_model.data.datasets.captcha_images_v2 import check_archive, find_archive
from captcha_model.data.source_options import SourceOptions
from captcha_model.data.sources import find_samples, is_streamed, source_name
from captcha_model.errors import DataError

LABELS = ["ab", "ba", "cc"]


def write_image(path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (20, 10)).save(path)


@pytest.fixture
def folder(tmp_path):
    for label, suffix in zip(LABELS, ("png", "jpg", "bmp"), strict=True):
        write_image(tmp_path / "set" / f"{label}.{suffix}")
    (tmp_path / "set" / "notes.txt").write_text("not an image")
    write_image(tmp_path / "set" / ".hidden.png")
    return tmp_path / "set"


def labels_of(source, **options) -> list[str]:
    samples = find_samples(source, SourceOptions(**options))
    assert not is_streamed(samples)
    assert all(len(sample.read()) > 20 for sample in samples)
    return [sample.label for sample in samples]


def code_of(source) -> str:
    with pytest.raises(DataError) as caught:
        find_samples(source)
    return caught.value.code


def zipped(folder, prefix: str = ""):
    path = folder.parent / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{prefix}{file.name}")
        archive.writestr("__MACOSX/._ab.png", b"resource fork")
    return path


def test_a_folder_of_labels(folder):
    assert labels_of(folder) == LABELS
    write_image(folder / "subfolder" / "dd.webp")
    assert labels_of(folder) == ["ab", "ba", "cc", "dd"]


def test_a_suffix_for_repeated_labels(folder):
    write_image(folder / "ab_2.png")
    assert labels_of(folder, label_suffix=True) == ["ab", "ab", "ba", "cc"]
    assert labels_of(folder) == ["ab", "ab_2", "ba", "cc"]


@pytest.mark.parametrize("prefix", ["", "set/"])
def test_a_zip(folder, prefix):
    path = zipped(folder, prefix)
    assert labels_of(path) == LABELS
    assert [sample.name for sample in find_samples(path)] == ["ab.png", "ba.jpg", "cc.bmp"]


def test_a_zip_is_not_unpacked_to_disk(folder):
    path = folder.parent / "outside.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../outside.png", b"x" * 30)
    before = set(folder.parent.parent.rglob("*"))
    assert labels_of(path) == ["outside"]
    assert set(folder.parent.parent.rglob("*")) == before


@pytest.mark.filterwarnings("ignore::captcha_model.errors.DataWarning")
@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_a_table(folder, suffix):
    path = folder / f"labels.{suffix}"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        rows = csv.writer(file, delimiter="," if suffix == "csv" else "\t")
        rows.writerows([["file_name", "text"], ["ab.png", 'x,"y'], ["cc.bmp", "é"]])
    assert labels_of(path) == ['x,"y', "é"]


@pytest.mark.filterwarnings("ignore::captcha_model.errors.DataWarning")
@pytest.mark.parametrize("zip_it", [False, True])
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_imagefolder(folder, form, zip_it):
    rows = [{"file_name": "ab.png", "text": "first"}, {"file_name": "ba.jpg", "text": "second"}]
    if form == "csv":
        text = "file_name,text\n" + "".join(f"{r['file_name']},{r['text']}\n" for r in rows)
    else:
        text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / f"metadata.{form}").write_text(text)
    assert labels_of(zipped(folder, "set/") if zip_it else folder) == ["first", "second"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "SOURCE_EMPTY"),
        ("file_name,text\n", "SOURCE_EMPTY"),
        ("name,label\nab.png,ab\n", "TABLE_INVALID"),
        ("file_name,text\nab.png\n", "TABLE_INVALID"),
        ("file_name,text\ngone.png,ab\n", "FILES_MISSING"),
        ("file_name,text\n../set/ab.png,ab\n", "FILES_MISSING"),
        ("file_name,text\n/etc/passwd,ab\n", "FILES_MISSING"),
        ('file_name,text\nab.png,"a\n', "TABLE_INVALID"),
    ],
)
def test_bad_tables(folder, text, code):
    (folder / "metadata.csv").write_text(text)
    assert code_of(folder) == code


@pytest.mark.parametrize("text", ["{", "[]", '{"file_name": 1, "text": "a"}', "[" * 100_000])
def test_bad_json_lines(folder, text):
    (folder / "metadata.jsonl").write_text(text)
    assert code_of(folder) == "TABLE_INVALID"


def test_a_table_must_be_utf8(folder):
    (folder / "metadata.csv").write_bytes(b"file_name,text\nab.png,\xff\n")
    assert code_of(folder) == "TABLE_INVALID"


def test_invalid_sources(tmp_path):
    (tmp_path / "fake.zip").write_bytes(b"PK no zip")
    (tmp_path / "empty").mkdir()
    assert code_of(tmp_path / "nowhere") == code_of(tmp_path / "fake.zip") == "SOURCE_NOT_FOUND"
    with pytest.raises(DataError, match="nowhere' does not exist"):
        find_samples(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"fake.zip' has no labelled images"):
        find_samples(tmp_path / "fake.zip")
    assert code_of(tmp_path / "empty") == "SOURCE_EMPTY"
    assert code_of("") == code_of("mjsynth:") == "SOURCE_NOT_FOUND"


def test_links_pipes_and_folders_named_like_images_are_ignored(folder):
    (folder / "link.png").symlink_to("/etc/passwd")
    (folder / "loop").symlink_to(folder)
    (folder / "folder.png").mkdir()
    os.mkfifo(folder / "pipe.png")
    assert labels_of(folder) == LABELS


def test_the_public_data_set_by_name(real_data):
    assert find_archive() == real_data
    assert len(find_samples("captcha_images_v2")) == 917


def test_captcha_data_that_does_not_exist(monkeypatch):
    monkeypatch.setenv("CAPTCHA_DATA", "/no/such/file.zip")
    assert code_of("captcha_images_v2") == "SOURCE_NOT_FOUND"


def test_a_cached_download_is_used(no_captcha_data, folder):
    archive = zipped(folder)
    cached = no_captcha_data / "captcha_model" / "captcha_images_v2.zip"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(archive.read_bytes())
    assert find_archive() == cached


def test_a_download_is_checked(real_data, tmp_path):
    with pytest.raises(DataError, match="917 images instead of 1040"):
        check_archive(real_data)
    (tmp_path / "x.zip").write_bytes(b"<html>not found</html>")
    with pytest.raises(DataError, match="not a zip"):
        check_archive(tmp_path / "x.zip")


def test_a_download_that_fails_says_what_to_do(no_captcha_data, monkeypatch):
    import captcha_model.data.datasets.captcha_images_v2 as data_set

    monkeypatch.setattr(data_set, "URL", "http://127.0.0.1:9/data.zip")
    with pytest.raises(DataError, match="CAPTCHA_DATA") as caught:
        find_archive()
    assert caught.value.code == "DOWNLOAD_FAILED"
    assert not (no_captcha_data / "captcha_model" / "captcha_images_v2.zip").exists()


@pytest.mark.slow
def test_a_download_from_a_server(no_captcha_data, monkeypatch, tmp_path):
    import http.server
    import threading

    import captcha_model.data.datasets.captcha_images_v2 as data_set

    labels = [f"{a}{b}{c}22" for a in "2345678bcd" for b in "2345678bcd" for c in "2345678bcde"][
        :1040
    ]
    write_image(tmp_path / "one.png")
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        for label in labels:
            archive.write(tmp_path / "one.png", f"captcha_images_v2/{label}.png")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=tmp_path)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(data_set, "URL", f"http://127.0.0.1:{server.server_port}/data.zip")
        assert labels_of("captcha_images_v2") == sorted(labels)
        server.shutdown()
    assert len(find_samples("captcha_images_v2")) == 1040


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("captcha_images_v2", "captcha_images_v2"),
        ("/home/alice/plates/", "plates"),
        ("sets/plates.zip", "plates.zip"),
        ("/home/alice/plates/labels.jsonl", "plates/labels.jsonl"),
        ("/labels.csv", "labels.csv"),
        ("mjsynth:/data/90kDICT32px", "mjsynth:90kDICT32px"),
        ("/home/alice/two\nlines", "two?lines"),
        ("/", "images"),
    ],
)
def test_the_name_of_a_source_has_no_folder(source, name):
    assert source_name(source) == name


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("", {"text_column": "label"}),
        ("", {"columns": ("file", "text")}),
        ("labels.txt", {"image_column": "file"}),
        ("rec_gt_train.txt", {"text_column": "label"}),
        ("labels.jsonl", {"columns": ("file", "text")}),
        ("labels.csv", {"label_suffix": True}),
        ("labels.csv", {"label_regex": "(.+)"}),
    ],
)
def test_an_option_that_would_have_no_effect_is_an_error(folder, name, options):
    if name:
        (folder / name).write_text("file_name,text\nab.png,x\n")
    with pytest.raises(DataError, match="no use"):
        find_samples(folder / name, SourceOptions(**options))
