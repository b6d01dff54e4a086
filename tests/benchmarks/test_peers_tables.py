"""The tables of the comparison with other systems."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.peers.curves import plot_curves
from benchmarks.peers.systems import TRAINED
from benchmarks.peers.table import render, tables

CROSSVAL = {"correct": 912, "images": 917, "cer": 0.001}
MACHINE = {"command": "python x", "environment": {"cores": 2, "processor": "P", "date": "D"}}


def system(title: str, **accuracy: tuple[int, int]) -> dict:
    """Return the results of a system as in the file of results."""
    scores = {
        split: {"correct": r, "images": n, "cer": 0.004} for split, (r, n) in accuracy.items()
    }
    medians = ("one_ms", "many_ms", "start_seconds", "start_peak_mb")
    return {
        "title": title,
        "accuracy": scores,
        **{what: {"median": k + 0.5} for k, what in enumerate(medians)},
        "best_batch": 64,
        "batch_unit": "images",
        "images_per_second": 2000.4,
        "install_mb": 1234.4,
        "model_mb": 0.96,
    }


def test_the_tables_of_reading():
    one = {"ratio": 21.26, "low_95": 20.0, "high_95": 22.0}
    reading = {
        **MACHINE,
        "systems": {
            "ours": system("we", validation=(96, 98)),
            "b": {**system("B", validation=(9, 98), all=(9, 917)), "best_batch": 1},
        },
        "relative_to_ours": {
            "b": dict.fromkeys(("one_ms", "many_ms", "start_seconds", "start_peak_mb"), one)
        },
    }
    lines = tables(reading, {}, {}, CROSSVAL, {}).splitlines()
    rest = "0.50 ms | 1.50 ms (64 images) | 2,000 | 2.50 s | 4 MB | 1,234 MB | 1.0 MB |"
    assert (
        lines[2] == f"| we | 96 of 98 (98.0%), CER 0.40% | 912 of 917 (99.5%), CER 0.10% | {rest}"
    )
    rest = rest.replace("64 images", "one by one")
    assert lines[3] == f"| B | 9 of 98 (9.2%), CER 0.40% | 9 of 917 (1.0%), CER 0.40% | {rest}"
    assert lines[5].startswith("`python x` on 2 cores (P), D: ")
    assert lines[-1] == "| B " + "| 21.3 (20 to 22) " * 4 + "|"


def way(network: str, way: str, right: int) -> dict:
    """Return the scores of a way as in the file of results."""
    scores = {"validation": (right // 10, 98), "all": (right, 917)}
    accuracy = {k: {"correct": r, "images": n, "cer": 0.01} for k, (r, n) in scores.items()}
    return {"network": network, "way": way, "accuracy": accuracy}


def test_the_table_of_ways():
    ways = [
        way("default", "lower case", 700),
        way("beta", "both cases", 880),
        way("beta", "search, others as blank", 890),
    ]
    reading = {
        **MACHINE,
        "systems": {
            "ours": system("we", validation=(96, 98)),
            "ddddocr": system("D", validation=(1, 98), all=(1, 917)),
        },
        "relative_to_ours": {},
    }
    found = {**MACHINE, "title": "D", "ways": ways}
    lines = tables(reading, {}, {}, CROSSVAL, found).splitlines()
    assert lines[3].startswith("| D | 89 of 98 (90.8%), CER 1.00% | 890 of 917 (97.1%), CER 1.00%")
    assert "The accuracy of ddddocr is that of the best way below;" in lines[5]
    start = lines.index("| D, told the 19 characters by | validation split | all images |")
    assert [line.split(" | ")[0] for line in lines[start + 2 : start + 5]] == [
        "| default network: its own `set_ranges` of the lower-case characters",
        "| newer network (`beta=True`): its own `set_ranges` of both cases, then folded to lower "
        "case",
        "| newer network (`beta=True`): the same search, with all other classes counted as the "
        "blank",
    ]
    assert lines[start + 2].endswith(
        " | 70 of 98 (71.4%), CER 1.00% | 700 of 917 (76.3%), CER 1.00% |"
    )
    assert lines[start + 6].startswith("`python x`, D. `set_ranges` does not restrict the search")


def test_the_tables_of_training():
    systems = {
        "ours": system("we", validation=(96, 98)),
        "c": system("C", validation=(9, 98)),
    }
    reading = {**MACHINE, "systems": systems, "relative_to_ours": {}}
    trained = {
        **MACHINE,
        "title": "we",
        "cap_minutes": 90.0,
        "seconds_to": {"0.95": 40.04, "0.98": 60.0},
        "best_word_accuracy": 0.9792,
        "epochs": 30,
        "seconds_whole_command": 1200.4,
    }
    elsewhere = {"environment": {"cores": 4, "processor": "Q", "date": "E"}}
    training = {
        **MACHINE,
        "images": 819,
        "validation": 96,
        "systems": {
            "ours": trained,
            "b": {**trained, "title": "B", "seconds_to": {"0.95": 70.0, "0.98": 133.0}},
            "c": {**trained, "title": "C", "cap_minutes": 20.0, **elsewhere},
        },
    }
    scores = {
        "seconds_whole_command": 100.0,
        "validation": {"correct": 90, "images": 96, "word_accuracy": 0.9375},
        "unseen": {"correct": 700, "images": 719, "word_accuracy": 0.97},
    }
    few = {
        **MACHINE,
        "images": 100,
        "systems": {
            "ours": {**MACHINE, "title": "we", "runs": [{"cap_minutes": 20.0, **scores}] * 2}
        },
    }
    lines = tables(reading, training, few, CROSSVAL, {}).splitlines()
    assert (
        "| training | to 95% | to 98% | best | whole command | to 98%, as a multiple of ours |"
        in lines
    )
    assert "| we | 40 s | 60 s | 97.9% | 30 epochs, 1,200 s | 1.0 |" in lines
    assert "| B | 70 s | 133 s | 97.9% | 30 epochs, 1,200 s | 2.2 |" in lines
    assert "| C | 40 s | 60 s | 97.9% | 30 epochs, 1,200 s |  |" in lines
    (sentence,) = (
        line for line in lines if line.endswith("after another; C was stopped after 20 minutes.")
    )
    assert sentence.startswith("`python x` on 2 cores (P), D; C on 4 cores (Q), E: seconds from")
    assert any(line.endswith("whole train split; none was stopped.") for line in lines)
    assert "| we | 90, 90 of 96 (93.8%) | 700, 700 of 719 (97.0%) |" in lines
    ours = "96 of 98 (98.0%), CER 0.40% | 912 of 917 (99.5%), CER 0.10%"
    assert lines[2].startswith(f"| we | {ours} | 0.50 ms |")
    assert lines[3].startswith("| C | 9 of 98 (9.2%), CER 0.40% |  | 0.50 ms |")


def test_an_accuracy_that_was_not_reached():
    reading = {
        **MACHINE,
        "systems": {"ours": system("we", validation=(96, 98))},
        "relative_to_ours": {},
    }
    found = {
        **MACHINE,
        "title": "B",
        "cap_minutes": 20.0,
        "seconds_to": {"0.98": None},
        "best_word_accuracy": 0.5,
        "epochs": 3,
        "seconds_whole_command": 1230.0,
    }
    training = {**MACHINE, "images": 1, "validation": 1, "systems": {"b": found}}
    lines = tables(reading, training, {}, CROSSVAL, {}).splitlines()
    assert "| B | not in 20 min | 50.0% | 3 epochs, 1,230 s |  |" in lines


def test_the_tables_come_from_files(tmp_path):
    reading = {
        **MACHINE,
        "systems": {"ours": system("we", validation=(96, 98))},
        "relative_to_ours": {},
    }
    report = {"report": {"correct": 911, "images": 917, "cer": 0.0013}}
    (tmp_path / "peers.json").write_text(json.dumps(reading))
    (tmp_path / "crossval.json").write_text(json.dumps(report))
    rendered = render(tmp_path)
    assert rendered == tables(reading, {}, {}, report["report"], {})
    assert "911 of 917" in rendered


def test_the_curves_are_plotted_also_for_a_training_without_an_epoch(tmp_path):
    systems = {
        "ours": {"title": "we", "curve": [[8.0, 0.0], [20.0, 0.99]]},
        "mltu": {"title": "B", "curve": []},
    }
    assert plotted(tmp_path, systems).std() > 5


@pytest.mark.slow
def test_the_curve_of_every_trained_system_is_plotted(tmp_path):
    flat = {"title": "T", "curve": [[8.0, 0.0], [20.0, 0.0]]}
    steep = {"title": "T", "curve": [[8.0, 0.0], [20.0, 1.0]]}
    for name in TRAINED:
        plots = [
            plotted(tmp_path, dict.fromkeys(TRAINED, flat) | {name: curve})
            for curve in (flat, steep)
        ]
        assert (plots[0] != plots[1]).any(), name


def plotted(folder: Path, systems: dict) -> np.ndarray:
    path = folder / "curves.png"
    plot_curves(path, {"images": 819, "validation": 96, "systems": systems})
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
