import builtins
import io
import shutil

import numpy as np
import pytest
from PIL import Image

from captcha_model.data.dataset import load_dataset
from captcha_model.data.source_options import SourceOptions
from captcha_model.data.sources import find_samples
from captcha_model.errors import DataError, DependencyError

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def png(value: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((12, 30), value, np.uint8)).save(file, "PNG")
    return file.getvalue()


def write(path, columns, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table(columns), path, **options)
    return path


def images(*values):
    """A column as `datasets` writes images."""
    return [{"bytes": png(value), "path": f"{value}.png"} for value in values]


def test_a_data_set_with_its_images(tmp_path):
    file = write(
        tmp_path / "data" / "train-00000-of-00001.parquet",
        {"image": images(*range(25)), "text": [f"0{n:02}" for n in range(25)]},
        row_group_size=10,
    )
    for source in (tmp_path, file):
        samples = find_samples(source)
        assert [sample.label for sample in samples] == [f"0{n:02}" for n in range(25)]
        assert samples[24].name.endswith("train-00000-of-00001/0000024")
        for n in (0, 24, 3, 10, 9):
            assert samples[n].read() == png(n)


def test_the_files_are_splits(tmp_path):
    for split, first in (("train", 0), ("validation", 10), ("test", 20)):
        write(
            tmp_path / f"{split}-00000-of-00001.parquet",
            {"image": images(first, first + 1), "text": ["ab", "ba"]},
        )
    options = SourceOptions(splits="folders")
    loaded = load_dataset(tmp_path, split="validation", source_options=options)
    assert loaded.pixels[:, 0, 0, 0].tolist() == [10, 11]


@pytest.mark.parametrize(
    ("columns", "options"),
    [
        ({"image": [png(1)], "text": ["ab"]}, {}),
        ({"picture": images(1), "text": ["ab"], "n": [1]}, {}),
        ({"image": images(1), "label": ["ab"]}, {"text_column": "label"}),
        ({"a": images(2), "b": images(1), "text": ["ab"]}, {"image_column": "b"}),
    ],
)
def test_columns(tmp_path, columns, options):
    (sample,) = find_samples(write(tmp_path / "x.parquet", columns), SourceOptions(**options))
    assert (sample.label, sample.read()) == ("ab", png(1))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"image": images(1), "label": ["ab"]}, "Perhaps: --text-column label"),
        ({"image": images(1), "a": ["b"], "c": ["d"]}, "Name one with --text-column"),
        ({"image": images(1), "text": [17]}, "needs texts in the column text, whose type is int64"),
        ({"image": images(1, 2), "text": ["ab", None]}, "line 2"),
    ],
)
def test_columns_that_do_not_do(tmp_path, columns, message):
    with pytest.raises(DataError, match=message) as caught:
        find_samples(write(tmp_path / "x.parquet", columns))
    assert caught.value.code == "TABLE_INVALID"


def test_a_row_without_an_image_is_unreadable(tmp_path):
    rows = [*images(1), {"bytes": None, "path": "/etc/passwd"}]
    samples = find_samples(write(tmp_path / "x.parquet", {"image": rows, "text": ["ab", "cd"]}))
    with pytest.raises(OSError, match="no image file in this row"):
        samples[1].read()
    assert samples[0].read() == png(1)


def test_no_rows(tmp_path):
    empty = pa.array([], pa.struct([("bytes", pa.binary())]))
    file = write(tmp_path / "x.parquet", {"image": empty, "text": pa.array([], pa.string())})
    with pytest.raises(DataError) as caught:
        find_samples(file)
    assert caught.value.code == "SOURCE_EMPTY"


@pytest.mark.parametrize("kept", [0, 3, 200, -9])
def test_a_file_that_is_cut_off(tmp_path, kept):
    file = write(tmp_path / "x.parquet", {"image": images(1), "text": ["ab"]})
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(DataError, match="not a valid Parquet file") as caught:
        find_samples(file)
    assert caught.value.code == "TABLE_INVALID"


def test_a_table_of_file_names(tmp_path):
    for n in (1, 2):
        (tmp_path / f"{n}.png").write_bytes(png(n))
    table = write(
        tmp_path / "metadata.parquet", {"file_name": ["2.png", "1.png"], "text": ["b", "a"]}
    )
    archive = shutil.make_archive(str(tmp_path.parent / tmp_path.name), "zip", tmp_path)
    for source in (tmp_path, table, archive):
        assert [(s.name, s.label) for s in find_samples(source)] == [("2.png", "b"), ("1.png", "a")]
    write(table, {"file_name": ["2.png"], "words": ["b"]})
    with pytest.raises(DataError, match="--text-column words"):
        find_samples(tmp_path)


def test_without_pyarrow(tmp_path, monkeypatch):
    file = write(tmp_path / "x.parquet", {"image": images(1), "text": ["ab"]})
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DependencyError, match=r"captcha-model\[parquet\]"):
        find_samples(file)
