"""Reading and drawing with a real Ray, and every fault of the table.

They share one cluster; the test that takes a node from it is the last one.
"""

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pyarrow.dataset as ds
import pytest

import captcha_model.ray
from captcha_model.bulk.errors import OutputError
from captcha_model.data.sources import find_samples
from captcha_model.data.synthetic.drawing import Drawing
from captcha_model.data.synthetic.shards import write_shards
from captcha_model.errors import ConfigError, DataError, ImageError, ModelFolderError
from captcha_model.inference.reading_columns import READING_COLUMNS
from captcha_model.ray.job import DONE, read_to_folder
from tests.conftest import EXAMPLES
from tests.ray.conftest import GROUPS, ROWS

pytestmark = [pytest.mark.ray, pytest.mark.slow]

COUNT = GROUPS * ROWS


def rows_in(folder: Path) -> list[dict[str, Any]]:
    return ds.dataset(folder, format="parquet").to_table().to_pylist()


def check(out: Path, shards: Path) -> None:
    """Check that every image has one row, and the text or the error that it must have."""
    rows = rows_in(out)
    names = [
        f"{shards / name}#{row}"
        for name, row in itertools.product(("a.parquet", "b.parquet"), range(COUNT // 2))
    ]
    assert Counter(row["path"] for row in rows) == Counter(names)
    by_name = {row["path"]: row for row in rows}
    assert by_name[names[0]]["text"] == "w52g8"
    assert [name for name, row in by_name.items() if row["error_code"]] == [names[77]]
    assert by_name[names[77]]["error_code"] == "IMAGE_FORMAT"
    assert sum(row["text"] == "w52g8" for row in rows) == COUNT // 6


def in_the_middle(out: Path, act: Callable[[], object], run: Callable[[], object]) -> None:
    """Do something while a run has written some of its files and not all."""
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(run)
        while not any(out.glob("*.parquet")):
            assert not running.done(), running.result()
            time.sleep(0.05)
        act()
        assert not (out / DONE).exists()
        running.result()


def actors() -> list[psutil.Process]:
    """Return the processes of the cluster that read."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "ImageReader" in " ".join(child.cmdline()):
                found.append(child)
    return found


def test_the_images_of_any_data_set_are_read(cluster, model, tmp_path):
    """Bytes, paths and what is no image, each with a row; columns of the data set are kept."""
    import ray

    paths = sorted(map(str, EXAMPLES.glob("*.png")))
    data = [Path(path).read_bytes() for path in paths]
    items = [{"meter": f"m{i}", "house": i, "picture": d} for i, d in enumerate([*data, b"bad"])]
    images = ray.data.from_items([*items, {"meter": "none", "house": 9, "picture": None}])
    columns = ["house", "text", "confidence", "error_code"]
    found = captcha_model.ray.read(
        images, model="captcha-images-v2", columns=columns, id_column="meter", length=5
    )
    rows = {row["meter"]: row for row in found.take_all()}
    assert len(rows) == 8
    expected = model.predict(paths, length=5)
    for i, reading in enumerate(expected):
        assert rows[f"m{i}"]["text"] == reading.text
        assert rows[f"m{i}"]["confidence"] == pytest.approx(reading.confidence, abs=1e-6)
        assert rows[f"m{i}"]["house"] == i
    assert rows["m6"]["error_code"] == "IMAGE_FORMAT"
    assert rows["none"]["error_code"] == "IMAGE_EMPTY"
    assert set(rows["m0"]) == {"meter", *columns}
    with pytest.raises(ConfigError, match="no column 'size'"):
        captcha_model.ray.read(images.materialize(), id_column="meter", columns=["size"])


def test_an_actor_that_is_killed_is_replaced(cluster, shards, tmp_path):
    out = tmp_path / "out"
    counts: list[Counter[str]] = []
    in_the_middle(
        out,
        lambda: actors()[0].kill(),
        lambda: counts.append(read_to_folder([str(shards)], str(out))),
    )
    check(out, shards)
    assert counts == [{"images": COUNT, "failed": 1, "rejected": 0}]
    assert tuple(ds.dataset(out).schema.names) == READING_COLUMNS
    # What is complete is not read again, and not written over.
    assert read_to_folder([str(shards)], str(out), resume=True) == counts[0]
    with pytest.raises(OutputError, match=r"is not empty\. Choose another one\."):
        read_to_folder([str(shards)], str(out))
    with pytest.raises(OutputError, match="its model was 'None', but now it is 'general'"):
        read_to_folder([str(shards)], str(out), model="general", resume=True)
    assert {path.name for path in tmp_path.iterdir()} == {"out", "out.job"}
    (tmp_path / "out.job").unlink()
    assert read_to_folder([str(shards)], str(out), resume=True) == counts[0]


def test_kill_9_of_the_driver_and_resume(cluster, shards, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "captcha_model", "predict", str(shards)]
    command += ["--engine", "ray", "--out", str(out)]
    environment = {**os.environ, "RAY_ADDRESS": cluster.address}
    driver = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    while not any((tmp_path / "out.checkpoint").glob("*[0-9].parquet")):
        assert driver.poll() is None, driver.communicate()
        time.sleep(0.05)
    driver.kill()
    driver.communicate()
    assert not (out / DONE).exists()
    with pytest.raises(OutputError, match=r"is not empty\. Go on with --resume, or delete it\."):
        read_to_folder([str(shards)], str(out))
    with pytest.raises(OutputError, match="its model was 'None', but now it is 'general'"):
        read_to_folder([str(shards)], str(out), model="general", resume=True)
    written = {path: path.stat().st_mtime_ns for path in out.glob("*.parquet")}
    done = subprocess.run([*command, "--resume"], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"wrote {COUNT} rows to {out}\n" in done.stderr
    assert f"1 of {COUNT} images could not be read\n" in done.stderr
    check(out, shards)
    kept = [path for path in written if path.exists()]
    assert kept
    assert all(path.stat().st_mtime_ns == written[path] for path in kept)


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A file system of its own that is soon full."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_named_and_nothing_is_lost(cluster, shards, small_disk):
    out = small_disk / "out"
    with pytest.raises(OutputError) as caught:
        read_to_folder([str(shards)], str(out))
    assert "No space left on device" in str(caught.value)
    assert "go on with --resume" in str(caught.value)
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    read_to_folder([str(shards)], str(out), resume=True)
    check(out, shards)


def test_synthetic_images_are_the_same_with_ray(cluster, tmp_path, monkeypatch):
    drawing = Drawing(seed=3)
    assert captcha_model.ray.synthesize(drawing, 60, str(tmp_path / "ray")) == 60
    assert sum(write_shards(drawing, 60, tmp_path / "local", 1)) == 60
    (ours,), (theirs,) = (list((tmp_path / name).iterdir()) for name in ("ray", "local"))
    assert ours.name == theirs.name == "part-000000.parquet"
    assert ours.read_bytes() == theirs.read_bytes()
    samples = find_samples(tmp_path / "ray")
    assert (len(samples), samples[7].label) == (60, drawing.renderer().draw(7).text)
    with pytest.raises(DataError, match="is not empty"):
        captcha_model.ray.synthesize(drawing, 60, str(tmp_path / "ray"))


def test_what_is_wrong_is_named_before_anything_is_read(cluster, shards, tmp_path, cli):
    source, out = str(shards), str(tmp_path / "out")
    with pytest.raises(ModelFolderError, match="nothing"):
        read_to_folder([source], out, model="./nothing")
    with pytest.raises(ImageError, match="'missing/' is no image, no Parquet file"):
        read_to_folder(["missing/"], out)
    damaged = tmp_path / "damaged"
    shutil.copytree(shards, damaged)
    (damaged / "b.parquet").write_bytes((shards / "b.parquet").read_bytes()[:-20])
    with pytest.raises(DataError, match=r"b\.parquet is not a valid Parquet file"):
        read_to_folder([str(damaged)], out)
    with pytest.raises(ConfigError, match="nowhere://bucket is no file system"):
        read_to_folder(["nowhere://bucket/images"], out)
    code, _, err = cli("predict", source, "--engine", "ray", "--out", out, "--model", "./nothing")
    assert code == 1
    assert err.startswith("captcha-model: error: ")
    assert err.count("\n") == 1


def test_a_node_that_is_lost_takes_nothing_with_it(cluster, shards, tmp_path):
    out = tmp_path / "out"
    in_the_middle(
        out,
        lambda: cluster.remove_node(cluster.second, allow_graceful=False),
        lambda: read_to_folder([str(shards)], str(out)),
    )
    check(out, shards)
