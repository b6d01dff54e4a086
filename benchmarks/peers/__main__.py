"""Measures what people would use instead of this package, beside it and in one run.

    python -m benchmarks.peers

installs every system into an environment of its own, trains those that are trained, and measures
how all of them read. It takes hours; the phases can also be run one by one, the first ones first:

| phase | what it measures | result |
|---|---|---|
| `training` | the time to an accuracy, each for up to `--minutes` | `peers_training.json`, `.png` |
| `few` | what is learned from a hundred images, by three seeds | `peers_few.json` |
| `folds` | the others' errors out of fold; only if it is asked for | `peers_folds.json` |
| `reading` | accuracy, speed, memory and size of all, in turns | `peers.json` |

Nothing else should run meanwhile. With `--quick` everything is done with little of everything, to
see whether it works; its figures mean nothing and go into the folder `--work`.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.common import RESULTS, environment, write_result
from benchmarks.peers.costs import SEEDS, measure_few, measure_folds, measure_training
from benchmarks.peers.curves import draw_curves
from benchmarks.peers.reading import QUICK, Amounts, measure_reading
from benchmarks.peers.systems import SYSTEMS, chosen
from benchmarks.peers.workplace import DEFAULT, Workplace

PHASES = ("training", "few", "folds", "reading")
USUAL = ("training", "few", "reading")
COMMAND = "python -m benchmarks.peers"
MINUTES = 90.0
MINUTES_OF_FEW = 20.0
QUICK_MINUTES = 0.01


def main() -> None:
    """Prepare, and go through the phases."""
    parser = argparse.ArgumentParser(
        prog=COMMAND, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("phases", nargs="*", metavar="PHASE", help=f"default: {' '.join(USUAL)}")
    parser.add_argument("--work", type=Path, default=DEFAULT, help="(default: %(default)s)")
    parser.add_argument("--only", metavar="A,B", help=f"of {', '.join(SYSTEMS)}; ours is always in")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="(default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="see whether it works")
    options = parser.parse_args()
    phases = options.phases or USUAL
    if unknown := set(phases) - set(PHASES):
        parser.error(f"the phases are {', '.join(PHASES)}. Received: {', '.join(sorted(unknown))}")
    try:
        names = chosen(options.only)
    except ValueError as error:
        parser.error(str(error))
    place = Workplace(options.work, models="quick-models" if options.quick else "models")
    place.prepare(names, to_train=set(phases) != {"reading"})
    minutes = QUICK_MINUTES if options.quick else options.minutes
    few_minutes = min(minutes, MINUTES_OF_FEW)
    for phase in (phase for phase in PHASES if phase in phases):
        if phase == "training":
            figures = measure_training(place, names, minutes)
            folder = place.folder if options.quick else RESULTS
            draw_curves(folder / "peers_training.png", figures)
        elif phase == "few":
            seeds = SEEDS[:1] if options.quick else SEEDS
            figures = measure_few(place, names, few_minutes, seeds)
        elif phase == "folds":
            figures = measure_folds(place, names, minutes)
        else:
            figures = measure_reading(place, names, QUICK if options.quick else Amounts())
        _write(phase, figures, place.folder if options.quick else None, options.only)


def _write(phase: str, figures: dict[str, Any], quick: Path | None, only: str | None) -> None:
    name = "peers" if phase == "reading" else f"peers_{phase}"
    if quick:
        path = quick / f"quick_{name}.json"
        path.write_text(json.dumps({"environment": environment(), **figures}, indent=2) + "\n")
    else:
        only = f" --only {only}" if only else ""
        path = write_result(name, f"{COMMAND} {phase}{only}", figures)
    print(f"wrote {path}", flush=True)


if __name__ == "__main__":
    main()
