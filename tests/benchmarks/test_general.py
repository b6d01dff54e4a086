"""What is read without training, with small sets and without installing the other readers."""

import io
import json
import sys
import zipfile
from contextlib import contextmanager

import pytest
from PIL import Image

from benchmarks.general import __main__ as command
from benchmarks.general import accuracy, speed
from benchmarks.general.accuracy import StoredPeers, compare
from benchmarks.general.scores import confidence_scores, score, with_case_of
from benchmarks.general.sets import open_sets
from benchmarks.general.speed import sample
from benchmarks.general.table import render
from benchmarks.image_files import synthetic_texts
from benchmarks.peers.workplace import Workplace

BUNDLED = "captcha-images-v2"


def write_zip(path, images, labels):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        rows = ["file_name,text"]
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            data = io.BytesIO()
            image.save(data, "PNG")
            archive.writestr(f"{number}.png", data.getvalue())
            rows.append(f"{number}.png,{label}")
        archive.writestr("metadata.csv", "\n".join(rows) + "\n")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    images, labels = synthetic_texts(6)
    write_zip(folder / "real" / "ours.zip", images, [label.upper() for label in labels])
    clear = Image.new("RGBA", (200, 50), (0, 0, 0, 0))
    write_zip(folder / "generators" / "clear.zip", [clear] * 3, ["aB", "cd", "ef"])
    write_zip(folder / "generators" / "svg-math.zip", images[:2], ["1", "2"])
    return folder


class Other:
    """Reads the label of the first image of each set only."""

    def one_by_one(self, paths):
        return ["AB"] + ["?"] * (len(paths) - 1), [0.001] * len(paths)

    def ways(self, paths, characters):
        search = "".join(sorted(characters))[:2].lower()
        return [{"as it is": "?", "search": search} for _ in paths]

    def facts(self):
        return {"versions": {"reader": "1"}, "peak_bytes": 10}


@pytest.fixture
def others(monkeypatch):
    @contextmanager
    def opened(place):
        yield {peer.name: Other() for peer in accuracy.PEERS}

    monkeypatch.setattr(accuracy, "open_peers", opened)


def run(monkeypatch, *options):
    monkeypatch.setattr(sys, "argv", ["general", *map(str, options)])
    return command.main()


def test_a_score():
    assert score(["aB", "cd"], ["ab", "cd"]) == {
        "images": 2,
        "exact": 1,
        "exact_95": [0.0945, 0.9055],
        "ignoring_case": 2,
        "ignoring_case_95": [0.3424, 1.0],
        "cer": 0.0,
    }


def test_confidences():
    found = confidence_scores(["a", "b", "c"], ["A", "b", "x"], [0.9, 0.8, 0.1], 2)
    assert found == {"ece": 0.1333, "auroc": 1.0, "coverage": 0.6667, "accepted": 2}
    assert confidence_scores(["a"], ["a"], [0.9], 1)["auroc"] is None


def test_a_text_gets_the_case_of_the_labels():
    assert with_case_of(["AB", "3"], "c4") == "C4"
    assert with_case_of(["ab"], "C") == "c"
    assert with_case_of(["aB"], "cD") == "cD"


def test_sets(source, tmp_path):
    real, clear, maths = open_sets(source, tmp_path)
    assert (real.name, real.kind, len(real.labels)) == ("ours", "real", 6)
    assert real.plain == real.paths and real.has_text and not maths.has_text
    assert clear.characters == "Bacdef"
    assert Image.open(clear.plain[0]).getpixel((0, 0)) == (255, 255, 255)
    assert len(sample([real, clear])) == 9 and sample([real, clear])[1] == clear.plain[0]
    assert [one.name for one in open_sets(source, tmp_path, ["clear"])] == ["clear"]
    with pytest.raises(ValueError, match="none"):
        open_sets(source, tmp_path, ["none"])
    with pytest.raises(ValueError, match="no real"):
        open_sets(tmp_path / "empty", tmp_path)


def test_a_comparison_ignores_sets_without_text(source, tmp_path):
    sets = open_sets(source, tmp_path)
    right, wrong = score(["a"], ["a"]), score(["a"], ["b"])
    ours = {"sets": {one.name: {"ways": {"as it is": wrong, "charset": right}} for one in sets}}
    ways = {"as it is": wrong, "search": right}
    peers = {"sets": {one.name: {"ddddocr": ways, "rapidocr": ways} for one in sets}}
    found = compare(sets, ours, peers)
    assert found["generators"]["sets"] == 1
    assert found["real"]["means"]["ddddocr"] == 1.0
    assert found["real"]["means"]["ddddocr: as it is"] == 0.0
    assert found["real"]["means"]["ours"] == 1.0
    assert found["real"]["means"]["ours: as it is"] == 0.0
    assert found["real"]["best_ahead_of_both"] == 0  # Equal is not ahead.
    ways["search"] = wrong
    found = compare(sets, ours, peers)
    assert (found["real"]["ahead_of_both"], found["real"]["best_ahead_of_both"]) == (0, 1)
    assert "ahead_of_both" not in compare(sets, ours, None)["real"]


def test_stored_scores_are_of_the_same_images(source, tmp_path):
    sets = open_sets(source, tmp_path)
    path = tmp_path / "stored.json"
    digests = {one.name: one.digest for one in sets} | {"clear": "another"}
    path.write_text(json.dumps({"digests": digests, "sets": {}}))
    stored = StoredPeers(path, print)
    assert [one.name for one in stored.missing(sets)] == ["clear"]
    stored.check([sets[0]])
    with pytest.raises(ValueError, match="systems for clear; measure"):
        stored.check(sets)


def test_ours_alone_writes_nothing(source, tmp_path, monkeypatch, capsys):
    options = ("--sets", source, "--model", BUNDLED, "--work", tmp_path, "--results", tmp_path)
    assert run(monkeypatch, *options, "--ours") == 0
    printed = capsys.readouterr()
    # Labels in capitals count: case is ignored, and the model need not accept what it reads.
    assert printed.out.splitlines()[0].startswith(
        "real: mean over 1 sets with text, by the best ways: ours 100.0%"
    )
    assert "  all readings of ours: ECE" in printed.out
    assert "exact 0.0%" in printed.err
    assert not list(tmp_path.glob("*.json"))


def test_the_other_readers_are_stored(source, tmp_path, monkeypatch, others):
    monkeypatch.setenv("CAPTCHA_SETS", str(source))
    options = ("--model", BUNDLED, "--work", tmp_path, "--results", tmp_path)
    with pytest.raises(SystemExit):
        run(monkeypatch, *options, "--peers", "stored")
    assert run(monkeypatch, *options) == 0
    measured = json.loads((tmp_path / "general.json").read_text())
    assert measured["comparison"]["real"]["ahead_of_both"] == 1
    clear = json.loads((tmp_path / "general_peers.json").read_text())["sets"]["clear"]
    assert clear["rapidocr"]["as it is"]["ignoring_case"] == 1
    assert set(clear["ddddocr"]) >= {"default, as it is", "beta, search"}
    assert clear["rapidocr"]["other characters dropped"]["images"] == 3
    monkeypatch.setattr(accuracy, "open_peers", None)
    assert run(monkeypatch, *options, "--peers", "stored") == 0
    assert run(monkeypatch, *options) == 0  # Nothing is missing.
    again = json.loads((tmp_path / "general.json").read_text())
    assert again == measured
    lines = render(tmp_path).splitlines()
    every = "100.0% (61.0% to 100.0%)"
    assert lines[2].startswith(f"| ours | 6 | {every} | {every} | 0.0% (")
    assert "more than both on 1 (1) of 1 real sets, 0 (0) of 1 generators" in render(tmp_path)


class Timed(Other):
    """A reader that takes a millisecond, or two if it is not ours."""

    def __init__(self, name, command, log):
        self.seconds = 0.001 if name == "ours" else 0.002

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def one_by_one(self, paths):
        return [""] * len(paths), [self.seconds] * len(paths)

    def in_batches(self, paths, size):
        return [""] * len(paths), self.seconds * len(paths) / size

    def facts(self):
        return {"versions": {}, "peak_bytes": 2e6, "model_bytes": 1e6}


def test_the_speed_is_relative_to_ours(source, tmp_path, monkeypatch, others):
    monkeypatch.setattr(speed, "Reader", Timed)
    starts = [(0.1, 1e6), (0.2, 1e6)]
    monkeypatch.setattr(speed, "measure_starts", lambda runs, _: dict.fromkeys(runs, starts))
    monkeypatch.setattr(Workplace, "prepare", lambda *_, **__: None)
    options = ("--sets", source, "--model", BUNDLED, "--work", tmp_path, "--results", tmp_path)
    assert run(monkeypatch, "speed", *options) == 0
    found = json.loads((tmp_path / "general_speed.json").read_text())
    assert found["relative_to_ours"]["rapidocr"]["one_ms"]["ratio"] == 2.0
    assert found["systems"]["ours"]["best_batch"] == 256
    assert found["systems"]["ddddocr"]["best_batch"] == 4  # Threads.
    assert found["one_ms_by_set"]["ours"]["rapidocr"]["median"] == 1.0
    assert run(monkeypatch, *options) == 0
    table = render(tmp_path)
    assert (
        "| one image | 1.00 ms | 2.00 ms (2.0, 2.0 to 2.0) | 2.00 ms (2.0, 2.0 to 2.0) |" in table
    )


def test_bad_options(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("CAPTCHA_SETS", raising=False)
    with pytest.raises(SystemExit):
        run(monkeypatch, "--ours")
    assert "CAPTCHA_SETS" in capsys.readouterr().err


def test_both_graphs_are_compared(source, tmp_path, monkeypatch, capsys):
    options = ("bits", "--sets", source, "--work", tmp_path, "--results", tmp_path)
    assert run(monkeypatch, *options) == 0
    found = json.loads((tmp_path / "general_bits.json").read_text())
    assert found["images"] == 9  # Without the set of sums.
    assert 0 <= found["equal_of_accepted"] <= found["accepted_by_either"] <= found["images"]
    assert found["difference_95"][0] <= found["difference"] <= found["difference_95"][1]
    assert set(found["one_ms"]) == {"8", "32"}
    assert "equal: " in capsys.readouterr().out
