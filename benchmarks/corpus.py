"""What becomes of every file of a folder that is given to the reader as an image.

python benchmarks/corpus.py pillow-12.3.0/Tests/images

A process with a limit on its memory, and on the time for each file, brings it to what the network
gets. The file is accepted, or refused with a code, or it shows a fault of ours: another kind of
error, a process that dies, or one that does not end. The exit code is 1 if there is any fault.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from common import write_result
from PIL import Image, features

from captcha_model.config import CaptchaConfig
from captcha_model.errors import ImageError
from captcha_model.images.preprocessing import prepare

MEBIBYTE = 2**20
FAULTS = ("error", "crash", "hang")
CONFIG = CaptchaConfig("0123456789")
_LISTED = 5


@dataclass(frozen=True)
class Outcome:
    """What became of a file: "accepted", "refused" or a fault, by which code or kind, how soon."""

    name: str
    kind: str
    detail: str
    cause: str
    seconds: float


def main() -> int:
    """Read the folder, print tables and write `results/corpus.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--memory", type=int, default=1024, metavar="MIB", help="(default: 1024)")
    parser.add_argument("--seconds", type=float, default=10.0, help="for a file (default: 10)")
    options = parser.parse_args()
    paths = sorted(p for p in options.folder.rglob("*") if p.is_file() and not p.is_symlink())
    if not paths:
        parser.error(f"{options.folder} holds no files")
    outcomes = list(survey(paths, options.memory, options.seconds))
    figures = summary(outcomes)
    # Of the processes that have ended, in KiB.
    figures["peak_memory_mib"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    show(figures)
    limits = {"memory_mib": options.memory, "seconds": options.seconds}
    command = f"python benchmarks/corpus.py {options.folder}"
    path = write_result("corpus", command, {"limits": limits, "libraries": libraries(), **figures})
    print(f"wrote {path}")
    return 1 if any(figures["faults"].values()) else 0


def read_image(path: Path) -> None:
    """Read a file as the network would get it."""
    prepare(path, CONFIG)


def survey(
    paths: list[Path],
    memory: int,
    seconds: float,
    read: Callable[[Path], None] = read_image,
) -> Iterator[Outcome]:
    """Read files one after the other, in a process that is replaced when it dies or hangs.

    Args:
        paths: the files.
        memory: the limit on a process's address space, in MiB.
        seconds: the limit on the time for one file.
        read: what reads a file; a function of a module that the process can import.
    """
    context = multiprocessing.get_context("spawn")
    process = None
    for path in paths:
        if process is None or not process.is_alive():
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, memory, read))
            process.start()
            theirs.close()
            ours.recv()  # It is ready, and the imports do not count.
        start = time.perf_counter()
        ours.send(path)
        try:
            if ours.poll(seconds):
                kind, detail, cause = ours.recv()
            else:
                kind, detail, cause = "hang", f"over {seconds} s", ""
                process.kill()
                process.join()
        except (EOFError, ConnectionResetError):
            process.join()
            kind, detail, cause = "crash", f"exit code {process.exitcode}", ""
        yield Outcome(path.name, kind, detail, cause, time.perf_counter() - start)
    if process is not None and process.is_alive():
        ours.send(None)
        process.join()


def _work(connection: Connection, memory: int, read: Callable[[Path], None]) -> None:
    """Read the files that come, until None, and tell what became of each."""
    Image.init()
    resource.setrlimit(resource.RLIMIT_AS, (memory * MEBIBYTE,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    connection.send("ready")
    while (path := connection.recv()) is not None:
        try:
            read(path)
        except ImageError as error:
            cause = type(error.__cause__).__name__ if error.__cause__ else ""
            outcome = ("refused", error.code, cause)
        except BaseException as error:
            outcome = ("error", type(error).__name__, str(error))
        else:
            outcome = ("accepted", "", "")
        connection.send(outcome)


def summary(outcomes: list[Outcome]) -> dict[str, Any]:
    """Count outcomes: by kind and code, by what lay behind a refused one, and by their time."""
    codes = Counter(o.detail for o in outcomes if o.kind == "refused")
    causes = Counter(o.cause for o in outcomes if o.kind == "refused" and o.cause)
    slowest = sorted(outcomes, key=lambda o: -o.seconds)[:_LISTED]
    return {
        "files": len(outcomes),
        "accepted": sum(o.kind == "accepted" for o in outcomes),
        "refused": dict(codes.most_common()),
        "causes_in_pillow": dict(causes.most_common()),
        "faults": {kind: sum(o.kind == kind for o in outcomes) for kind in FAULTS},
        "faulty": [f"{o.name}: {o.kind}, {o.detail}" for o in outcomes if o.kind in FAULTS],
        "slowest": [{"file": o.name, "seconds": round(o.seconds, 3)} for o in slowest],
    }


def show(figures: dict[str, Any]) -> None:
    """Print what `summary` has counted."""
    rows = {
        "files": figures["files"],
        "accepted": figures["accepted"],
        **{f"refused, {code}": count for code, count in figures["refused"].items()},
        **figures["faults"],
    }
    for name, count in rows.items():
        print(f"{name:32} {count:>6,}")
    for line in figures["faulty"]:
        print(line)
    slowest = ", ".join(f"{s['file']} {s['seconds']:.2f} s" for s in figures["slowest"])
    print(f"slowest: {slowest}")
    print(f"memory: up to {figures['peak_memory_mib']} MiB in a process")


def libraries() -> dict[str, str]:
    """Return the versions of what decodes below Pillow."""
    names = ("jpg", "libjpeg_turbo", "webp", "zlib", "zlib_ng")
    return {name: found for name in names if (found := features.version(name))}


if __name__ == "__main__":
    sys.exit(main())
