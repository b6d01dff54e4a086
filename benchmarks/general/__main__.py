"""Reads sets of other people's images without training, by this package and by others.

    python -m benchmarks.general accuracy --sets FOLDER

reads all of them with ddddocr, with RapidOCR and with a model of ours, and writes `general.json`.
What the others read does not change: it is kept in `general_peers.json`, and they read only sets
that are not there (`--peers missing`); `--peers stored` needs all of them there, `measure` reads
all again. `--ours` reads with ours alone, and writes nothing.

    python -m benchmarks.general speed --sets FOLDER

measures times and memory, all systems by turns, and writes `general_speed.json`; nothing else
should run on the machine.

    python -m benchmarks.general no-text

counts the images without text that ours accepts, and writes `general_no_text.json`.

    python -m benchmarks.general bits --sets FOLDER

compares the graph in 8 bits of ours with that of floats, and writes `general_bits.json`.

`FOLDER` (or the environment variable CAPTCHA_SETS) has `real/NAME.zip` and `generators/NAME.zip`,
each with images and a `metadata.csv` with `file_name` and `text`.
"""

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.common import RESULTS, write_result
from benchmarks.general.accuracy import (
    StoredPeers,
    compare,
    measure_ours,
    to_text,
)
from benchmarks.general.bits import compare_bits
from benchmarks.general.no_text import count_accepted
from benchmarks.general.ours import GENERAL, OwnReader
from benchmarks.general.sets import LabelledSet, open_sets
from benchmarks.general.speed import measure_speed
from benchmarks.peers.workplace import DEFAULT, LOG, Workplace
from captcha_model.errors import CaptchaError

COMMAND = "python -m benchmarks.general"
RESULT, PEERS, SPEED = "general", "general_peers", "general_speed"
NO_TEXT, BITS_RESULT = "general_no_text", "general_bits"
SETS = "CAPTCHA_SETS"


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        prog=COMMAND, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "phase", nargs="?", choices=["accuracy", "speed", "no-text", "bits"], default="accuracy"
    )
    parser.add_argument(
        "--sets", metavar="FOLDER", default=os.environ.get(SETS), help=f"(default: {SETS})"
    )
    parser.add_argument("--only", metavar="A,B", help="names of sets (default: all)")
    parser.add_argument(
        "--model", default=GENERAL, metavar="FOLDER|NAME", help="of ours (default: %(default)s)"
    )
    parser.add_argument(
        "--peers",
        choices=["missing", "stored", "measure"],
        default="missing",
        help="which sets the other systems read (default: %(default)s)",
    )
    parser.add_argument("--ours", action="store_true", help="read with ours alone, write nothing")
    parser.add_argument("--work", type=Path, default=DEFAULT, help="(default: %(default)s)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="(default: %(default)s)")
    options = parser.parse_args()
    if options.phase == "no-text":
        found = count_accepted(options.model)
        print("\n".join(f"{kind}: {counts}" for kind, counts in found["kinds"].items()))
        print(f"without text: {found['without_text']}")
        _write(NO_TEXT, f"{COMMAND} no-text", found, options.results)
        return 0
    if not options.sets:
        parser.error(f"--sets or the environment variable {SETS} must name the folder of sets")
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    LOG.setLevel(logging.INFO)
    place = Workplace(options.work)
    only = options.only.split(",") if options.only else None
    try:
        sets = open_sets(Path(options.sets), place.folder / "sets", only)
        if options.phase == "bits":
            found = compare_bits(options.model, sets)
            print("\n".join(f"{what}: {value}" for what, value in found.items()))
            _write(BITS_RESULT, f"{COMMAND} bits", found, options.results)
        elif options.phase == "speed":
            found = measure_speed(place, options.model, sets)
            _write(SPEED, f"{COMMAND} speed", found, options.results)
        else:
            _accuracy(options, place, sets)
    except (ValueError, CaptchaError) as error:
        parser.error(str(error))
    return 0


def _accuracy(options: argparse.Namespace, place: Workplace, sets: list[LabelledSet]) -> None:
    ours = OwnReader(options.model)
    peers = None if options.ours else _peers(options, place, sets)
    own = measure_ours(ours, sets)
    comparison = compare(sets, own, peers)
    print("\n".join(to_text(comparison, own)))
    if not options.ours:
        facts = {
            one.name: {"kind": one.kind, "images": len(one.labels), "has_text": one.has_text}
            for one in sets
        }
        _write(
            RESULT, COMMAND, {"sets": facts, "comparison": comparison, "ours": own}, options.results
        )


def _peers(
    options: argparse.Namespace, place: Workplace, sets: list[LabelledSet]
) -> dict[str, Any]:
    """Return what the others read; measure what is to be measured first."""
    stored = StoredPeers(
        options.results / f"{PEERS}.json",
        lambda found: write_result(PEERS, COMMAND, found, options.results),
    )
    if options.peers == "stored":
        stored.check(sets)
    else:
        stored.measure(place, sets if options.peers == "measure" else stored.missing(sets))
    return stored.document


def _write(name: str, command: str, found: dict[str, object], folder: Path) -> None:
    print(f"wrote {write_result(name, command, found, folder)}")


if __name__ == "__main__":
    sys.exit(main())
