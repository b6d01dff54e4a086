from dataclasses import replace

import numpy as np
import pytest

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.errors import CaptchaError, TrainingError
from captcha_model.images.preprocessing import prepare
from captcha_model.model import CaptchaModel
from captcha_model.training.builder import Builder
from captcha_model.training.few_labels import processes as module
from captcha_model.training.few_labels import pseudo_labels
from captcha_model.training.few_labels import task as task_module
from captcha_model.training.few_labels.cross_fit import cross_fitted
from captcha_model.training.few_labels.folds import balanced_folds
from captcha_model.training.few_labels.task import Task, do
from captcha_model.training.loop import fit
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_config.settings import TrainingSettings

pytestmark = pytest.mark.slow

SETTINGS = TrainingSettings(
    epochs=2, epoch_images=16, batch_size=8, seed=3, augmentation={"neutral": 1.0}
)


@pytest.fixture(scope="module")
def images(small_config) -> LabelledImages:
    synthesizer = Synthesizer("abc", (2, 3), seed=1)
    captchas = [synthesizer.draw(i) for i in range(15)]
    return LabelledImages(
        np.stack([prepare(c.image, small_config).pixels for c in captchas]),
        tuple(c.text for c in captchas),
        tuple(map(str, range(15))),
    )


@pytest.fixture(scope="module")
def early() -> list:
    return []


@pytest.fixture(scope="module")
def found(small_config, images, early):
    def notice(model):
        early.append((model.config.calibration, model.network.get_weights()))

    # One process, so that the model of all images is trained before the others.
    with module.processes(1) as workers:
        return cross_fitted(
            images, small_config, SETTINGS, Reporter(), workers, when_trained=notice
        )


def test_the_model_can_be_converted_while_the_others_are_trained(found, early):
    ((calibration, weights),) = early
    assert calibration is None
    assert found.model.config.calibration is not None
    for a, b in zip(weights, found.model.network.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_model_is_that_of_one_training_on_all_images(small_config, images, found):
    alone = fit(small_config, images, None, SETTINGS)
    for a, b in zip(
        alone.model.network.get_weights(), found.model.network.get_weights(), strict=True
    ):
        # A process computes on one core, and sums in another order.
        np.testing.assert_allclose(a, b, atol=1e-4)
    assert [record.val_loss for record in found.history] == [None, None]


def test_the_first_weights_count_for_some_images(small_config, images, tmp_path):
    begun = CaptchaModel(small_config)
    begun.save_pretrained(tmp_path / "begun")
    settings = replace(SETTINGS, init=str(tmp_path / "begun"))
    trained, moved, validated = (
        fit(small_config, images, validation, replace(settings, init_images=count)).model.network
        for validation, count in ((None, 0), (None, 10), (images, 10))
    )
    first, last = begun.network.get_weights(), trained.get_weights()
    assert any(np.abs(a - b).max() > 1e-3 for a, b in zip(first, last, strict=True))
    for a, b, between in zip(first, last, moved.get_weights(), strict=True):
        if np.issubdtype(a.dtype, np.floating):
            np.testing.assert_allclose(between, a + 0.6 * (b - a), atol=1e-5)  # 15 images
    # With images for validation the best epoch counts, and its figures are those of its weights.
    assert not np.allclose(moved.get_weights()[0], validated.get_weights()[0])


def test_every_image_is_read_by_a_model_that_has_not_seen_it(small_config, images, found):
    assert len(found.readings) == found.evaluation.images == len(images)
    (held_out, *_) = balanced_folds(images.labels)
    rest = images.select([n for n in range(len(images)) if n not in held_out])
    other = fit(small_config, rest, None, SETTINGS).model
    other.config = found.model.config
    expected = other.predict_pixels(images.select(held_out).pixels)
    for index, reading in zip(held_out, expected, strict=True):
        assert found.readings[index].text == reading.text
        assert found.readings[index].confidence == pytest.approx(reading.confidence, abs=1e-3)


def test_readings_have_the_views_and_closer_looks_of_the_model(images):
    options = {"filters": 4, "dense": 8, "lstm": 8}
    config = CaptchaConfig(
        "abc", "general", 16, 96, 3, "scale", 32,
        views=3, options=options, trim=True, closer=True,
    )  # fmt: skip
    synthesizer = Synthesizer("abc", (2, 3), seed=1)
    pixels = tuple(prepare(synthesizer.draw(i).image, config).pixels for i in range(15))
    # Of every second image there is a closer look.
    closer = {n: np.ascontiguousarray(pixels[n][:, ::-1]) for n in range(0, 15, 2)}
    scaled = LabelledImages(pixels, images.labels, images.names, closer=closer)
    with module.processes() as workers:
        found = cross_fitted(scaled, config, SETTINGS, Reporter(), workers)
    (held_out, *_) = balanced_folds(images.labels)
    rest = scaled.select([n for n in range(15) if n not in held_out])
    other = fit(config, rest, None, SETTINGS).model
    other.config = found.model.config
    chosen = scaled.select(held_out)
    assert 0 < len(chosen.closer) < len(chosen)
    readings = other.predict_pixels(chosen.pixels, chosen.closer)
    once = other.predict_pixels(chosen.pixels, views=1)
    for n, index in enumerate(held_out):
        assert found.readings[index].confidence == pytest.approx(readings[n].confidence, rel=1e-2)
        assert readings[n].confidence != once[n].confidence


def test_two_images_are_enough_and_promise_nothing(small_config, images):
    two = images.select([0, next(n for n in range(15) if images.labels[n] != images.labels[0])])
    with module.processes() as workers:
        found = cross_fitted(two, small_config, SETTINGS, Reporter(), workers)
    assert (found.folds, found.evaluation.images) == (2, 2)
    assert found.calibration.accepted.threshold is None


def test_the_calibration_counts_every_image_once(images, found):
    facts = found.calibration.facts("data", "cross-validation")
    assert facts.images == 16 * len(images)
    assert facts.trials is None or facts.trials <= len(images)
    assert found.model.config.calibration == found.calibration.calibration


def test_the_error_of_a_process_comes_out(small_config, images):
    other = CaptchaConfig("x", height=16, width=64, options=small_config.options)
    with module.processes(1) as workers, pytest.raises(CaptchaError, match="a"):
        for _ in module.do_all([Task(other, SETTINGS, images)], {}, workers):
            pass


def test_a_process_that_dies_is_an_error_with_its_last_words(
    small_config, images, monkeypatch, tmp_path
):
    (tmp_path / "dying.py").write_text("import sys\nsys.exit('no more memory')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(module, "WORKER", "dying")
    with module.processes() as workers, pytest.raises(TrainingError, match="no more memory"):
        for _ in module.do_all([Task(small_config, SETTINGS, images)] * 3, {}, workers):
            pass


def test_what_is_given_up_leaves_no_process(small_config, images, monkeypatch):
    started = []
    popen = module.subprocess.Popen

    def remember(*args, **options):
        started.append(popen(*args, **options))
        return started[-1]

    monkeypatch.setattr(module.subprocess, "Popen", remember)
    results: dict = {}
    with module.processes() as workers:
        epochs = module.do_all([Task(small_config, SETTINGS, images)] * 4, results, workers)
        next(epochs)
        epochs.close()
    assert started
    assert all(process.poll() is not None for process in started)
    assert len(results) < 4


def test_a_task_tells_its_epochs(small_config, images):
    lines: list[str] = []
    done = do(Task(small_config, SETTINGS, images, images.select([0, 1])), lines.append, Builder())
    assert len(lines) == len(done.history) == 2
    assert done.weights == []
    assert done.data is not None
    assert len(done.data.labels) == 2 * 16


def test_a_task_trains_again_on_what_it_believes(small_config, images, monkeypatch):
    # As in the recipe, few images are shown more often than an epoch alone would show them.
    settings = replace(SETTINGS, epoch_images=12, least_passes=2)
    asked = []

    def believe(text: str):
        def found(model, unlabelled, lengths):
            asked.append((model.predict_pixels(unlabelled.pixels), lengths))
            return pseudo_labels.PseudoLabels(unlabelled.with_labels(lambda _: text), (1.0,) * 5)

        return found

    labelled, others = images.select(range(10)), images.select(range(10, 15))
    task = Task(small_config, settings, labelled, unlabelled=others)
    lines: list[str] = []
    weights = []
    for text in ("ab", "ab", "ccc"):
        monkeypatch.setattr(task_module, "pseudo_labels", believe(text))
        done = do(task, lines.append, Builder())
        weights.append(done.weights)
        assert done.believed is not None
        assert done.believed.images.labels == (text,) * 5
        assert len(done.history) == settings.epochs
    assert len(lines) == 3 * task.epochs == 3 * settings.epochs * (1 + pseudo_labels.ROUNDS)
    assert [lengths for _, lengths in asked] == [(2, 3)] * 3 * pseudo_labels.ROUNDS
    first, again, other = weights
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert any((a != b).any() for a, b in zip(first, other, strict=True))


def test_without_any_belief_the_rounds_are_those_of_the_labels(small_config, images, monkeypatch):
    monkeypatch.setattr(pseudo_labels, "SURE", 1.1)
    alone = do(Task(small_config, SETTINGS, images), lambda _: None, Builder())
    task = Task(small_config, SETTINGS, images, unlabelled=images)
    done = do(task, lambda _: None, Builder())
    for a, b in zip(alone.weights, done.weights, strict=True):
        np.testing.assert_array_equal(a, b)
