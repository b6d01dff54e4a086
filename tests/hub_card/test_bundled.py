"""The card of the bundled model tells what was measured, and what the template says today."""

import json

from captcha_model.evaluation.report import Confusion
from captcha_model.hub import BUNDLED
from captcha_model.model_card import CROSS_VALIDATION, load_facts
from captcha_model.storage.manifest import read_manifest
from hub_card import CARD_FILE, card_files
from tests.conftest import ROOT


def test_its_card_is_fresh():
    files = card_files(read_manifest(BUNDLED).config, load_facts(BUNDLED))
    for name in (CARD_FILE, "model_facts.json"):
        assert files[name] == (BUNDLED / name).read_bytes(), name
    assert (BUNDLED / "examples.png").stat().st_size > 5000


def test_its_figures_are_those_of_the_benchmarks():
    known = load_facts(BUNDLED)
    assert known.training is not None
    assert (known.license, known.parameters) == ("apache-2.0", 106_084)
    assert [e.split for e in known.evaluations] == ["validation", CROSS_VALIDATION]
    for figures, name in zip(known.evaluations, ("validation", "crossval"), strict=True):
        measured = json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text())
        report = measured["report"]
        assert (figures.images, figures.correct) == (report["images"], report["correct"])
        assert figures.cer == report["cer"]
        assert figures.interval == tuple(report["word_accuracy_95"])
        assert figures.confusions == tuple(Confusion(**c) for c in report["confusions"])


def test_its_training_is_the_one_that_is_documented():
    training = load_facts(BUNDLED).training
    assert training is not None
    page = (ROOT / "docs" / "training.md").read_text()
    command = f"captcha-model train --data {training.data} --synthetic {training.synthetic}"
    assert f"\n{command} --out runs/bundled\n" in page
    assert (training.recipe, training.seed) == ("crnn", 0)
    assert training.changed == {}
    prose = " ".join(page.split())
    assert f"the {training.images} images of that set's train split" in prose
    assert f"on the {training.validation_images} of" in prose
