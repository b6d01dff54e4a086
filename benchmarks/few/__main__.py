"""Measures what 20, 50 and 100 labels make of the general network, on other people's images.

    python -m benchmarks.few --sets FOLDER

adapts to some images of each set, as `captcha-model train --data IMAGES --out RUN` does by default,
and reads all others of the set. `FOLDER` is that of `python -m benchmarks.general`. Every training
is written to `few.json` when it ends, so an interrupted measurement goes on; `--again` measures all
anew. Nothing else should run on the machine.
"""

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

from benchmarks.common import RESULTS, write_result
from benchmarks.few.adapting import NotTrainedError, measure, stored
from benchmarks.general.sets import LabelledSet, open_sets
from benchmarks.peers.workplace import DEFAULT

COMMAND = "python -m benchmarks.few"
RESULT = "few"
LEAST_OTHERS = 20
"""Of fewer images the share that is read says nothing."""


def main() -> int:
    """Measure what is missing, and write."""
    parser = argparse.ArgumentParser(
        prog=COMMAND, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", required=True, type=Path, metavar="FOLDER")
    parser.add_argument("--only", metavar="A,B", help="names of sets (default: all with text)")
    parser.add_argument("--labels", default="20,50,100", metavar="N,N", help="(default: 20,50,100)")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="(default: 3)")
    parser.add_argument("--again", action="store_true", help="measure what was measured before")
    parser.add_argument("--work", type=Path, default=DEFAULT, help="(default: %(default)s)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="(default: %(default)s)")
    options = parser.parse_args()
    only = options.only.split(",") if options.only else None
    try:
        sets = open_sets(options.sets, options.work / "sets", only)
    except ValueError as error:
        parser.error(str(error))
    found = {} if options.again else stored(options.results / f"{RESULT}.json")
    counts = [int(count) for count in options.labels.split(",")]
    # The first seed of everything before the second of anything.
    for seed in range(options.seeds):
        for count in counts:
            for labelled in sets:
                if labelled.has_text and len(labelled.labels) - count >= LEAST_OTHERS:
                    _measure(labelled, count, seed, found, options)
    return 0


def _measure(
    labelled: LabelledSet, count: int, seed: int, found: dict[str, Any], options: argparse.Namespace
) -> None:
    entry = found.setdefault(labelled.name, {"kind": labelled.kind, "labels": {}})
    seeds = entry["labels"].setdefault(str(count), {})
    if str(seed) in seeds:
        return
    scratch = options.work / "few"
    try:
        scores = measure(labelled, count, seed, scratch)
    except NotTrainedError as error:
        scores = {"error": str(error)}
        print(f"{labelled.name}, {count} labels: {error}", flush=True)
    else:
        share = scores["ignoring_case"] / scores["images"]
        print(
            f"{labelled.name}, {count} labels, seed {seed}: {share:.1%} right (exactly "
            f"{scores['exact'] / scores['images']:.1%}), {scores['accepted_right']} of "
            f"{scores['accepted']} accepted are right, {scores['seconds']} s",
            flush=True,
        )
    seeds[str(seed)] = scores
    write_result(RESULT, COMMAND, {"sets": found}, options.results)
    shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
