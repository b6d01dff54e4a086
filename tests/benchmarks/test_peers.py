"""The comparison with other systems, without installing them."""

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


def run_reader(tmp_path: Path, *options: str, requests: str = "") -> list[dict]:
    """Run the script of a reader with `protocol.py`, and return its responses."""
    (tmp_path / "protocol.py").write_text((WORKERS / "protocol.py").read_text())
    (tmp_path / "read_nothing.py").write_text(READER)
    done = subprocess.run(
        [sys.executable, tmp_path / "read_nothing.py", *options],
        input=requests,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_reader_responds_line_by_line(tmp_path):
    requests = [
        {"do": "one", "paths": ["a.png", "b.png"]},
        {"do": "many", "paths": ["a.png", "b.png", "c.png"], "size": 2},
        {"do": "facts"},
    ]
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    ready, one, many, facts = run_reader(tmp_path, "--model", "mine", requests=lines)
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


def test_no_script_hides_a_package_and_all_scripts_exist():
    scripts = {path.stem for path in WORKERS.glob("*.py")}
    needed = [r for s in SYSTEMS.values() for r in (*s.requirements, *s.training_requirements)]
    packages = {requirement.partition("=")[0].partition("<")[0] for requirement in needed}
    assert not scripts & (packages | {"cv2", "keras", "numpy"} | set(sys.stdlib_module_names))
    used = {s.reader for s in SYSTEMS.values()} | {s.trainer for s in SYSTEMS.values() if s.trainer}
    assert {Path(script).stem for script in used} <= scripts


def test_which_systems_are_chosen():
    assert chosen(None) == list(SYSTEMS)
    assert chosen("mltu,ddddocr") == ["ddddocr", "mltu"]
    with pytest.raises(ValueError, match="unknown"):
        chosen("unknown")
    assert TRAINED == ("ours", "ours-quick", "ours-synthetic", "keras", "mltu")


def test_a_restricted_search(monkeypatch):
    monkeypatch.syspath_prepend(WORKERS)
    from restricted_search import columns_of, restricted_search

    charset = ["", "a", "B", "b", "x", "A"]
    columns = columns_of(charset, "ab8")
    assert columns == [[1, 5], [2, 3], []]
    steps = np.array(
        [
            [0.1, 0.3, 0.0, 0.0, 0.4, 0.2],  # x is likely, but not allowed: "a" or "A", 0.5
            [0.1, 0.0, 0.0, 0.0, 0.0, 0.9],  # the same letter in the other case: no repetition
            [0.9, 0.1, 0.0, 0.0, 0.0, 0.0],
            [0.1, 0.8, 0.1, 0.0, 0.0, 0.0],  # after a blank: another "a"
            [0.3, 0.0, 0.2, 0.2, 0.3, 0.0],  # "b" and "B" together
        ]
    )
    assert restricted_search(steps, columns, "ab8", others_are_blank=False) == "aab"
    # At the last step the blank and x have 0.6 together.
    assert restricted_search(steps, columns, "ab8", others_are_blank=True) == "aa"
    only_b = columns_of(charset, "b")
    assert restricted_search(steps, only_b, "b", others_are_blank=False) == "b"
    assert restricted_search(steps, only_b, "b", others_are_blank=True) == ""


def test_a_score():
    assert score(["abc", "abd"], ["abc", "ab"]) == {
        "images": 2,
        "correct": 1,
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


@pytest.mark.slow
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
