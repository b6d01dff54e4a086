"""Every layout that `docs/data-formats.md` lists is read as the page says.

A test makes the folder that a section lists, with the tables that it shows, and runs its command.
"""

import io
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captcha_model.cli import build_parser, main
from captcha_model.cli.source_options import source_options
from captcha_model.data.files import is_image
from captcha_model.data.sources import open_source
from tests.docs.pages import blocks, command_lines, read

PAGE = "docs/data-formats.md"

# Section: the labels by the names of the samples, and where they come from.
EXPECTED = {
    "Labels in file names": (
        {"2b827.png": "2b827", "more/m47dx.jpg": "m47dx"},
        "the file names",
    ),
    "Names with a label and something else": (
        {"AbC1_0001.png": "AbC1", "AbC1_0002.png": "AbC1", "x9Ky_0001.png": "x9Ky"},
        "the file names with --label-suffix",
    ),
    "A table of file names and texts": (
        {"0001.png": "2b827", "more/0002.jpg": "m47dx"},
        "the column text of metadata.csv",
    ),
    "Labels of the labelling page": (
        {"0001.png": "2b827", "0003.png": "m47dx"},
        "the key text of labels.jsonl",
    ),
    "A table with another name": (
        {"0001.png": "2b827", "0002.png": "m47dx"},
        "the column text of labels.csv",
    ),
    "Other names of columns": (
        {"images/0001.png": "2B827", "images/0002.png": "M47DX"},
        "the column plate_text of plates.csv",
    ),
    "A table without a header": (
        {"0001.png": "2b827", "0002.png": "m47dx"},
        "column 2 of labels.csv",
    ),
    "JSON lines": (
        {"0001.png": "2b827", "0002.png": "00417"},
        "the key text of metadata.jsonl",
    ),
    "An imagefolder with splits": (
        {"train/0001.png": "2b827", "validation/0001.png": "m47dx", "test/0001.png": "8gecm"},
        "the column text of test/metadata.csv, the column text of train/metadata.csv, the column "
        "text of validation/metadata.csv",
    ),
    "PaddleOCR": (
        {
            "train/word_1.png": "2b827",
            "train/word_2.png": "n3w7x",
            "train/word_3.png": "n3w7x",
            "test/word_1.png": "8gecm",
        },
        "the text after the tab of rec_gt_test.txt, the text after the tab of rec_gt_train.txt",
    ),
    "A text file with names and labels": (
        {"1.jpg": "2b827", "2.jpg": "m47dx"},
        "the text after the file name of labels.txt",
    ),
    "A text file with a label a line": (
        {"1.jpg": "2b827", "2.jpg": "m47dx", "3.jpg": "8gecm"},
        "a label a line of labels.txt",
    ),
    "LMDB": (
        {"training/image-000000001": "2b827", "validation/image-000000001": "m47dx"},
        "the keys label-... of training/data.mdb, validation/data.mdb",
    ),
    "Images in Parquet files": (
        {
            "data/train-00000-of-00001/0000000": "2b827",
            "data/train-00000-of-00001/0000001": "n3w7x",
            "data/test-00000-of-00001/0000000": "m47dx",
        },
        "the column label of data/test-00000-of-00001.parquet, data/train-00000-of-00001.parquet",
    ),
}
# Labels of files that a listing names but cannot show. The second one of `train` is of the
# validation split by its hash, where there is no folder for that.
BINARY = {
    "training": ["2b827"],
    "train": ["2b827", "n3w7x"],
    "validation": ["m47dx"],
    "test": ["m47dx"],
}


def png(name: str) -> bytes:
    """Return an image that no other name has."""
    file = io.BytesIO()
    pixels = np.random.default_rng(list(name.encode())).integers(0, 256, (20, 60), np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def listed(section: str) -> list[str]:
    """Return the paths of the files in a section's listing."""
    folders: list[str] = []
    paths = []
    for line in blocks(PAGE, "text", section)[0].text.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        folders[depth:] = [line.strip()]
        if not line.endswith("/"):
            paths.append("".join(folders))
    return paths


def tables(section: str) -> dict[str, str]:
    """Return the texts of the tables that a section shows, by their paths."""
    text = read(PAGE).partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    shown = re.findall(r"^`([^`\n]+)`[^`]*:\n\n```\w+\n(.*?)^```$", text, re.M | re.S)
    return dict(shown)


def write_binary(path: Path) -> None:
    """Write an LMDB or a Parquet file with images, whose labels follow from its name."""
    split = path.name.partition("-")[0] if path.suffix == ".parquet" else path.parent.name
    images = [(label, png(label)) for label in BINARY[split]]
    if path.suffix == ".parquet":
        pyarrow = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        columns = {
            "image": [{"bytes": image, "path": "0.png"} for _, image in images],
            "label": [label for label, _ in images],
        }
        parquet.write_table(pyarrow.table(columns), path)
        return
    lmdb = pytest.importorskip("lmdb")
    with lmdb.open(str(path.parent), map_size=2**20) as store, store.begin(write=True) as writer:
        writer.put(b"num-samples", str(len(images)).encode())
        for n, (label, image) in enumerate(images, start=1):
            writer.put(b"image-%09d" % n, image)
            writer.put(b"label-%09d" % n, label.encode())


def make(section: str, folder: Path) -> None:
    """Make the folder that a section lists."""
    shown = tables(section)
    for name in listed(section):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if is_image(name):
            path.write_bytes(png(name))
        elif name in shown:
            path.write_text(shown.pop(name))
        else:
            write_binary(path)
    assert not shown, "a table is shown that the listing lacks"


def test_every_listing_of_the_page_is_one_of_these():
    sections = {block.section for block in blocks(PAGE, "text")}
    assert sections == set(EXPECTED)


@pytest.mark.parametrize("section", EXPECTED)
def test_a_layout_is_read_as_the_page_says(section, tmp_path, monkeypatch, capsys):
    make(section, tmp_path)
    monkeypatch.chdir(tmp_path)
    (command,) = (b.text.strip() for b in blocks(PAGE, "", section))
    assert command in command_lines(PAGE)
    options = build_parser().parse_args(shlex.split(command)[1:])
    found = open_source(options.data, source_options(options))
    labels, origin = EXPECTED[section]
    assert {sample.name: sample.label for sample in found.samples} == labels
    source = Path(options.data)
    folder = source if source.is_dir() else source.parent
    for sample in found.samples:
        is_file = is_image(sample.name)
        assert sample.read() == (
            (folder / sample.name).read_bytes() if is_file else png(sample.label)
        )
    assert found.origin == origin
    code = main(shlex.split(command)[1:])
    assert code == 0, capsys.readouterr().err
    assert f"{len(labels)} images are ready for training" in capsys.readouterr().out


def test_the_python_example(tmp_path, monkeypatch):
    make("Names with a label and something else", tmp_path)
    monkeypatch.chdir(tmp_path)
    (block,) = blocks(PAGE, "python", "In Python")
    names: dict[str, object] = {}
    exec(compile(block.text, PAGE, "exec"), names)
    assert names["images"].labels == ("AbC1", "AbC1", "x9Ky")


def test_the_regular_expressions_of_the_table():
    rows = re.findall(r"^\| `([^`|]+)\.png` \| `--label-regex '([^']+)'` \|$", read(PAGE), re.M)
    assert [re.fullmatch(regex, stem)[1] for stem, regex in rows] == ["AbC1"] * 4
