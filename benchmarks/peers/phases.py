"""The phases of the comparison, each as steps that can fail alone."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.common import RESULTS, write_result
from benchmarks.peers.costs import FEW, measure_few, measure_folds, measure_training
from benchmarks.peers.curves import draw_curves
from benchmarks.peers.growing import GrowingResult
from benchmarks.peers.reading import QUICK, Amounts, check_trained, measure_reading
from benchmarks.peers.systems import OURS, READING, SYSTEMS, TRAINED
from benchmarks.peers.workplace import LOG, Workplace

PHASES = ("training", "few", "folds", "reading")
USUAL = ("training", "few", "reading")
CAPS = {"training": 90.0, "few": 20.0, "folds": 90.0}  # Minutes.
QUICK_CAP = 0.01

Step = tuple[str, Callable[[], None]]


class Plan:
    """What is measured, and where its results go.

    Args:
        place: with the images, the environments and the models.
        names: of the systems.
        cap: the most minutes that one training may take; None is the phase's own.
        seeds: of the trainings on few images.
        quick: only see whether it works, and leave the results alone.
    """

    def __init__(
        self,
        place: Workplace,
        names: Sequence[str],
        cap: float | None,
        seeds: Sequence[int],
        *,
        quick: bool,
    ) -> None:
        self._place = place
        self._names = names
        self._cap = QUICK_CAP if quick else cap
        self._seeds = seeds[:1] if quick else seeds
        self._quick = quick
        self._folder = place.folder if quick else RESULTS

    def steps(self, phase: str) -> Iterator[Step]:
        """Return a phase's steps, each with what it is called."""
        trained = [name for name in TRAINED if name in self._names]
        if phase == "reading":
            # The others are compared with ours, which is therefore always in.
            yield phase, self._reading
        elif phase == "few":
            for seed in self._seeds:
                for name in trained:
                    yield f"{name} on {FEW} images, seed {seed}", partial(self._few, name, seed)
        elif phase == "folds":
            for name in (name for name in trained if not SYSTEMS[name].recipe):
                yield f"{name} out of fold", partial(self._folds, name)
        else:
            for name in trained:
                yield f"training {name}", partial(self._training, name)

    def _training(self, name: str) -> None:
        self._place.prepare([name], to_train=True)
        cap = self._minutes("training")
        found = measure_training(self._place, name, cap, quick=self._quick)
        LOG.info("%s: seconds to %s", name, found["seconds_to"])
        result = self._growing("training", len(self._place.training))
        result.add(name, {"cap_minutes": cap, **found})
        draw_curves(self._folder / f"{self._named('training')}.png", result.here)

    def _few(self, name: str, seed: int) -> None:
        self._place.prepare([name], to_train=True, to_read=True)
        cap = self._minutes("few")
        run = {"cap_minutes": cap, **measure_few(self._place, name, cap, seed)}
        LOG.info("%s: %.1f%% of the unseen", name, 100 * run["unseen"]["word_accuracy"])
        result = self._growing("few", FEW)
        others = [r for r in result.of(name).get("runs", []) if r["seed"] != seed]
        result.add(name, {"runs": sorted([*others, run], key=lambda r: r["seed"])})

    def _folds(self, name: str) -> None:
        self._place.prepare([name], to_train=True, to_read=True)
        cap = self._minutes("folds")
        found = measure_folds(self._place, name, cap)
        self._growing("folds", len(self._place.images)).add(name, {"cap_minutes": cap, **found})

    def _reading(self) -> None:
        names = [name for name in READING if name in self._names or name == OURS]
        check_trained(self._place, names)
        self._place.prepare(names, to_read=True)
        figures = measure_reading(self._place, names, QUICK if self._quick else Amounts())
        path = self._write("reading", figures)
        LOG.info("wrote %s", path)

    def _minutes(self, phase: str) -> float:
        return CAPS[phase] if self._cap is None else self._cap

    def _growing(self, phase: str, images: int) -> GrowingResult:
        return GrowingResult(
            self._folder / f"{self._named(phase)}.json",
            {"images": images, "validation": len(self._place.judged)},
            partial(self._write, phase),
        )

    def _write(self, phase: str, figures: dict[str, Any]) -> Path:
        command = f"python -m benchmarks.peers {phase}"
        return write_result(self._named(phase), command, figures, self._folder)

    def _named(self, phase: str) -> str:
        name = "peers" if phase == "reading" else f"peers_{phase}"
        return f"quick_{name}" if self._quick else name
