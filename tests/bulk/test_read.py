"""`captcha-model predict --out`: many images, several processes, and every fault of the table."""

import csv
import itertools
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from captcha_model.bulk import read as bulk_read
from captcha_model.bulk.errors import OutputError
from captcha_model.bulk.read import read_to_file
from captcha_model.model import CaptchaModel
from captcha_model.model_chooser import ModelChooser
from tests.conftest import EXAMPLES

pytestmark = pytest.mark.slow

COUNT = 1500
COMMAND = [sys.executable, "-m", "captcha_model", "predict"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Images as links to six, with one that is damaged and one that is no image any more."""
    place = tmp_path_factory.mktemp("many") / "images"
    place.mkdir()
    examples = itertools.cycle(sorted(EXAMPLES.glob("*.png")))
    for number in range(COUNT):
        os.link(_copy(next(examples), place.parent), place / f"{number:04d}.png")
    for name, data in (("0077.png", b"bad"), ("1200.png", b"")):
        (place / name).unlink()
        (place / name).write_bytes(data)
    return place


def _copy(path: Path, folder: Path) -> Path:
    copy = folder / path.name
    if not copy.exists():
        copy.write_bytes(path.read_bytes())
    return copy


def rows_in(path: Path) -> list[dict]:
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def check(path: Path, folder: Path) -> None:
    """Check that every image has one row, in order, with its text or its error."""
    rows = rows_in(path)
    assert [row["path"] for row in rows] == sorted(str(image) for image in folder.iterdir())
    texts = ["w52g8", "fd8x3"]
    assert [row["text"] for row in rows[:2]] == texts
    assert [rows[6 * 200]["error_code"], rows[77]["error_code"]] == ["IMAGE_EMPTY", "IMAGE_FORMAT"]
    assert sum(row["text"] == "w52g8" for row in rows) == COUNT // 6 - 1


def start(folder: Path, out: Path, *options: str) -> subprocess.Popen:
    return subprocess.Popen(
        [*COMMAND, str(folder), "--out", str(out), "--processes", "2", *options],
        stderr=subprocess.PIPE,
        text=True,
        # A shell may have started the tests so that they ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def wait_for_rows(process: subprocess.Popen, out: Path) -> None:
    """Wait until some rows are written, but not all."""
    part = out.with_name(f"{out.name}.part")
    while not (part.exists() and part.stat().st_size > 30_000):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_kill_9_and_resume(folder, tmp_path, suffix):
    """Nothing is lost, nothing comes twice, and what was written is not read again."""
    out = tmp_path / f"readings{suffix}"
    process = start(folder, out)
    wait_for_rows(process, out)
    process.kill()
    process.communicate()
    assert not out.exists()
    process = start(folder, out, "--resume")
    _, err = process.communicate()
    assert process.returncode == 1, err
    check(out, folder)
    before = int(err.split(" of 1500 images had been read before")[0].rpartition(" ")[2])
    assert 0 < before < COUNT
    assert f"wrote 1500 rows to {out}\n" in err
    assert {path.name for path in tmp_path.iterdir()} == {out.name, f"{out.name}.job"}


def test_a_worker_that_is_killed_is_replaced(folder, tmp_path):
    out = tmp_path / "readings.csv"
    process = start(folder, out)
    wait_for_rows(process, out)
    workers = [
        child
        for child in psutil.Process(process.pid).children()
        if "spawn_main" in " ".join(child.cmdline())
    ]
    workers[0].kill()
    _, err = process.communicate()
    assert process.returncode == 1, err
    check(out, folder)
    assert "2 of 1500 images could not be read" in err


def test_a_full_disk_is_named_and_nothing_is_lost(folder, tmp_path):
    out = tmp_path / "readings.csv"
    limit = 200_000
    done = subprocess.run(
        [*COMMAND, str(folder), "--out", str(out), "--processes", "1"],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 1
    assert f"{out}.part cannot be written: File too large." in done.stderr
    assert "go on with --resume" in done.stderr
    assert "Traceback" not in done.stderr
    process = start(folder, out, "--resume")
    process.communicate()
    check(out, folder)


def test_an_image_that_is_gone_is_a_row(tmp_path, model):
    images = [str(EXAMPLES / "1.png"), str(tmp_path / "gone.png"), str(tmp_path)]
    done: list[int] = []
    summary = read_to_file(images, tmp_path / "r.csv", model=model, progress=done.append)
    rows = rows_in(tmp_path / "r.csv")
    assert [row["error_code"] for row in rows] == ["", "IMAGE_NOT_FOUND", "IMAGE_NOT_FOUND"]
    assert summary.counts == Counter(read=3, failed=2)
    assert sum(done) == 3


def test_failures_of_an_earlier_run_are_failures(cli, tmp_path):
    """A script learns from the exit code that the output has rows without a text."""
    images = [str(EXAMPLES / "1.png"), str(EXAMPLES / "2.png"), str(tmp_path / "bad.png")]
    (tmp_path / "bad.png").write_bytes(b"no image")
    arguments = ("predict", *images, "--out", str(tmp_path / "r.csv"), "--resume")
    code, _, err = cli(*arguments)
    assert (code, "1 of 3 images could not be read" in err) == (1, True)
    code, _, err = cli(*arguments)
    assert code == 1
    assert "3 of 3 images had been read before; 1 of them could not be read\n" in err


def test_a_complete_output_of_other_options_is_an_error(cli, tmp_path):
    out = tmp_path / "r.csv"
    arguments = ("predict", str(EXAMPLES / "1.png"), "--out", str(out), "--resume")
    assert cli(*arguments, "--columns", "text")[0] == 0
    before = out.read_bytes()
    for changed, named in (
        (("--columns", "text,confidence"), "its columns was 'path, text', but"),
        (("--columns", "text", "--charset", "0123456789"), "its options was"),
        (("--columns", "text", "--model", "general"), "its model was"),
    ):
        code, _, err = cli(*arguments, *changed)
        assert code == 1 and f"{out} is complete, but {named}" in err
        assert out.read_bytes() == before
    code, _, err = cli(*arguments, "--columns", "text")
    assert code == 0 and err.endswith("nothing was read anew\n") and "is gone" not in err
    (tmp_path / "r.csv.job").unlink()
    code, _, err = cli(*arguments, "--charset", "0123456789")
    assert code == 0 and f"{out}.job is gone, so it is not known whether" in err


def test_a_model_that_does_not_exist_is_named_before_anything_is_written(cli, tmp_path):
    out = str(tmp_path / "r.csv")
    code, _, err = cli("predict", str(EXAMPLES), "--model", "./nothing", "--out", out)
    assert code == 1
    assert "nothing" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--processes", "2"], "--processes needs --out."),
        (["--resume"], "--resume needs --out."),
        (["--columns", "text"], "--columns needs --out."),
        (["--engine", "ray"], "--engine ray needs --out."),
        (["--csv", "--out", "r.csv"], "--csv prints, and --out writes."),
        (["--id-column", "a", "--out", "r.csv"], "--id-column needs --engine ray."),
        (["--engine", "ray", "--processes", "2", "--out", "r"], "--processes is for one machine"),
        (["--processes", "0", "--out", "r.csv"], "'0' is not an integer >= 1"),
    ],
)
def test_options_that_do_not_go_together(cli, options, message):
    code, out, err = cli("predict", str(EXAMPLES), *options)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(
    ("options", "exit_code", "message"),
    [
        (["--out", "r.txt"], 2, "'r.txt' must end in .csv, .jsonl or .parquet"),
        (["--out", "r.csv", "--columns", "txt"], 2, "Readings have no column 'txt'."),
        (["--out", "r.csv", "--runtime", "keras"], 2, "read with ONNX Runtime, each on one core"),
        (["--out", "r.csv", "--pattern", "a{"], 2, "The pattern 'a{' cannot be understood"),
        (["--out", "/dev/null/r.csv"], 1, "/dev/null"),
    ],
)
def test_wrong_values_are_bad_usage(cli, tmp_path, monkeypatch, options, exit_code, message):
    monkeypatch.chdir(tmp_path)
    code, _, err = cli("predict", str(EXAMPLES), *options)
    assert code == exit_code
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_every_process_has_one_core(monkeypatch, tmp_path, cli):
    """The model that is sent to the processes reads on one thread."""
    seen: list[object] = []

    def remember(images, out, *, model, processes, **_):
        seen.append((len(images), model, processes))
        return bulk_read.Summary()

    monkeypatch.setattr(bulk_read, "read_to_file", remember)
    for options in ([], ["--model", "general", "--processes", "3"]):
        code, _, err = cli("predict", str(EXAMPLES), "--out", str(tmp_path / "r.csv"), *options)
        assert code == 0, err
    (_, chooser, cores), (count, model, processes) = seen
    assert isinstance(chooser, ModelChooser)
    assert isinstance(model, CaptchaModel)
    assert (count, processes) == (6, 3)
    assert cores == len(os.sched_getaffinity(0))
    assert model._runtime.threads == chooser._first._runtime.threads == 1


def test_an_interrupt_keeps_what_is_written(folder, tmp_path):
    out = tmp_path / "readings.csv"
    process = start(folder, out)
    wait_for_rows(process, out)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, err) == (130, "captcha-model: interrupted\n")
    with pytest.raises(OutputError, match="Go on with --resume"):
        read_to_file([], out, model=CaptchaModel.from_pretrained(threads=1))
