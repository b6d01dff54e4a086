"""What is found and how it is shared out, without a cluster."""

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ray.data.extensions import ArrowTensorArray

from captcha_model.errors import ConfigError, DataWarning, ImageError
from captcha_model.inference.options import ReadingOptions
from captcha_model.model import CaptchaModel
from captcha_model.ray import source
from captcha_model.ray.actor import ImageReader, find_image_column
from captcha_model.ray.cluster import TASK_CORES, shares
from captcha_model.ray.places import open_images, place_of
from tests.conftest import EXAMPLES

PATHS = sorted(str(path) for path in EXAMPLES.glob("*.png"))


def nodes(*cores: float) -> list[dict]:
    return [{"Alive": True, "Resources": {"CPU": count}} for count in cores]


@pytest.mark.parametrize(
    ("cores", "actors"),
    [([2], 2), ([1], 1), ([1, 1], 2), ([8, 8, 4], 20), ([0, 16], 16), ([64], 64), ([0.5], 1)],
)
def test_actors_leave_room_for_tasks(cores, actors):
    """On every node, and for the filter of a resumed run, which takes a whole core."""
    found = shares([*nodes(*cores), {"Alive": False, "Resources": {"CPU": 100.0}}])
    assert found.actors == actors
    assert TASK_CORES <= found.cores < 1
    for count in cores:
        if count >= 2:
            assert count - int(count) * found.cores >= 1 + TASK_CORES
        elif count == 1:
            assert count - found.cores >= 3 * TASK_CORES


def test_files_are_found_by_folder_pattern_and_uri(tmp_path):
    for path in PATHS[:3]:
        shutil.copy(path, tmp_path)
    (tmp_path / "notes.txt").write_text("no image")
    local = sorted(str(path) for path in tmp_path.glob("*.png"))
    with pytest.warns(DataWarning, match=r"notes\.txt"):
        assert source.find_files(str(tmp_path)) == local
    assert source.find_files(f"{tmp_path}/*.png") == local
    assert source.find_files(f"{tmp_path}/1.*") == [str(tmp_path / "1.png")]
    remote = [f"file://{path}" for path in local]
    assert source.find_files(f"file://{tmp_path}") == remote
    assert source.find_files(f"file://{tmp_path}/*.png") == remote
    assert source.find_files(f"file://{tmp_path}/2.png") == [remote[1]]
    for nothing in (f"{tmp_path}/*.gif", f"file://{tmp_path}/*.gif", f"file://{tmp_path}/no", ""):
        with pytest.raises(ImageError, match="or it does not exist"):
            source.find_files(nothing)


def test_a_folder_of_parquet_files_is_its_rows(tmp_path, monkeypatch):
    table = pa.table({"image": [b"1", b"2", b"3"], "meter": ["a", "b", "c"]})
    (tmp_path / "deep").mkdir()
    pq.write_table(table, tmp_path / "deep" / "x.parquet", row_group_size=2)
    # Small row groups are read together.
    assert len(source.ImageSource([str(tmp_path)], None, "path").get_read_tasks()) == 1
    monkeypatch.setattr(source, "_LEAST", 1)
    monkeypatch.setattr(source, "_MOST", 1)
    found = source.ImageSource([str(tmp_path)], None, "path")
    assert found.rows == 3
    blocks = [pa.concat_tables(task()) for task in found.get_read_tasks(1)]
    assert [block.column("path").to_pylist() for block in blocks] == [
        [f"{tmp_path}/deep/x.parquet#0", f"{tmp_path}/deep/x.parquet#1"],
        [f"{tmp_path}/deep/x.parquet#2"],
    ]
    named = source.ImageSource([str(tmp_path)], None, "meter")
    assert [task.metadata.num_rows for task in named.get_read_tasks()] == [2, 1]
    assert next(iter(named.get_read_tasks()[1]())).to_pylist() == [{"image": b"3", "meter": "c"}]


@pytest.mark.parametrize(
    ("readers", "rows"),
    [
        (1, [10_000] * 5),  # As many as one task reads at most.
        (2, [6_500] * 7 + [4_500]),  # Four tasks for every reader.
        (100, [1_000] * 50),  # No task for fewer than pay.
    ],
)
def test_a_task_reads_as_many_rows_as_keep_all_readers_busy(tmp_path, readers, rows):
    table = pa.table({"image": [b"1"] * 50_000})
    pq.write_table(table, tmp_path / "x.parquet", row_group_size=500)
    found = source.ImageSource([str(tmp_path)], None, "path", readers)
    assert [task.metadata.num_rows for task in found.get_read_tasks()] == rows


def test_files_are_read_from_any_file_system(tmp_path):
    names = [PATHS[0], f"file://{PATHS[1]}", f"file://{tmp_path}/none.png", "http://a/b.png"]
    first, second, third, fourth = open_images(names)
    assert first == Path(PATHS[0])
    assert second == Path(PATHS[1]).read_bytes()
    for error in (third, fourth):
        assert isinstance(error, ImageError)
        assert error.code == "IMAGE_NOT_FOUND"
    assert place_of("file:///a/b c?.png").path == "/a/b c?.png"
    with pytest.raises(ConfigError, match="http://a is no file system"):
        place_of("http://a/b.png")


BYTES = pa.field("image", pa.binary())
STRUCT = pa.field("picture", pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
PATH = pa.field("path", pa.string())


@pytest.mark.parametrize(
    ("fields", "name", "found"),
    [
        ([BYTES, PATH], "", "image"),
        ([STRUCT, PATH], "", "picture"),
        ([STRUCT, BYTES], "", "image"),
        ([STRUCT, BYTES], "picture", "picture"),
        ([PATH], "", "path"),
    ],
)
def test_the_column_of_the_images(fields, name, found):
    assert find_image_column(pa.schema(fields), name, "path") == found


@pytest.mark.parametrize(
    ("fields", "name", "message"),
    [
        ([pa.field("a", pa.string())], "", "No column has images"),
        ([STRUCT, pa.field("b", pa.binary())], "", "Several columns have images"),
        ([BYTES], "b", "There is no column 'b'. The columns: image."),
    ],
)
def test_a_column_that_is_not_clear_is_an_error(fields, name, message):
    with pytest.raises(ConfigError, match=message):
        find_image_column(pa.schema(fields), name, "path")


def reader(image_column: str = "", kept: tuple[str, ...] = ()) -> ImageReader:
    model = CaptchaModel.from_pretrained(threads=1)
    columns = ("path", "text", "error_code")
    return ImageReader(model, ReadingOptions(), columns, kept, image_column, "path")


def test_a_batch_of_paths_arrays_and_objects(model):
    texts = [reading.text for reading in model.predict(PATHS)]
    paths = pa.array(PATHS)
    data = [Path(path).read_bytes() for path in PATHS]
    objects = pa.array([{"bytes": some, "path": None} for some in data], STRUCT.type)
    # The path beside missing bytes is data, and is not followed.
    missing = pa.array([{"bytes": None, "path": path} for path in PATHS], objects.type)
    for column, expected in ((paths, texts), (objects, texts), (missing, [None] * len(PATHS))):
        table = pa.table({"picture": column, "path": paths, "house": range(len(PATHS))})
        found = reader("picture", ("house",))(table)
        assert found.column("text").to_pylist() == expected
        assert found.column("house").to_pylist() == list(range(len(PATHS)))
        assert found.column("path").to_pylist() == PATHS
    assert set(found.column("error_code").to_pylist()) == {"IMAGE_EMPTY"}


def test_arrays_of_ray_are_images(model):
    pixels = np.stack([np.full((50, 200, 3), value, np.uint8) for value in (0, 255)])
    table = pa.table({"image": ArrowTensorArray.from_numpy(pixels), "path": ["a", "b"]})
    assert reader()(table).column("text").to_pylist() == ["", ""]


def test_a_missing_id_is_named():
    with pytest.raises(ConfigError, match=r"no column 'path'\. It has: image"):
        reader()(pa.table({"image": [b""]}))
