import csv
import json
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import keras
import numpy as np
import pytest

import captcha_model
from captcha_model.data.samples import LabelledImages
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.errors import ConfigError, DataError, DivergedError, TrainingError
from captcha_model.images.preprocessing import prepare
from captcha_model.model import CaptchaModel
from captcha_model.training import workflow
from captcha_model.training.resume.checkpoints import checkpoints
from captcha_model.training.resume.lock import sole_use
from captcha_model.training.run_folder import RUN_FILE
from captcha_model.training.workflow import train

pytestmark = pytest.mark.slow

SETTINGS = {
    "data": {"validation_fraction": 0.3},
    "model": {"options": {"filters": 4, "dense": 8, "lstm": 8}},
    "training": {"epoch_images": 1, "batch_size": 8},
}


@pytest.fixture(scope="module")
def images(small_config) -> LabelledImages:
    synthesizer = Synthesizer("abc", (1, 2), seed=1)
    captchas = [synthesizer.draw(i) for i in range(24)]
    return LabelledImages(
        np.stack([prepare(c.image, small_config).pixels for c in captchas]),
        tuple(c.text for c in captchas),
        tuple(f"{i}.png" for i in range(24)),
    )


def run(images, **options):
    return train(images, **{"epochs": 2, "seed": 3, "settings": SETTINGS, **options})


def weights_of(model: CaptchaModel) -> bytes:
    return b"".join(w.tobytes() for w in model.network.get_weights())


@pytest.fixture(scope="module")
def trained(images):
    """A model that was trained without a folder."""
    return run(images)


def test_it_is_public():
    assert captcha_model.train is train


def test_the_model_is_calibrated_and_evaluated(trained, images):
    calibration = trained.model.config.calibration
    assert calibration == trained.calibration.calibration
    assert calibration.novelty is not None
    assert trained.evaluation.images == 7  # 0.3 of 24.
    assert [record.epoch for record in trained.history] == [1, 2]
    assert trained.best_epoch in trained.history
    assert (trained.folder, trained.signal) == (None, None)
    facts = trained.model.facts
    assert facts.training.data == "images"
    assert (facts.training.images, facts.training.validation_images) == (17, 7)
    assert facts.calibration.images == 16 * 7
    assert "--only-listed val.csv" in facts.evaluations[0].command
    assert len(trained.model.predict_pixels(images.pixels)) == 24


def test_the_input_has_the_size_of_the_images(trained, images):
    assert trained.model.config.input_shape == images.pixels.shape[1:]
    with pytest.raises(ConfigError, match="the network takes"):
        run(images, image_size=(20, 60))


def test_a_run_with_a_folder_gives_the_same_model_and_saves_it(trained, images, tmp_path):
    saved = run(images, out=tmp_path / "run")
    assert weights_of(saved.model) == weights_of(trained.model)
    assert saved.model.config == trained.model.config
    assert saved.folder == tmp_path / "run"
    loaded = CaptchaModel.from_pretrained(tmp_path / "run" / "model", runtime="keras")
    assert weights_of(loaded) == weights_of(trained.model)
    assert loaded.config == trained.model.config
    assert loaded.facts.training == saved.model.facts.training
    report = json.loads((tmp_path / "run" / "validation.json").read_text())
    assert report == json.loads(json.dumps(saved.evaluation.to_dict()))
    with (tmp_path / "run" / "val.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 7
    log = (tmp_path / "run" / "train.log").read_text()
    assert log.count("epoch ") == 3
    assert log.count("best epoch ") == 1


def test_the_figures_are_said_to_be_those_of_the_last_epoch_where_it_is_kept(images):
    lines: list[str] = []
    settings = {**SETTINGS, "training": {**SETTINGS.get("training", {}), "restore_best": False}}
    run(images, settings=settings, progress=lines.append)
    text = "\n".join(lines)
    assert "\nlast epoch 2, reached after " in text
    assert "best epoch" not in text


def test_a_folder_of_images_is_a_data_set_too(image_folder):
    found = train(
        image_folder, recipe="quick", epochs=1, image_size=(32, 64), synthetic=4, settings=SETTINGS
    )
    assert found.model.config.input_shape == (32, 64, 1)
    assert found.model.facts.training.recipe == "quick"
    assert (found.model.facts.training.images, found.model.facts.training.synthetic) == (28, 4)


def test_arguments_override_the_settings(images):
    found = run(
        images, characters="abcd", augmentation={}, settings={**SETTINGS, "recipe": "quick"}
    )
    assert found.model.config.characters == "abcd"
    changed = found.model.facts.training.changed
    assert changed["training.augmentation"] == "{}"
    assert changed["training.epochs"] == "2"
    with pytest.raises(TrainingError, match="surprise"):
        run(images, settings={"training": {"surprise": 1}})


def test_progress_receives_all_lines(images):
    lines: list[str] = []
    run(images, progress=lines.append, synthetic=4)
    text = "\n".join(lines)
    assert "21 training images (4 of them synthetic), 7 for validation" in text
    assert "epoch   2" in text
    assert "word accuracy" in text
    assert "temperature" in text


def test_an_interrupted_run_is_saved_and_resumes_with_its_own_settings(
    trained, images, tmp_path, monkeypatch
):
    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                signal.raise_signal(signal.SIGTERM)

    original = keras.Model.fit
    with monkeypatch.context() as patch:
        patch.setattr(
            keras.Model,
            "fit",
            lambda self, *args, callbacks, **options: original(
                self, *args, callbacks=[*callbacks, Interrupt()], **options
            ),
        )
        cut = run(images, out=tmp_path)
    assert cut.signal == signal.SIGTERM
    assert len(cut.history) == 1
    assert cut.model.config.calibration is not None
    assert (tmp_path / "model" / "captcha_config.json").exists()
    before = (tmp_path / RUN_FILE).read_bytes()
    resumed = train(images, out=tmp_path, resume=True)
    assert weights_of(resumed.model) == weights_of(trained.model)
    assert (tmp_path / RUN_FILE).read_bytes() == before


def test_the_run_file_takes_new_settings_only_from_a_run_that_may_resume(images, tmp_path):
    run(images, out=tmp_path)
    before = (tmp_path / RUN_FILE).read_text()
    with pytest.raises(TrainingError, match="batch_size was 8, not 4"):
        run(images, out=tmp_path, resume=True, settings={"training": {"batch_size": 4}})
    assert (tmp_path / RUN_FILE).read_text() == before
    run(images, out=tmp_path, resume=True, minutes=5.0)
    assert (tmp_path / RUN_FILE).read_text() == before.replace("minutes: null", "minutes: 5.0")


def test_a_loss_that_is_nan_saves_the_best_model_and_is_an_error(images, tmp_path, monkeypatch):
    class Spoiler(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                kernel = self.model.trainable_variables[0]
                kernel.assign(np.full(kernel.shape, np.nan))

    original = keras.Model.fit
    monkeypatch.setattr(
        keras.Model,
        "fit",
        lambda self, *args, callbacks, **options: original(
            self, *args, callbacks=[*callbacks, Spoiler()], **options
        ),
    )
    with pytest.raises(DivergedError, match="epoch 2 is not a finite number") as caught:
        run(images, out=tmp_path)
    found = caught.value.trained
    assert found.model.config.calibration is not None
    assert len(found.history) == 1
    loaded = CaptchaModel.from_pretrained(tmp_path / "model", runtime="keras")
    assert weights_of(loaded) == weights_of(found.model)


def test_an_empty_split_is_an_error(images):
    same = LabelledImages(images.pixels[:3], ("a",) * 3, images.names[:3])
    with pytest.raises(DataError, match="split is empty") as caught:
        run(same, settings={**SETTINGS, "data": {}})
    assert caught.value.code == "SPLIT_EMPTY"


def test_resuming_needs_a_folder_with_a_run(images, tmp_path):
    with pytest.raises(TrainingError, match="folder of the run"):
        run(images, resume=True)
    with pytest.raises(TrainingError, match="nothing to resume"):
        run(images, out=tmp_path / "new", resume=True)
    assert not (tmp_path / "new").exists()


def test_one_run_at_a_time_uses_a_folder(images, tmp_path):
    with (
        ThreadPoolExecutor(1) as other,
        sole_use(tmp_path),
        pytest.raises(TrainingError) as caught,
    ):
        other.submit(run, images, out=tmp_path).result()
    assert caught.value.code == "RUN_LOCKED"


def test_a_folder_with_other_files_is_not_touched(images, tmp_path):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(TrainingError, match="not empty"):
        run(images, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_unfinished_files_of_a_killed_run_are_deleted(images, tmp_path):
    run(images, out=tmp_path, epochs=1)
    (tmp_path / ".checkpoint-000002.npz.x7.part").write_bytes(b"half")
    (tmp_path / ".model.y8.part").mkdir()
    (tmp_path / ".mine").touch()
    run(images, out=tmp_path, epochs=1, resume=True)
    assert [path.name for path in tmp_path.glob(".*")] == [".mine"]
    assert checkpoints(tmp_path).keys() == {1}


@pytest.mark.parametrize(
    ("case", "characters", "own"),
    [("upper", None, "ABC"), ("ignore", "abcABC", "abcABC")],
)
def test_case(images, tmp_path, case, characters, own):
    labels = tuple(label.title() for label in images.labels)
    mixed = LabelledImages(images.pixels, labels, images.names)
    settings = {**SETTINGS, "training": {**SETTINGS["training"], "ace_weight": 1.0}}
    trained = train(
        mixed, case=case, characters=characters, epochs=2, settings=settings, out=tmp_path / "run"
    )
    config = trained.model.config
    assert (config.characters, config.case) == (own, case)
    report = trained.evaluation
    assert report.case == case
    expected = {label.upper() if case == "upper" else label.lower() for label in labels}
    assert {reading.label for reading in report.readings} <= expected
    saved = CaptchaModel.from_pretrained(tmp_path / "run" / "model")
    assert saved.config == config
    assert saved.facts.evaluations[0].split.startswith("validation, ")
    assert saved.facts.training.changed["data.case"] == f'"{case}"'
    again = captcha_model.evaluate(saved, mixed)
    assert (again.case, again.images) == (case, 24)
    losses = [record.val_loss for record in trained.history]
    assert np.isfinite(losses).all()


def test_labels_of_one_text_in_two_cases_are_in_one_split(images, tmp_path, monkeypatch):
    """The hash is that of the label in the case of the model, as in a later evaluation."""

    def stop(*_: object) -> None:
        raise InterruptedError

    monkeypatch.setattr(workflow, "train_network", stop)
    labels = tuple(f"{label}{n}" for n, label in enumerate(images.labels))
    lower = replace(images, labels=labels)
    upper = lower.with_labels(str.upper)
    settings = {key: value for key, value in SETTINGS.items() if key != "data"}
    tables = []
    for case, found in (("keep", lower), ("lower", lower), ("lower", upper)):
        out = tmp_path / f"run{len(tables)}"
        with pytest.raises(InterruptedError):
            train(found, case=case, settings=settings, out=out)
        table = (out / "val.csv").read_text().splitlines()
        tables.append([line.split(",")[0] for line in table])
    assert tables[0] == tables[1] == tables[2]
    # The tables have the labels of the source.
    assert table[1].split(",")[1].isupper()
