"""Measures reading many images: with processes, with Ray, with ddddocr, and the memory it takes.

    python benchmarks/scale.py
    python benchmarks/scale.py --memory 200000
    python benchmarks/scale.py --million

The images are synthetic ones in the style of captcha_images_v2; where more are read than drawn,
they are listed several times. The ways take turns. A rate counts from the first written images to
the last ones, because a start takes as long for ten images as for ten million; the seconds of the
whole are given beside it. ddddocr reads fewer images, in two processes of one thread each.
"""

import argparse
import itertools
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from common import write_result
from environments import install

from captcha_model.bulk.read import TASK, read_to_file
from captcha_model.data.synthetic.drawing import Drawing
from captcha_model.data.synthetic.shards import write_files, write_shards
from captcha_model.model import CaptchaModel

COMMAND = "python benchmarks/scale.py"
MODEL = "captcha-images-v2"
DRAWN = 20_000
MILLION = 1_000_000
PROCESSES = 2
_STORE = 500 * 2**20  # Bytes of Ray's object store.
_EVERY = 0.5  # Seconds between two looks at the memory.
DDDDOCR = """
import sys, time
import ddddocr
paths = sys.stdin.read().split("\\n")
reader = ddddocr.DdddOcr(beta=True, show_ad=False)
read = lambda path: reader.classification(open(path, "rb").read())
read(paths[0])
start = time.perf_counter()
for path in paths:
    read(path)
print(time.perf_counter() - start)
"""


def main() -> None:
    """Measure, print and write `results/scale*.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=DRAWN, help="of a run (default: 20000)")
    parser.add_argument("--runs", type=int, default=3, help="of each way (default: 3)")
    parser.add_argument("--peer-images", type=int, default=600, help="for ddddocr (default: 600)")
    parser.add_argument("--memory", type=int, metavar="N", help="measure the memory over N images")
    parser.add_argument("--million", action="store_true", help="read 1,000,000 images with Ray")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        if options.memory:
            save("scale_memory", f"--memory {options.memory}", memory(place, options.memory))
        elif options.million:
            count = max(options.images, 1)
            total = MILLION if count == DRAWN else 5 * count
            save("scale_million", "--million", million(place, count, total))
        else:
            arguments = f"--images {options.images} --runs {options.runs}"
            found = rates(place, options.images, options.runs, options.peer_images)
            save("scale", arguments, found)


def save(name: str, arguments: str, found: dict[str, Any]) -> None:
    """Print the figures and write them."""
    for what, value in found.items():
        print(f"{what:32} {value}")
    print(f"wrote {write_result(name, f'{COMMAND} {arguments}', found)}")


def rates(place: Path, count: int, runs: int, peer_images: int) -> dict[str, Any]:
    """Return the images a second of every way, the medians of `runs` turns."""
    paths = drawn(place, min(count, DRAWN))
    images = list(itertools.islice(itertools.cycle(paths), count))
    shards = drawn_shards(place, count)
    python, _ = install(["ddddocr"], place / "ddddocr")
    ways: dict[str, Callable[[Path], tuple[float, float]]] = {
        "1 process": lambda out: with_processes(images, out, 1),
        f"{PROCESSES} processes": lambda out: with_processes(images, out, PROCESSES),
        f"Ray, {PROCESSES} actors": lambda out: with_ray([str(shards)], out, count),
        f"ddddocr, {PROCESSES} processes": lambda _: with_ddddocr(python, images[:peer_images]),
    }
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    with ray_of(PROCESSES):
        for turn in range(runs):
            for name, way in ways.items():
                measured[name].append(way(place / f"out-{turn}"))
    rate = {name: statistics.median(r for r, _ in of) for name, of in measured.items()}
    one, two, ray, peer = rate.values()
    return {
        "images": count,
        "runs": runs,
        "images a second": {name: round(value, 1) for name, value in rate.items()},
        "seconds of the whole": {
            name: round(statistics.median(s for _, s in of), 1) for name, of in measured.items()
        },
        "2 processes to 1": round(two / one, 3),
        "Ray to 2 processes": round(ray / two, 3),
        "2 processes to ddddocr": round(two / peer, 1),
        "core hours of a million": round(MILLION / one / 3600, 3),
    }


def with_processes(images: Sequence[str], out: Path, processes: int) -> tuple[float, float]:
    """Return the images a second of processes of one core each, and the seconds of the whole."""
    times: list[tuple[float, int]] = []
    start = time.perf_counter()
    read_to_file(
        images,
        out.with_suffix(".csv"),
        model=CaptchaModel.from_pretrained(MODEL, threads=1),
        processes=processes,
        progress=lambda done: times.append((time.perf_counter(), done)),
    )
    whole = time.perf_counter() - start
    out.with_suffix(".csv").unlink()
    # The first entry is what was found; the second one ends the start.
    begun = times[1][0]
    return sum(done for _, done in times[2:]) / (times[-1][0] - begun), whole


def with_ray(sources: Sequence[str], out: Path, count: int) -> tuple[float, float]:
    """Return the images a second of Ray, by the times of its files, and the whole seconds."""
    import pyarrow.parquet as pq

    from captcha_model.ray.job import read_to_folder

    start = time.perf_counter()
    found = read_to_folder(sources, str(out), model=MODEL)
    whole = time.perf_counter() - start
    assert found["images"] == count, found
    files = sorted(out.glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)
    times = [path.stat().st_mtime for path in files]
    after = count - pq.ParquetFile(files[0]).metadata.num_rows
    return after / (times[-1] - times[0]), whole


def with_ddddocr(python: Path, images: Sequence[str]) -> tuple[float, float]:
    """Return the images a second of ddddocr, without its start, and the seconds of the whole."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    start = time.perf_counter()
    running = [
        subprocess.Popen(
            [python, "-c", DDDDOCR],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for _ in range(PROCESSES)
    ]
    for part, process in enumerate(running):
        assert process.stdin
        process.stdin.write("\n".join(images[part::PROCESSES]))
        process.stdin.close()
    seconds = [float(process.stdout.read()) for process in running if process.stdout]
    for process in running:
        process.wait()
    return len(images) / max(seconds), time.perf_counter() - start


def memory(place: Path, count: int) -> dict[str, Any]:
    """Return the resident memory of every process after a tenth of the images and at most later."""
    paths = drawn(place, min(DRAWN, count))
    images = list(itertools.islice(itertools.cycle(paths), count))
    model = CaptchaModel.from_pretrained(MODEL, threads=1)
    done = 0
    early: dict[int, int] = {}
    later: dict[int, int] = {}

    def progress(more: int) -> None:
        nonlocal done
        done += more
        found = resident()
        if done <= count // 10:
            early.update({pid: max(early.get(pid, 0), size) for pid, size in found.items()})
        elif done % (8 * TASK) == 0 or done == count:
            later.update({pid: max(later.get(pid, 0), size) for pid, size in found.items()})

    read_to_file(images, place / "out.csv", model=model, processes=PROCESSES, progress=progress)
    return {
        "images": count,
        "drawn": len(paths),
        "megabytes after a tenth": [round(early[pid] / 1e6, 1) for pid in early],
        "megabytes at most later": [round(later.get(pid, 0) / 1e6, 1) for pid in early],
        "ratios": [round(later.get(pid, 0) / early[pid], 4) for pid in early],
    }


def million(place: Path, drawn_count: int, total: int) -> dict[str, Any]:
    """Return rate, peak memory and size of the output of `total` images that Ray reads once."""
    shards = drawn_shards(place, drawn_count)
    # The same images under other names: links take no room.
    for copy in range(1, total // drawn_count):
        for file in sorted(shards.glob("part-*.parquet")):
            os.link(file, shards / f"copy-{copy:04d}-{file.name}")
    peak: dict[str, int] = {}
    with ray_of(PROCESSES), watched(peak):
        rate, whole = with_ray([str(shards)], place / "out", total)
    size = sum(path.stat().st_size for path in (place / "out").glob("*.parquet"))
    return {
        "images": total,
        "drawn": drawn_count,
        "images a second": round(rate, 1),
        "seconds of the whole": round(whole, 1),
        "peak megabytes of all processes": round(peak["bytes"] / 1e6),
        "output megabytes": round(size / 1e6, 1),
    }


def drawn(place: Path, count: int) -> list[str]:
    """Draw images as files and return their paths."""
    for _ in write_files(Drawing(seed=21), count, place / "images", PROCESSES):
        pass
    return sorted(str(path) for path in (place / "images").glob("*.png"))


def drawn_shards(place: Path, count: int) -> Path:
    """Draw the same images as Parquet files and return their folder."""
    for _ in write_shards(Drawing(seed=21), count, place / "shards", PROCESSES):
        pass
    return place / "shards"


@contextmanager
def ray_of(cores: int) -> Iterator[None]:
    """Start Ray with some cores of this machine."""
    # Ray's workers give way to every other process by default, and to no process of ours here.
    os.environ.update(RAY_USAGE_STATS_ENABLED="0", RAY_worker_niceness="0")
    import ray

    ray.init(
        num_cpus=cores,
        object_store_memory=_STORE,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
    )
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def watched(peak: dict[str, int]) -> Iterator[None]:
    """Put the largest sum of the memory of this process and its children into `peak["bytes"]`."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_EVERY):
            # What processes share is counted once for each, so this is an upper bound.
            peak["bytes"] = max(peak.get("bytes", 0), sum(resident().values()))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def resident() -> dict[int, int]:
    """Return the resident memory of this process and all below it, in bytes."""
    ours = psutil.Process()
    found = {}
    for process in [ours, *ours.children(recursive=True)]:
        try:
            found[process.pid] = process.memory_info().rss
        except psutil.Error:  # It has ended.
            continue
    return found


if __name__ == "__main__":
    main()
