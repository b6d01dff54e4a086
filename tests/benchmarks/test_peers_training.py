"""Trainings of other systems: running and following them, and recording their results."""

import csv
import json
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.peers import __main__ as command
from benchmarks.peers import phases, training
from benchmarks.peers.results_file import ResultsFile
from benchmarks.peers.systems import WORKERS
from benchmarks.peers.training import Training, first_time, train
from tests.conftest import ROOT

EPOCHS = f"""
import sys, time
sys.path.insert(0, {str(WORKERS)!r})
from pathlib import Path
from learning import History
out = Path(sys.argv[1])
out.mkdir(parents=True)
history = History(out, minutes=1)
for epoch in range(3):
    time.sleep(0.1)
    history.add(epoch / 4, measuring=1000)
"""


def test_the_history_of_a_training(tmp_path):
    script = (
        "from pathlib import Path; from learning import History\n"
        f"h = History(Path({str(tmp_path)!r}), minutes=0)\n"
        "h.add(0.5, 1.25); h.add(0.75, 0.5); print(h.is_over)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=WORKERS, capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"
    with (tmp_path / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [tuple(row.values()) for row in rows] == [("1", "0.5", "1.25"), ("2", "0.75", "1.75")]


def test_an_unknown_phase_is_bad_usage():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.peers", "write"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "the phases are training, few, reading, ways. Received: write" in done.stderr


def test_the_first_time_of_an_accuracy():
    curve = [(10.04, 0.2), (20.0, 0.95), (30.0, 0.9), (40.0, 0.98)]
    assert first_time(curve, 0.95) == 20.0
    assert first_time(curve, 0.1) == 10.0
    assert first_time(curve, 0.96) == 40.0
    assert first_time(curve, 0.99) is None
    assert first_time([], 0.1) is None


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Return a function that trains by a Python script."""

    def run(script: str, minutes: float = 1.0):
        out = tmp_path / "models" / "keras"
        monkeypatch.setattr(
            training, "_command", lambda *_: [sys.executable, "-c", script, str(out)]
        )
        place = SimpleNamespace(folder=tmp_path)
        return train(place, Training("keras", [], [], minutes), out)

    return run


def test_a_training_is_followed(runs):
    found = runs(EPOCHS)
    assert [accuracy for _, accuracy in found.curve] == [0, 0.25, 0.5]
    # The time of evaluations is accumulated and subtracted.
    for epoch, (seconds, _) in enumerate(found.curve, 1):
        assert 0 < seconds + 1000 * epoch < found.seconds
    assert found.to_dict()["seconds_to"] == {"0.95": None, "0.98": None, "0.99": None}
    assert found.to_dict(curve=True)["curve"] == [
        [round(seconds, 1), a] for seconds, a in found.curve
    ]


def test_a_training_that_fails_says_where_to_look(runs, tmp_path):
    with pytest.raises(RuntimeError, match=r"training-keras\.log"):
        runs("raise SystemExit('no memory')")
    assert "no memory" in (tmp_path / "training-keras.log").read_text()


def test_a_training_that_does_not_end_is_ended(runs, monkeypatch):
    monkeypatch.setattr(training, "GRACE", 0.2)
    start = time.monotonic()
    with pytest.raises(RuntimeError):
        runs("import time; time.sleep(60)", minutes=0)
    assert time.monotonic() - start < 30


def results_file(path: Path, images: int = 5) -> ResultsFile:
    """Return a file of results for a number of images."""

    def write(results: dict) -> None:
        path.write_text(json.dumps(results))

    return ResultsFile(path, {"images": images}, write)


def test_systems_are_measured_one_by_one(tmp_path):
    path = tmp_path / "r.json"
    results_file(path).add("mltu", {"a": 1})
    results_file(path).add("ours", {"a": 2})
    results_file(path).add("mltu", {"a": 3})
    systems = json.loads(path.read_text())["systems"]
    assert [(name, found["a"]) for name, found in systems.items()] == [("ours", 2), ("mltu", 3)]
    assert systems["mltu"]["requirements"][0] == "mltu==1.2.5"
    assert results_file(path).of("mltu")["a"] == 3
    assert results_file(path).of("keras") == {}


def test_results_of_other_images_are_dropped(tmp_path):
    path = tmp_path / "r.json"
    results_file(path).add("mltu", {"a": 1})
    assert results_file(path, images=6).document == {"images": 6, "systems": {}}


def test_results_of_another_machine_are_kept_apart(tmp_path):
    path = tmp_path / "r.json"
    results_file(path).add("mltu", {"a": 1})
    document = json.loads(path.read_text())
    document["systems"]["mltu"]["environment"]["cores"] += 1
    path.write_text(json.dumps(document))
    result = results_file(path)
    result.add("ours", {"a": 2})
    assert list(result.document["systems"]) == ["ours", "mltu"]
    assert list(result.of_this_machine["systems"]) == ["ours"]


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """Return a plan for two systems, one of which fails to train."""

    def few(_place, name, minutes, seed):
        if name == "mltu":
            raise RuntimeError("mltu is broken")
        return {"seed": seed, "minutes": minutes, "unseen": {"word_accuracy": 0.5}}

    monkeypatch.setattr(phases, "measure_few", few)
    prepared = []
    place = SimpleNamespace(
        folder=tmp_path, validated=[0] * 96, prepare=lambda names, **_: prepared.append(names)
    )
    return phases.Plan(place, ["keras", "mltu"], 0.01, [3, 1], results=tmp_path, plots=tmp_path)


def test_a_system_that_fails_leaves_the_others_alone(plan, tmp_path, caplog):
    plan._seeds = [3, 1, 3]
    assert command._run(plan, ["few"]) == 1
    assert "mltu is broken" in caplog.text
    found = json.loads((tmp_path / "peers_few.json").read_text())
    assert found["command"] == "python -m benchmarks.peers few"
    assert (found["images"], found["validation"]) == (100, 96)
    assert list(found["systems"]) == ["keras"]
    runs = found["systems"]["keras"]["runs"]
    assert [(run["seed"], run["cap_minutes"]) for run in runs] == [(1, 0.01), (3, 0.01)]


def test_the_steps_of_the_phases(plan):
    titles = {phase: [title for title, _ in plan.steps(phase)] for phase in phases.PHASES}
    assert titles == {
        "training": ["training keras", "training mltu"],
        "few": [
            *("keras on 100 images, seed 3", "mltu on 100 images, seed 3"),
            *("keras on 100 images, seed 1", "mltu on 100 images, seed 1"),
        ],
        "reading": ["reading"],
        "ways": [],  # Without ddddocr.
    }
