"""Measures other readers and this package in turns.

    python -m benchmarks.peers

installs every system into its own virtual environment, trains those that can be trained, and
measures how all of them read. This takes hours. The phases and the systems can also be run one by
one, in this order, because `reading` uses the models of `training`:

| phase | what it measures | result |
|---|---|---|
| `training` | the time to a given accuracy | `peers_training.json`, and the plot of `docs/` |
| `few` | learning from a hundred images, with three seeds | `peers_few.json` |
| `reading` | accuracy, speed, memory and size of all systems, in turns | `peers.json` |
| `ways` | accuracy of ddddocr in each way of restricting its characters | `peers_ways.json` |

A trained system adds its results to those of the others, which may have been measured before:
`python -m benchmarks.peers training --only mltu --cap 30`. The log, with every epoch, is
`peers.log` in the folder `--work`.

Nothing else should run on the machine, except beside `ways`, which measures no time. To try whether
it works, take another folder of results: `--only ours,keras --cap 1 --results /tmp/results`.
"""

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.common import RESULTS
from benchmarks.environments import ROOT
from benchmarks.peers.phases import PHASES, Plan
from benchmarks.peers.systems import SYSTEMS, chosen
from benchmarks.peers.workplace import DEFAULT, LOG, Workplace

COMMAND = "python -m benchmarks.peers"


def main() -> None:
    """Prepare and run the phases; the exit code is 1 if a system failed."""
    parser = argparse.ArgumentParser(
        prog=COMMAND, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("phases", nargs="*", metavar="PHASE", help=f"default: {' '.join(PHASES)}")
    parser.add_argument("--work", type=Path, default=DEFAULT, help="(default: %(default)s)")
    parser.add_argument("--only", metavar="A,B", help=f"of {', '.join(SYSTEMS)} (default: all)")
    parser.add_argument(
        "--cap",
        type=float,
        metavar="MINUTES",
        help="the most that one training may take (default: 90, and 20 on few images)",
    )
    parser.add_argument("--seeds", default="0,1,2", metavar="A,B", help="of the phase `few`")
    parser.add_argument("--results", type=Path, help="a folder for results and plot")
    options = parser.parse_args()
    if unknown := set(options.phases) - set(PHASES):
        parser.error(f"the phases are {', '.join(PHASES)}. Received: {', '.join(sorted(unknown))}")
    try:
        names = chosen(options.only)
        seeds = [int(seed) for seed in options.seeds.split(",")]
    except ValueError as error:
        parser.error(str(error))
    # On SIGTERM the child processes end too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    place = Workplace(options.work)
    _log_to(place.folder / "peers.log")
    LOG.info("%s %s", COMMAND, " ".join(sys.argv[1:]))
    results = options.results or RESULTS
    plots = options.results or ROOT / "docs" / "images"
    plan = Plan(place, names, options.cap, seeds, results=results, plots=plots)
    sys.exit(_run(plan, options.phases or PHASES))


def _run(plan: Plan, phases: Sequence[str]) -> int:
    """Run the phases in their order; if a system fails, the others go on."""
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
    """Log to stdout, and in more detail to a file."""
    console, file = logging.StreamHandler(sys.stdout), logging.FileHandler(path)
    console.setLevel(logging.INFO)
    for handler in (console, file):
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
        LOG.addHandler(handler)
    LOG.setLevel(logging.DEBUG)


if __name__ == "__main__":
    main()
