"""The measurement of a few labels, without a training that succeeds."""

import json
import sys

import pytest
from PIL import Image

from benchmarks.few import __main__ as command
from benchmarks.few import chart
from benchmarks.few.adapting import NotTrainedError, measure, stored
from benchmarks.few.table import render
from benchmarks.general.sets import open_sets, write_folder
from benchmarks.image_files import synthetic_texts
from tests.benchmarks.test_general import write_zip


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    images, labels = synthetic_texts(6)
    write_zip(folder / "real" / "ours.zip", images, labels)
    return folder


@pytest.mark.slow
def test_a_training_that_fails_says_why(source, tmp_path):
    (labelled,) = open_sets(source, tmp_path)
    with pytest.raises(NotTrainedError, match="two different labels"):
        measure(labelled, 1, 0, tmp_path / "few")


def test_what_is_measured_is_not_measured_again(source, tmp_path, monkeypatch, capsys):
    asked = []

    def found(labelled, count, seed, scratch):
        asked.append((labelled.name, count, seed))
        if count == 3:
            raise NotTrainedError("too few")
        return {
            **{"images": 4, "exact": 2, "ignoring_case": 3, "cer": 0.1},
            **{"accepted": 2, "accepted_right": 2, "promised": 0.9, "seconds": 1.5},
        }

    monkeypatch.setattr(command, "measure", found)
    monkeypatch.setattr(command, "LEAST_OTHERS", 1)
    arguments = ["few", "--sets", source, "--work", tmp_path, "--results", tmp_path]
    monkeypatch.setattr(sys, "argv", [*map(str, arguments), "--labels", "2,3,9", "--seeds", "2"])
    assert command.main() == 0
    # Not with more labels than the set has images, and each seed for all before the next one.
    assert asked == [("ours", 2, 0), ("ours", 3, 0), ("ours", 2, 1), ("ours", 3, 1)]
    assert "ours, 2 labels, seed 0: 75.0% right (exactly 50.0%)" in capsys.readouterr().out
    assert command.main() == 0
    assert len(asked) == 4
    results = stored(tmp_path / "few.json")
    assert results["ours"]["labels"]["3"]["1"] == {"error": "too few"}
    assert json.loads((tmp_path / "few.json").read_text())["command"] == command.COMMAND


@pytest.fixture
def documents():
    """Return results of two sets, of which one has no figure for 20 labels."""

    def scores(right, images=4, **more):
        return {"ignoring_case": right, "images": images, **more}

    def seed(right, accepted, accepted_right, seconds, **more):
        accepting = {"accepted": accepted, "accepted_right": accepted_right}
        return scores(right, **accepting, seconds=seconds, **more)

    labels = {
        "20": {"0": seed(2, 1, 1, 30.2, one_view=1), "1": seed(3, 2, 1, 40.4, one_view=3)},
        "50": {},
    }
    failed = {"20": {"0": {"error": "too few"}}, "50": {"0": seed(4, 4, 4, 50)}}
    return {
        "few": {
            "command": "python -m benchmarks.few",
            "environment": {"cores": 2, "processor": "P", "date": "2026-01-01"},
            "sets": {
                "a": {"kind": "real", "labels": labels},
                "b": {"kind": "real", "labels": failed},
            },
        },
        "general": {
            "sets": {"a": {}, "b": {}, "c": {}},
            "ours": {"sets": {n: {"ways": {"as it is": scores(1)}} for n in "ab"}},
        },
        "general_peers": {
            "sets": {
                n: {"ddddocr": {"x": scores(0), "y": scores(2)}, "rapidocr": {"x": scores(1)}}
                for n in "ab"
            }
        },
    }


def test_the_table(documents, tmp_path):
    for name, document in documents.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    lines = render(tmp_path).splitlines()
    assert lines[2:5] == [
        "| a | 50.0% | 25.0% | 62.5% |  | 2 of 3 |  |",
        "| b | 50.0% | 25.0% |  | 100.0% |  | 4 of 4 |",
        "| **mean of real sets** (of how many) | **50.0%** (2) | **25.0%** (2) | **62.5%** (1) | "
        "**100.0%** (1) |  |  |",
    ]
    assert "30 to 40 s for 20, 50 to 50 s for 50" in lines[-3]
    assert lines[-1] == (
        "With `--views 1` the same 2 models read 50.0% on average instead of 62.5%; 1 of them read "
        "fewer texts, 0 more."
    )
    # One that ran beside other work has no time.
    del documents["few"]["sets"]["b"]["labels"]["50"]["0"]["seconds"]
    (tmp_path / "few.json").write_text(json.dumps(documents["few"]))
    assert "30 to 40 s for 20, from its start" in render(tmp_path).splitlines()[-3]


def test_the_chart_has_the_sets_with_all_figures(documents, tmp_path):
    few, general, peers = (documents[name] for name in ("few", "general", "general_peers"))
    assert chart.lines("real", few, general, peers) == {}
    few["sets"]["a"]["labels"]["50"] = few["sets"]["b"]["labels"]["50"]
    assert chart.lines("real", few, general, peers) == {"a": [0.25, 0.625, 1.0]}
    assert chart.lines("generators", few, general, peers) == {}
    for name, document in documents.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    chart.plot(tmp_path / "chart.png", tmp_path)
    with Image.open(tmp_path / "chart.png") as picture:
        assert picture.width > 800
        assert (0x1F, 0x77, 0xB4) in {color[:3] for _, color in picture.getcolors(1 << 24)}


def test_the_images_of_a_training_are_a_data_set(source, tmp_path):
    (labelled,) = open_sets(source, tmp_path)
    pairs = [(labelled.paths[n], labelled.labels[n]) for n in (4, 0)]
    write_folder(pairs, tmp_path / "images")
    rows = (tmp_path / "images" / "metadata.csv").read_text().splitlines()
    assert rows == ["file_name,text", f"4.png,{labelled.labels[4]}", f"0.png,{labelled.labels[0]}"]
    assert sorted(p.name for p in (tmp_path / "images").glob("*.png")) == ["0.png", "4.png"]
