"""The comparison with other systems, without installing any of them."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from benchmarks.peers.ratios import ratio, summary
from benchmarks.peers.reading import score
from benchmarks.peers.systems import SYSTEMS, TRAINED, WORKERS, chosen
from benchmarks.peers.table import tables
from benchmarks.peers.training import first_time
from tests.conftest import ROOT

READER = """
from pathlib import Path
from protocol import main

class Reader:
    def __init__(self, model):
        print("a library that prints")
        self.model = Path(__file__)
        self.text = model or "bundled"

    def one(self, path):
        print("another one")
        return f"{self.text} {path}"

    def many(self, paths, size):
        return [self.one(path) for path in paths][:size]

main(Reader, ["pip"])
"""


def run_reader(tmp_path: Path, *options: str, asked: str = "") -> list[dict]:
    """Run a reader's script beside `protocol.py`, and return what it answers."""
    (tmp_path / "protocol.py").write_text((WORKERS / "protocol.py").read_text())
    (tmp_path / "read_nothing.py").write_text(READER)
    done = subprocess.run(
        [sys.executable, tmp_path / "read_nothing.py", *options],
        input=asked,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_reader_answers_line_by_line(tmp_path):
    requests = [
        {"do": "one", "paths": ["a.png", "b.png"]},
        {"do": "many", "paths": ["a.png", "b.png", "c.png"], "size": 2},
        {"do": "facts"},
    ]
    asked = "".join(json.dumps(request) + "\n" for request in requests)
    ready, one, many, facts = run_reader(tmp_path, "--model", "mine", asked=asked)
    assert ready == {"ready": True}
    assert one["texts"] == ["mine a.png", "mine b.png"]
    assert len(one["seconds"]) == 2 and min(one["seconds"]) >= 0
    assert many["texts"] == ["mine a.png", "mine b.png"] and many["seconds"] >= 0
    assert facts["model_bytes"] == len(READER) and facts["threads"] >= 1
    assert 1e6 < facts["peak_bytes"] < 1e9
    assert facts["versions"].keys() == {"pip"}


def test_a_reader_reads_once(tmp_path):
    text, rest = run_reader(tmp_path, "--once", "a.png")
    assert text == {"text": "bundled a.png"}
    assert 1e6 < rest["peak_bytes"] < 1e9


def test_no_script_hides_a_package_and_all_are_there():
    scripts = {path.stem for path in WORKERS.glob("*.py")}
    needed = [r for s in SYSTEMS.values() for r in (*s.requirements, *s.training_requirements)]
    packages = {requirement.partition("=")[0].partition("<")[0] for requirement in needed}
    assert not scripts & (packages | {"cv2", "keras", "numpy"} | set(sys.stdlib_module_names))
    used = {s.reader for s in SYSTEMS.values()} | {s.trainer for s in SYSTEMS.values() if s.trainer}
    assert {Path(script).stem for script in used} <= scripts


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


def test_which_systems_are_chosen():
    assert chosen(None) == list(SYSTEMS)
    assert chosen("mltu,ddddocr") == ["ours", "ddddocr", "mltu"]
    with pytest.raises(ValueError, match="nobody"):
        chosen("nobody")
    assert TRAINED == ("ours", "keras", "mltu")


def test_an_unknown_phase_is_bad_usage():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.peers", "write"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "the phases are training, few, folds, reading. Received: write" in done.stderr


def test_the_first_time_of_an_accuracy():
    curve = [(10.04, 0.2), (20.0, 0.95), (30.0, 0.9), (40.0, 0.98)]
    assert first_time(curve, 0.95) == 20.0
    assert first_time(curve, 0.1) == 10.0
    assert first_time(curve, 0.96) == 40.0
    assert first_time(curve, 0.99) is None
    assert first_time([], 0.1) is None


def test_a_score():
    assert score(["abc", "abd"], ["abc", "ab"]) == {
        "images": 2,
        "right": 1,
        "word_accuracy": 0.5,
        "word_accuracy_95": [0.094531, 0.905469],
        "cer": 0.166667,
    }


def test_a_summary():
    assert summary([5, 1, 2, 4, 3]) == {"median": 3.0, "quartile_1": 2.0, "quartile_3": 4.0}


def test_a_ratio_of_turns():
    one, other = [[2, 2, 4], [4, 4, 6], [6, 6, 9]], [[1.0], [2.0], [2.0]]
    found = ratio(one, other)
    assert found["ratio"] == 2.0  # 4 by 2
    assert (found["quartile_1"], found["quartile_3"]) == (2.0, 2.5)  # of 2, 2 and 3
    assert found["low_95"] <= 2.0 <= found["high_95"]
    with pytest.raises(ValueError, match="3 and 2"):
        ratio(one, other[:2])


times = arrays.arrays(float, (8, 3), elements=st.floats(1, 10))


@given(times, times, st.sampled_from([0.5, 2.0, 4.0]))
def test_a_ratio_goes_with_its_numerator(one, other, factor):
    single, scaled = ratio(one, other), ratio(one * factor, other)
    for name, value in single.items():
        assert scaled[name] == pytest.approx(value * factor, abs=0.003)
    assert single["low_95"] <= single["high_95"]
    assert ratio(one, one) == dict.fromkeys(single, 1.0)


@given(times, times)
def test_the_interval_lies_between_the_extremes(one, other):
    found = ratio(one, other)
    assert found["low_95"] >= round(np.min(one) / np.max(other), 3)
    assert found["high_95"] <= round(np.max(one) / np.min(other), 3)


MACHINE = {"command": "python x", "environment": {"cores": 2, "processor": "P", "date": "D"}}


def system(title: str, **accuracy: tuple[int, int]) -> dict:
    """Return a system's figures as the file of results has them."""
    scores = {part: {"right": r, "images": n, "cer": 0.004} for part, (r, n) in accuracy.items()}
    medians = ("one_ms", "many_ms", "start_seconds", "start_peak_mb")
    return {
        "title": title,
        "accuracy": scores,
        **{what: {"median": k + 0.5} for k, what in enumerate(medians)},
        "best_at_once": 64,
        "at_once": "images",
        "images_a_second": 2000.4,
        "install_mb": 1234.4,
        "model_mb": 0.96,
    }


def test_the_tables_of_reading():
    one = {"ratio": 21.26, "low_95": 20.0, "high_95": 22.0}
    reading = {
        **MACHINE,
        "systems": {
            "ours": system("we", validation=(96, 98)),
            "b": system("B", validation=(9, 98), all=(9, 917)),
        },
        "times_ours": {
            "b": dict.fromkeys(("one_ms", "many_ms", "start_seconds", "start_peak_mb"), one)
        },
    }
    lines = tables(
        reading, None, None, {"ours": {"right": 912, "images": 917, "cer": 0.001}}
    ).splitlines()
    rest = "0.50 ms | 1.50 ms (64 images) | 2,000 | 2.50 s | 4 MB | 1,234 MB | 1.0 MB |"
    assert (
        lines[2] == f"| we | 96 of 98 (98.0%), CER 0.40% | 912 of 917 (99.5%), CER 0.10% | {rest}"
    )
    assert lines[3] == f"| B | 9 of 98 (9.2%), CER 0.40% | 9 of 917 (1.0%), CER 0.40% | {rest}"
    assert lines[5].startswith("`python x` on 2 cores (P), D: ")
    assert lines[-1] == "| B " + "| 21.3 (20 to 22) " * 4 + "|"


def test_the_tables_of_training():
    reading = {**MACHINE, "systems": {"ours": system("we", validation=(96, 98))}, "times_ours": {}}
    trained = {
        "title": "we",
        "seconds_to": {"0.95": 40.04, "0.98": None},
        "best_word_accuracy": 0.9792,
        "epochs": 30,
        "seconds_whole_command": 1200.4,
    }
    training = {
        **MACHINE, "minutes": 90.0, "images": 819, "validation": 96, "systems": {"ours": trained}
    }  # fmt: skip
    parts = {
        "validation": {"right": 90, "images": 96, "word_accuracy": 0.9375},
        "unseen": {"right": 700, "images": 719, "word_accuracy": 0.97},
    }
    few = {**MACHINE, "minutes": 20.0, "images": 100, "systems": {"ours": [parts, parts]}}
    lines = tables(reading, training, few, {}).splitlines()
    assert "| training | to 95% | to 98% | best | in all |" in lines
    assert "| we | 40 s | never | 97.9% | 30 epochs, 1,200 s |" in lines
    assert "| we | 90, 90 of 96 (93.8%) | 700, 700 of 719 (97.0%) |" in lines
    assert lines[2].startswith("| we | 96 of 98 (98.0%), CER 0.40% |  | 0.50 ms |")
