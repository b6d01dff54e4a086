"""Measures what people would use instead of this package, beside it and in one run.

    python -m benchmarks.peers

installs every system into an environment of its own, trains those that are trained, and measures
how all of them read. It takes hours; the phases and the systems can also be taken one by one, in
this order, because the last phase reads with what the first one has trained:

| phase | what it measures | result |
|---|---|---|
| `training` | the time to an accuracy | `peers_training.json`, `.png` |
| `few` | what is learned from a hundred images, by three seeds | `peers_few.json` |
| `folds` | the others' errors out of fold; only if it is asked for | `peers_folds.json` |
| `reading` | accuracy, speed, memory and size, all systems in turns | `peers.json` |

A system that is trained adds its figures to those of the others, which may have been trained
before: `python -m benchmarks.peers training --only mltu --cap 30`. What happens, epoch by epoch, is
in `peers.log` of the folder `--work`.

Nothing else should run meanwhile. With `--quick` everything is done with little of everything, to
see whether it works; its figures mean nothing and go into the folder `--work`.
"""

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.phases import PHASES, USUAL, Plan
from benchmarks.peers.systems import SYSTEMS, chosen
from benchmarks.peers.workplace import DEFAULT, LOG, Workplace

COMMAND = "python -m benchmarks.peers"


def main() -> None:
    """Prepare, and go through the phases; 1 if a system failed."""
    parser = argparse.ArgumentParser(
        prog=COMMAND, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("phases", nargs="*", metavar="PHASE", help=f"default: {' '.join(USUAL)}")
    parser.add_argument("--work", type=Path, default=DEFAULT, help="(default: %(default)s)")
    parser.add_argument("--only", metavar="A,B", help=f"of {', '.join(SYSTEMS)} (default: all)")
    parser.add_argument(
        "--cap",
        type=float,
        metavar="MINUTES",
        help="the most that one training may take (default: 90, and 20 on few images)",
    )
    parser.add_argument("--seeds", default="0,1,2", metavar="A,B", help="of few images")
    parser.add_argument("--quick", action="store_true", help="see whether it works")
    options = parser.parse_args()
    if unknown := set(options.phases) - set(PHASES):
        parser.error(f"the phases are {', '.join(PHASES)}. Received: {', '.join(sorted(unknown))}")
    try:
        names = chosen(options.only)
        seeds = [int(seed) for seed in options.seeds.split(",")]
    except ValueError as error:
        parser.error(str(error))
    # Whoever ends this ends what it runs, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    place = Workplace(options.work, models="quick-models" if options.quick else "models")
    _log_to(place.folder / "peers.log")
    LOG.info("%s %s", COMMAND, " ".join(sys.argv[1:]))
    plan = Plan(place, names, options.cap, seeds, quick=options.quick)
    sys.exit(_run(plan, options.phases or USUAL))


def _run(plan: Plan, phases: Sequence[str]) -> int:
    """Go through the phases in their order; a system that fails leaves the others alone."""
    failed = 0
    for phase in (phase for phase in PHASES if phase in phases):
        for title, step in plan.steps(phase):
            LOG.info(title)
            try:
                step()
            except Exception:
                LOG.exception("%s failed", title)
                failed += 1
    return 1 if failed else 0


def _log_to(path: Path) -> None:
    """Say what happens on stdout, and in more detail in a file."""
    shown, kept = logging.StreamHandler(sys.stdout), logging.FileHandler(path)
    shown.setLevel(logging.INFO)
    for handler in (shown, kept):
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
        LOG.addHandler(handler)
    LOG.setLevel(logging.DEBUG)


if __name__ == "__main__":
    main()
