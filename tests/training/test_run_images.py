import shutil
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from PIL import Image

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.data.synthetic.looks.texts import CHARACTERS
from captcha_model.errors import ConfigError, DataError, DataWarning
from captcha_model.model import CaptchaModel
from captcha_model.training import run_images
from captcha_model.training.drawn_and_labelled import DrawnAndLabelled
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_config.run import Run
from captcha_model.training.workflow import train

pytestmark = pytest.mark.slow

SETTINGS = {
    "model": {"options": {"filters": 4, "dense": 8, "lstm": 8}},
    "training": {"epoch_images": 64, "batch_size": 8, "workers": 1},
}
SMALL = {"options": {"filters": 4, "dense": 8, "lstm": 8}}


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """Trains for an epoch on a few images that are drawn."""
    monkeypatch.setattr(run_images, "VALIDATION_IMAGES", 24)

    def run(name: str, settings: Mapping[str, Any] = SETTINGS, **options):
        return train(
            "synthetic:plain,segments",
            recipe="general",
            out=tmp_path / name,
            settings=settings,
            **{"epochs": 1, **options},
        )

    return run


def test_the_recipe_trains_on_images_that_are_drawn(drawn, tmp_path):
    trained = drawn("whole", epochs=2)
    model = CaptchaModel.from_pretrained(tmp_path / "whole" / "model")
    assert (model.config.architecture, model.config.any_width) == ("general", True)
    assert model.config.characters == CHARACTERS
    assert model.config.calibration is not None
    assert trained.evaluation.images == 24
    facts = model.facts.training
    assert facts is not None
    assert (facts.data, facts.images, facts.epochs) == ("synthetic:plain,segments", 64, 2)
    for size in ((50, 200), (40, 40)):
        image = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
        assert model.predict(image).width == size[1]
    # A run that was interrupted after an epoch goes on to the same weights.
    assert len(drawn("parts", epochs=2, minutes=1e-6).history) == 1
    parts = drawn("parts", epochs=2, resume=True, settings={"training": {"minutes": None}})
    assert [e.loss for e in parts.history] == [e.loss for e in trained.history]


def test_a_training_starts_from_saved_weights(drawn, tmp_path):
    drawn("first")
    saved = str(tmp_path / "first" / "model")
    going_on = {"training": {"init": saved, "learning_rate": 1e-9, "outlier_share": 0.0}}
    before = CaptchaModel.from_pretrained(saved, runtime="keras").network.get_weights()
    settings = {"training": {"epoch_images": 16, "batch_size": 8, "workers": 1}, "model": SMALL}
    settings["training"] |= going_on["training"]
    trained = train("synthetic:plain", recipe="general", epochs=1, settings=settings)
    after = trained.model.network.get_weights()
    kernels = [(a, b) for a, b in zip(before, after, strict=True) if a.ndim > 1]
    for a, b in kernels:
        np.testing.assert_allclose(a, b, atol=1e-4)
    with pytest.raises(ConfigError, match="options"):
        settings["model"] = {"options": {"filters": 5, "dense": 8, "lstm": 8}}
        train("synthetic:plain", recipe="general", epochs=1, settings=settings)


def test_few_images_in_the_folder_of_a_held_out_split_are_trained_on_with_a_warning(tmp_path):
    for n, text in enumerate(("12ab", "3cd", "efg4")):
        (tmp_path / ("test" if n else "train")).mkdir(exist_ok=True)
        image = Image.new("L", (90, 30), 80 * n)
        image.putpixel((3, 3), 255)
        image.save(tmp_path / ("test" if n else "train") / f"{text}.png")
    made = Run.from_mappings({"recipe": "adapt", "data": {"source": str(tmp_path)}})
    with (
        pytest.warns(DataWarning, match="among them the 2 in folders for test"),
        run_images.run_images(made, None, None, resume=False, reporter=Reporter()) as found,
    ):
        assert found.validation is None and len(found.training) == 3


def test_labelled_images_are_among_those_that_are_drawn(drawn, tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    folder.mkdir()
    random = np.random.default_rng(1)
    for text in ("12ab", "3cd", "efg4"):
        pixels = random.integers(0, 256, (30, 90, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{text}.png")
    seen: list[str] = []
    select = DrawnAndLabelled.select

    def watched(self, indices):
        chosen = select(self, indices)
        seen.extend(chosen.labels)
        return chosen

    monkeypatch.setattr(DrawnAndLabelled, "select", watched)
    data = {"labelled": str(folder), "labelled_share": 0.25}
    lines: list[str] = []
    trained = drawn("both", settings={**SETTINGS, "data": data}, progress=lines.append)
    said = "64 training images an epoch (25.0% from 3 labelled, each 5.3 times in all; the others "
    assert said in "\n".join(lines)
    assert sum(text in {"12ab", "3cd", "efg4"} for text in seen[:64]) == 16
    # Those that are drawn alone validate.
    assert trained.evaluation.images == 24
    facts = trained.model.facts.training
    assert facts is not None
    assert facts.changed["data.labelled"] == '"mine"'
    assert facts.changed["data.labelled_share"] == "0.25"


def test_labelled_images_are_those_of_the_train_split(tmp_path):
    random = np.random.default_rng(2)
    for split, count in (("train", 3), ("validation", 2), ("test", 2)):
        (tmp_path / split).mkdir()
        for n in range(count):
            pixels = random.integers(0, 256, (30, 90, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / split / f"{split[:2]}{n}.png")
    data = {"source": "synthetic:plain", "labelled": str(tmp_path), "splits": "folders"}
    settings = {"recipe": "general", "data": data, **SETTINGS}
    run = Run.from_mappings(settings)
    with run_images.run_images(run, None, None, resume=False, reporter=Reporter()) as found:
        assert isinstance(found.training, DrawnAndLabelled)
        assert found.config.closer
        assert sorted(found.training.labelled.labels) == ["tr0", "tr1", "tr2"]
        assert not found.training.select(range(10)).closer
    shutil.rmtree(tmp_path / "train")
    with (
        pytest.raises(DataError, match=r"None of the 4 images .* is in the train split"),
        run_images.run_images(run, None, None, resume=False, reporter=Reporter()),
    ):
        pass


def test_labelled_images_do_not_get_outputs_among_them(tmp_path):
    Image.new("RGB", (90, 30), "red").save(tmp_path / "ab1.png")
    with pytest.raises(DataError, match="inside"):
        train(
            "synthetic:plain",
            recipe="general",
            settings={"data": {"labelled": str(tmp_path)}},
            out=tmp_path / "run",
        )


def test_labelled_images_must_fit_those_that_are_drawn(tmp_path):
    Image.new("RGB", (90, 30)).save(tmp_path / "ab\N{LATIN SMALL LETTER E WITH ACUTE}.png")
    with pytest.raises(DataError, match="\N{LATIN SMALL LETTER E WITH ACUTE}"):
        train("synthetic:plain", recipe="general", settings={"data": {"labelled": str(tmp_path)}})
    with pytest.raises(DataError, match=r"missing"):
        train("synthetic:plain", recipe="general", settings={"data": {"labelled": "missing/"}})
    with pytest.raises(DataError, match="labelled 'more' and source 'mine'"):
        train("mine", settings={"data": {"labelled": "more"}})


def test_what_is_drawn_must_be_in_the_vocabulary():
    with pytest.raises(ConfigError, match="characters that are not in it"):
        train("synthetic:plain", recipe="general", characters="0123456789")
    with pytest.raises(DataError, match="no family"):
        train("synthetic:none", recipe="general")


def test_the_recipe_is_for_images_that_are_drawn():
    assert run_images.is_drawn(Run.from_mappings({"recipe": "general"}))
    assert not run_images.is_drawn(Run.from_mappings({"recipe": "crnn"}))


def test_drawn_images_have_the_case_of_their_labels():
    with pytest.raises(ConfigError, match="case 'lower' with 'synthetic:any'"):
        train("synthetic:any", recipe="general", case="lower")


def test_images_without_a_label_are_refused_where_images_are_drawn(tmp_path):
    with pytest.raises(DataError, match="Received: the recipe general"):
        train("synthetic:any", recipe="general", unlabelled=tmp_path)


def test_characters_that_the_beginning_knows_need_no_image_to_learn_from(tmp_path):
    network = {"height": 48, "width": 96, "min_width": 48, "channels": 3, "resize": "scale"}
    config = CaptchaConfig("abK", "general", options=SMALL["options"], **network)
    CaptchaModel(config).save_pretrained(tmp_path / "known")
    names = ("train/0.png", "train/1.png", "validation/0.png")
    images = LabelledImages(
        np.random.default_rng(1).integers(0, 256, (3, 48, 96, 3), np.uint8),
        ("a", "aa", "bkz"),
        names,
    )
    for init, missing in ((str(tmp_path / "known"), "'z'"), ("none", "'b'.*'k'.*'z'")):
        run = Run.from_mappings(
            {
                "data": {"source": "mine", "splits": "folders"},
                "model": {"architecture": "general", **network, **SMALL},
                "training": {"init": init},
            }
        )
        with (
            pytest.warns(DataWarning, match=f"will not learn them: {missing} in validation/0.png"),
            run_images.run_images(run, images, None, resume=False, reporter=Reporter()),
        ):
            pass


def test_a_label_that_does_not_fit_its_image_is_named_before_the_training(tmp_path):
    (tmp_path / "images").mkdir()
    for name, width in (("ab", 330), ("11002200334455667788", 140)):
        Image.new("RGB", (width, 110)).save(tmp_path / "images" / f"{name}.png")
    with pytest.raises(DataError, match=r"7788.png \(needs 30 of 24 steps\)") as caught:
        train(tmp_path / "images", out=tmp_path / "run")
    assert caught.value.code == "LABEL_TOO_LONG"


def test_drawn_images_take_no_synthetic_ones_and_say_so_at_the_start(drawn, tmp_path):
    with pytest.raises(ConfigError, match="Received: synthetic 100 with 'synthetic:plain,segm"):
        drawn("more", synthetic=100)
    assert not list((tmp_path / "more").glob("*.png"))


def test_few_different_labels_are_split_at_random_and_a_line_says_so():
    pixels = np.random.default_rng(1).integers(0, 256, (40, 48, 96, 3), np.uint8)
    found = LabelledImages(pixels, tuple("0123456789" * 4), tuple(map(str, range(40))))
    run = Run.from_mappings({"recipe": "adapt", "data": {"cross_fit_below": 20}})
    lines: list[str] = []
    reporter = Reporter(line=lines.append)
    with run_images.run_images(run, found, None, resume=False, reporter=reporter) as prepared:
        assert prepared.validation is not None
        assert (len(prepared.training), len(prepared.validation)) == (36, 4)
        assert prepared.run.data.validation_fraction == 0.1
    assert "too few different labels" in "".join(lines)
