"""The phases of the comparison, as steps that may fail one by one."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.common import write_result
from benchmarks.peers.curves import plot_curves
from benchmarks.peers.reading import check_trained, measure_reading
from benchmarks.peers.results_file import ResultsFile
from benchmarks.peers.systems import DDDDOCR, OURS, READING, TRAINED
from benchmarks.peers.training import FEW, measure_few, measure_training
from benchmarks.peers.ways import measure_ways
from benchmarks.peers.workplace import LOG, Workplace

PLOT = "peers_training.png"
PHASES = ("training", "few", "reading", "ways")
CAPS = {"training": 90.0, "few": 20.0}  # Minutes.

Step = tuple[str, Callable[[], None]]


class Plan:
    """What is measured, and where the results go.

    Args:
        place: with the images, the environments and the models.
        names: of the systems.
        cap: the most minutes that one training may take; None is the default of the phase.
        seeds: of the trainings on few images.
        results: the folder of the JSON files.
        plots: the folder of the plot.
    """

    def __init__(
        self,
        place: Workplace,
        names: Sequence[str],
        cap: float | None,
        seeds: Sequence[int],
        *,
        results: Path,
        plots: Path,
    ) -> None:
        self._place = place
        self._names = names
        self._cap = cap
        self._seeds = seeds
        self._folder = results
        self._plots = plots

    def steps(self, phase: str) -> Iterator[Step]:
        """Yield the steps of a phase, each with its title."""
        trained = [name for name in TRAINED if name in self._names]
        if phase == "reading":
            yield phase, self._reading
        elif phase == "ways":
            if DDDDOCR in self._names:
                yield phase, self._ways
        elif phase == "few":
            for seed in self._seeds:
                for name in trained:
                    yield f"{name} on {FEW} images, seed {seed}", partial(self._few, name, seed)
        else:
            for name in trained:
                yield f"training {name}", partial(self._training, name)

    def _training(self, name: str) -> None:
        self._place.prepare([name], to_train=True)
        cap = self._minutes("training")
        found = measure_training(self._place, name, cap)
        LOG.info("%s: seconds to %s", name, found["seconds_to"])
        results = self._results("training", len(self._place.training))
        results.add(name, {"cap_minutes": cap, **found})
        plot_curves(self._plots / PLOT, results.of_this_machine)

    def _few(self, name: str, seed: int) -> None:
        self._place.prepare([name], to_train=True, to_read=True)
        cap = self._minutes("few")
        run = {"cap_minutes": cap, **measure_few(self._place, name, cap, seed)}
        LOG.info("%s: %.1f%% of the unseen images", name, 100 * run["unseen"]["word_accuracy"])
        results = self._results("few", FEW)
        others = [r for r in results.of(name).get("runs", []) if r["seed"] != seed]
        results.add(name, {"runs": sorted([*others, run], key=lambda r: r["seed"])})

    def _reading(self) -> None:
        # The others are compared with ours, which is therefore always included.
        names = [name for name in READING if name in self._names or name == OURS]
        check_trained(self._place, names)
        self._place.prepare(names, to_read=True)
        found = measure_reading(self._place, names)
        LOG.info("wrote %s", self._write("reading", found))

    def _ways(self) -> None:
        self._place.prepare([DDDDOCR], to_read=True)
        LOG.info("wrote %s", self._write("ways", measure_ways(self._place)))

    def _minutes(self, phase: str) -> float:
        return CAPS[phase] if self._cap is None else self._cap

    def _results(self, phase: str, images: int) -> ResultsFile:
        header = {"images": images, "validation": len(self._place.validated)}
        path = self._folder / f"peers_{phase}.json"
        return ResultsFile(path, header, partial(self._write, phase))

    def _write(self, phase: str, results: dict[str, Any]) -> Path:
        command = f"python -m benchmarks.peers {phase}"
        name = "peers" if phase == "reading" else f"peers_{phase}"
        return write_result(name, command, results, self._folder)
