import gc
import io
import sys

import numpy as np
import pytest
from PIL import Image

from captcha_model.data.datasets.lmdb import lmdb_samples
from captcha_model.data.loading import load_images
from captcha_model.data.source_options import SourceOptions
from captcha_model.data.sources import find_samples
from captcha_model.errors import DataError, DependencyError

lmdb = pytest.importorskip("lmdb")


def png(value: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((12, 30), value, np.uint8)).save(file, "PNG")
    return file.getvalue()


def write(folder, values):
    folder.mkdir(parents=True, exist_ok=True)
    with lmdb.open(str(folder), map_size=2**24) as store, store.begin(write=True) as transaction:
        for key, value in values.items():
            transaction.put(key.encode(), value)
    return folder


def data_set(labels):
    values = {"num-samples": str(len(labels)).encode()}
    for number, label in enumerate(labels, 1):
        values |= {f"image-{number:09d}": png(number), f"label-{number:09d}": label.encode()}
    return values


def test_the_layout_of_deep_text_recognition_benchmark(tmp_path):
    folder = write(tmp_path / "set", data_set(["ab", "é3", "c d"]))
    for source in (folder, folder / "data.mdb"):
        samples = find_samples(source)
        assert [(s.name, s.label) for s in samples] == [
            ("image-000000001", "ab"),
            ("image-000000002", "é3"),
            ("image-000000003", "c d"),
        ]
        assert [sample.read() for sample in samples] == [png(1), png(2), png(3)]


def test_one_for_each_split_and_nothing_is_written(tmp_path):
    for split, label in (("training", "ab"), ("validation", "cd")):
        write(tmp_path / split, data_set([label]))
        (tmp_path / split / "lock.mdb").unlink()
    samples = find_samples(tmp_path, SourceOptions(splits="folders"))
    assert [(s.name, s.label) for s in samples] == [
        ("training/image-000000001", "ab"),
        ("validation/image-000000001", "cd"),
    ]
    assert sorted(path.name for path in tmp_path.rglob("*.mdb")) == ["data.mdb"] * 2


def test_white_space_is_stripped_or_refused(tmp_path):
    folder = write(tmp_path, data_set(["ab "]))
    with pytest.raises(DataError, match="in image-000000001") as caught:
        find_samples(folder)
    assert caught.value.code == "LABEL_WHITE_SPACE"
    assert find_samples(folder, SourceOptions(strip_labels=True))[0].label == "ab"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"a": b"b"}, "it has no num-samples"),
        ({"num-samples": b"x"}, "num-samples is b'x'"),
        ({"num-samples": b"0"}, "num-samples is b'0'"),
        ({"num-samples": b"9" * 50}, "num-samples is"),
        ({"num-samples": b"1"}, "it has no label-000000001"),
        ({"num-samples": b"1", "label-000000001": b"\xff"}, "not UTF-8 text: label-000000001"),
        ({"num-samples": b"1", "label-000000001": b"a" * 20_000}, "20,000 bytes"),
    ],
)
def test_another_layout(tmp_path, values, message):
    with pytest.raises(DataError, match=message) as caught:
        find_samples(write(tmp_path, values))
    assert caught.value.code == "SOURCE_DAMAGED"


def test_a_file_that_is_no_store(tmp_path):
    (tmp_path / "data.mdb").write_bytes(b"not a store" * 1000)
    with pytest.raises(DataError, match="cannot be read") as caught:
        find_samples(tmp_path)
    assert caught.value.code == "SOURCE_DAMAGED"


def test_a_missing_image_is_unreadable_like_any_other(tmp_path, small_config):
    values = data_set(["ab"] * 200)
    del values["image-000000007"]
    images = load_images(find_samples(write(tmp_path, values)), small_config)
    assert len(images) == 199
    assert [(file.name, file.reason) for file in images.skipped] == [
        ("image-000000007", "it has no image-000000007")
    ]


def test_a_process_that_ends_is_an_unreadable_image_and_is_started_again(tmp_path):
    samples = lmdb_samples(write(tmp_path, data_set(["ab", "cd"])))
    store = samples[0].read.func.__self__
    store._process.kill()
    store._process.wait()
    assert samples[1].read() == png(2)
    process = store._process
    del samples, store
    gc.collect()
    assert process.poll() is not None


def test_a_process_that_ends_while_it_answers(tmp_path, monkeypatch):
    folder = write(tmp_path, data_set(["ab"]))
    # A program that ends without an answer, as the reader does when the file ends it.
    monkeypatch.setattr(sys, "executable", "/bin/true")
    with pytest.raises(DataError, match="damaged or truncated"):
        find_samples(folder)


def test_without_the_package(tmp_path, monkeypatch):
    folder = write(tmp_path, data_set(["ab"]))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DependencyError, match=r"captcha-model\[lmdb\]"):
        find_samples(folder)


def test_options_for_other_formats_are_refused(tmp_path):
    folder = write(tmp_path / "set", data_set(["ab"]))
    for source in (folder, folder / "data.mdb"):
        with pytest.raises(DataError, match="says where its labels are"):
            find_samples(source, SourceOptions(text_column="label"))
    with pytest.raises(DataError, match="says where its labels are"):
        find_samples(folder / "data.mdb", SourceOptions(label_suffix=True))
