"""The benchmark of generators, without installing any of them."""

import json
import re
import subprocess
import sys
from contextlib import contextmanager

import pytest

from benchmarks.general import peers
from benchmarks.general.scores import score
from benchmarks.general.sets import read_folder
from benchmarks.generators import __main__ as command
from benchmarks.generators import environments, measuring
from benchmarks.generators.catalogue import GENERATORS, UNAVAILABLE
from benchmarks.generators.environments import SCRIPTS, UnavailableError, prepare
from benchmarks.generators.generator import DEFAULT, SETTINGS, Generator, Setting
from benchmarks.generators.learning import ByDefault, LearningError
from benchmarks.generators.measuring import measure_learning
from benchmarks.generators.table import render
from benchmarks.image_files import synthetic_texts
from tests.benchmarks.test_general import BUNDLED, Other

TOY = Generator(
    "toy",
    "1",
    "pypi",
    ("toy==1",),
    "draw_toy.py",
    "5 letters",
    (Setting(DEFAULT, "", {"size": 3}),),
)
TOY_SCRIPT = """
import random
from drawing import Drawn, main, text_of

def prepare(options):
    def draw(chance):
        text = text_of(chance, "ab", options["size"])
        return Drawn(f"{text} {random.random()}".encode(), text)
    return draw

main(prepare)
"""


def draw_synthetic(generator, setting, own, out, count, seed):
    """Stand in for a generator: the captchas that this package draws."""
    out.mkdir(parents=True)
    rows = ["file_name,text"]
    images, texts = synthetic_texts(count + 10 * seed)
    for number, (image, text) in list(enumerate(zip(images, texts, strict=True)))[-count:]:
        image.save(out / f"{number}.png")
        rows.append(f"{number}.png,{text}")
    (out / "metadata.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture
def toy(monkeypatch):
    @contextmanager
    def opened(place):
        yield {peer.name: Other() for peer in peers.PEERS}

    monkeypatch.setattr(command, "GENERATORS", (TOY,))
    monkeypatch.setattr(command, "NAMES", ("toy",))
    monkeypatch.setattr(command, "open_peers", opened)
    monkeypatch.setattr(command, "prepare", lambda generator, folder: folder)
    monkeypatch.setattr(measuring, "draw", draw_synthetic)


def run(monkeypatch, folder, *options):
    places = ("--folder", folder, "--work", folder, "--results", folder)
    words = ["generators", "--model", BUNDLED, *places, *options]
    monkeypatch.setattr(sys, "argv", list(map(str, words)))
    return command.main()


def test_every_generator_is_pinned_and_has_two_harder_settings_or_says_that_it_has_none():
    for generator in GENERATORS:
        names = [setting.name for setting in generator.settings]
        has_none = "has no harder setting" in generator.texts
        assert tuple(names) == ((DEFAULT,) if has_none else SETTINGS)
        assert all(setting.harder for setting in generator.settings[1:])
        assert (SCRIPTS / generator.script).exists()
        if generator.registry != "debian":
            assert re.search(rf"(==|@){re.escape(generator.version)}$", generator.requirements[0])
    assert not {generator.name for generator in GENERATORS} & UNAVAILABLE.keys()


def test_no_script_hides_a_package():
    packages = {"captcha", "claptcha", "wheezy", "django", "PIL", "random"}
    assert not {path.stem for path in SCRIPTS.iterdir()} & packages


def test_a_script_draws_the_same_again(tmp_path):
    (tmp_path / "drawing.py").write_text((SCRIPTS / "drawing.py").read_text())
    (tmp_path / "draw_toy.py").write_text(TOY_SCRIPT)
    for out, seed in (("one", "1"), ("again", "1"), ("other", "2")):
        (tmp_path / out).mkdir()
        arguments = [tmp_path / out, "4", seed, json.dumps(TOY.settings[0].options)]
        subprocess.run([sys.executable, tmp_path / "draw_toy.py", *arguments], check=True)
    one, again, other = (
        {path.name: path.read_bytes() for path in (tmp_path / out).iterdir()}
        for out in ("one", "again", "other")
    )
    assert one == again and one != other
    assert sorted(one) == ["0000.png", "0001.png", "0002.png", "0003.png", "metadata.csv"]
    assert all(len(line.split(",")[1]) == 3 for line in one["metadata.csv"].decode().split()[1:])


def test_what_cannot_be_installed_says_why(tmp_path, monkeypatch):
    def fails(requirements, folder):
        raise subprocess.CalledProcessError(1, "pip", stderr=b"a\nno matching version\n")

    monkeypatch.setitem(environments._INSTALLERS, "pypi", fails)
    with pytest.raises(UnavailableError, match="pypi does not install it: no matching version"):
        prepare(TOY, tmp_path)
    monkeypatch.setattr(environments.shutil, "which", lambda tool: None)
    php = Generator("php", "1", "debian", ("php",), "x.php", "", ())
    with pytest.raises(UnavailableError, match="apt-get and dpkg-deb not found"):
        prepare(php, tmp_path)


def test_an_installed_generator_is_kept(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setitem(environments._INSTALLERS, "pypi", lambda *given: calls.append(given))
    assert prepare(TOY, tmp_path) == prepare(TOY, tmp_path) == tmp_path / "toy"
    assert len(calls) == 1


def test_a_run(tmp_path, monkeypatch, toy, capsys, caplog):
    assert run(monkeypatch, tmp_path, "--count", "8") == 0
    found = json.loads((tmp_path / "generators.json").read_text())
    readers = found["generators"]["toy"]["settings"][DEFAULT]["readers"]
    assert readers["ours"]["as it is"]["ignoring_case"] >= 6
    assert readers["rapidocr"]["as it is"]["images"] == 8
    assert "dchest/captcha is left out: it is a Go module" in caplog.text
    assert "toy-default: ours" in caplog.text
    table = render(tmp_path)
    assert table.splitlines()[2].startswith("| **toy 1**, default | 5 letters |")
    assert table.splitlines()[2].endswith("| no protection |")
    assert "Of these 1 settings, 0 resist reading without training." in table


def test_an_unknown_generator_is_named(tmp_path, monkeypatch, toy, capsys):
    with pytest.raises(SystemExit):
        run(monkeypatch, tmp_path, "--only", "other")
    assert "Received: other" in capsys.readouterr().err


class Bundled:
    """Learns nothing, and returns the bundled model."""

    name = "nothing"

    def learn(self, images, count, out):
        if count == 3:
            raise LearningError("no epoch ended")
        return BUNDLED


def test_learning_is_a_step_of_its_own(tmp_path):
    draw_synthetic(None, None, None, tmp_path / "test", 5, 1)
    images = read_folder(tmp_path / "test", "toy", "generators", tmp_path / "plain")
    found = measure_learning(Bundled(), images, images, [2, 3, 4], tmp_path / "models")
    assert found["learner"] == "nothing" and set(found["labels"]) == {"2", "4"}
    assert found["failed"] == {"3": "no epoch ended"}
    assert found["labels"]["4"]["as it is"]["images"] == 5


def test_training_gets_the_first_images(tmp_path, monkeypatch):
    commands = []

    def fake(command, **_):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", fake)
    draw_synthetic(None, None, None, tmp_path / "images", 5, 1)
    images = read_folder(tmp_path / "images", "toy", "generators", tmp_path / "plain")
    (tmp_path / "models").mkdir()
    out = tmp_path / "models" / "toy-3"
    assert ByDefault().learn(images, 3, out) == out / "model"
    rows = (tmp_path / "models" / "toy-3-images" / "metadata.csv").read_text().split()
    assert len(rows) == 4 and rows[1].endswith(images.labels[0])
    assert commands[0][-4:] == ["--data", str(out.with_name("toy-3-images")), "--out", str(out)]


def table_of(right, images, learning=None):
    scores = {"as it is": score(["a"] * images, ["a"] * right + ["b"] * (images - right))}
    entry = {"harder": "more", "readers": dict.fromkeys(("ours", "ddddocr", "rapidocr"), scores)}
    if learning:
        entry["learning"] = {"learner": "it", "labels": {"20": scores}}
    generator = {
        **{"version": "1", "registry": "npm", "texts": "", "seeded": False, "images": images},
        **{"environment": {"date": "2026-01-01"}, "model": "m", "settings": {"harder": entry}},
    }
    return {
        **{"command": "c", "titles": {"ddddocr": "D", "rapidocr": "R"}, "left_out": {"x": "y"}},
        "generators": {"toy": generator},
    }


@pytest.mark.parametrize(
    "right, verdict",
    [(150, "no protection"), (149, "weak"), (3, "not decided"), (1, "resists"), (0, "resists")],
)
def test_verdicts(tmp_path, right, verdict):
    (tmp_path / "generators.json").write_text(json.dumps(table_of(right, 300)))
    table = render(tmp_path)
    assert table.splitlines()[2].endswith(f"| {verdict} |")
    assert ("toy at its setting `harder`" in table) == (verdict == "resists")


def test_a_table_with_labels(tmp_path):
    (tmp_path / "generators.json").write_text(json.dumps(table_of(3, 300, learning=True)))
    table = render(tmp_path)
    assert "| 20 labels |" in table and "After labels: it with so many further images" in table
    means = "over the 1 settings with labels, ours reads 1.0% as it is and 1.0% by its best ways"
    assert f"{means} without any, and 1.0% after 20 labels." in table


def test_a_run_that_does_not_learn_keeps_what_was_learned_before(tmp_path, monkeypatch):
    old = table_of(3, 300, learning=True)
    (tmp_path / "generators.json").write_text(json.dumps(old))
    new = table_of(6, 300)["generators"]["toy"]
    new["environment"] = {"date": "2026-02-02"}
    monkeypatch.setattr(command, "NAMES", ("toy",))
    command._write(tmp_path, TOY, new, "m")
    kept = json.loads((tmp_path / "generators.json").read_text())["generators"]["toy"]
    learned = old["generators"]["toy"]["settings"]["harder"]["learning"]
    assert kept["settings"]["harder"]["learning"] == {"date": "2026-01-01", **learned}
    assert kept["settings"]["harder"]["readers"]["ours"]["as it is"]["ignoring_case"] == 6
    table = render(tmp_path)
    assert "2026-02-02: 300 images" in table
    assert "After labels (2026-01-01): it with so many further" in table


def test_the_folder_of_a_generator_has_no_separator_in_its_name():
    names = [environments.folder_name(generator) for generator in GENERATORS]
    assert "gregwar-captcha" in names
    assert "GD-SecurityImage" in names
    assert not any(set(name) & set("/:\\") for name in names)
