import csv
import shutil
import signal
from dataclasses import replace

import keras
import numpy as np
import pytest

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.errors import DataError, DivergedError, TrainingError
from captcha_model.images.preprocessing import prepare
from captcha_model.model import CaptchaModel
from captcha_model.training import callbacks, loop
from captcha_model.training import compile as compilation
from captcha_model.training.batches import Batches
from captcha_model.training.history import EpochRecord, best_of
from captcha_model.training.loop import fit
from captcha_model.training.reporter import Reporter
from captcha_model.training.resume.checkpoints import checkpoints
from captcha_model.training.run_config.settings import TrainingSettings

pytestmark = pytest.mark.slow

SETTINGS = TrainingSettings(epochs=4, epoch_images=1, batch_size=8, seed=3)


@pytest.fixture(scope="module")
def images(small_config) -> LabelledImages:
    synthesizer = Synthesizer("abc", (1, 2), seed=1)
    captchas = [synthesizer.draw(i) for i in range(24)]
    return LabelledImages(
        np.stack([prepare(c.image, small_config).pixels for c in captchas]),
        tuple(c.text for c in captchas),
        tuple(map(str, range(24))),
    )


def run(config, images, settings=SETTINGS, **options):
    return fit(config, images, images.select(range(8)), settings, **options)


@pytest.fixture(scope="module")
def straight_folder(tmp_path_factory):
    """The folder of the run `straight`; whoever changes it copies it first."""
    return tmp_path_factory.mktemp("straight")


@pytest.fixture(scope="module")
def straight(small_config, images, straight_folder):
    """A run from the first epoch to the last, to compare others with."""
    return run(small_config, images, folder=straight_folder)


@pytest.fixture
def copied_folder(straight, straight_folder, tmp_path):
    """A copy of the folder of the run `straight`."""
    return shutil.copytree(straight_folder, tmp_path / "copy")


def weights_of(result) -> bytes:
    return b"".join(w.tobytes() for w in result.model.network.get_weights())


def interrupt_in_epoch(monkeypatch, epoch: int, number=signal.SIGINT) -> None:
    """Raise a signal after the second step of an epoch (from 1), as Ctrl-C at that moment would."""

    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch + 1

        def on_train_batch_end(self, batch, logs=None):
            if (self.epoch, batch) == (epoch, 1):
                signal.raise_signal(number)

    original = keras.Model.fit

    def fit(self, *args, callbacks, **options):
        return original(self, *args, callbacks=[*callbacks, Interrupt()], **options)

    monkeypatch.setattr(keras.Model, "fit", fit)


def test_it_learns_to_read_what_it_has_seen(tmp_path):
    """The whole way: draw, train for real, save, load, read."""
    synthesizer = Synthesizer("2x", (2, 2), seed=2)
    captchas = [synthesizer.draw(i) for i in range(32)]
    config = CaptchaConfig(
        "2x", height=32, width=96, options={"filters": 8, "dense": 32, "lstm": 32, "dropout": 0.0}
    )
    images = LabelledImages(
        np.stack([prepare(c.image, config).pixels for c in captchas]),
        tuple(c.text for c in captchas),
        tuple(map(str, range(32))),
    )
    settings = TrainingSettings(
        epochs=60,
        epoch_images=1,
        batch_size=8,
        learning_rate=5e-3,
        augmentation={},
        patience=60,
    )
    result = fit(config, images, images, settings)
    assert result.state.best.val_word_accuracy >= 0.9
    assert result.state.history[-1].loss < result.state.history[0].loss / 5
    result.model.save_pretrained(tmp_path / "model")
    loaded = CaptchaModel.from_pretrained(tmp_path / "model")
    right = sum(
        r.text == c.text
        for r, c in zip(loaded.predict([c.image for c in captchas]), captchas, strict=True)
    )
    assert right >= 28


def test_the_same_seed_gives_the_same_weights(small_config, images, straight):
    assert weights_of(run(small_config, images)) == weights_of(straight)
    other = run(small_config, images, replace(SETTINGS, seed=4))
    assert weights_of(other) != weights_of(straight)


@pytest.mark.parametrize(("epoch", "number"), [(2, signal.SIGINT), (4, signal.SIGTERM)])
def test_an_interrupted_run_goes_on_to_the_same_weights(
    small_config, images, straight, tmp_path, monkeypatch, epoch, number
):
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, epoch, number)
        cut = run(small_config, images, folder=tmp_path / "cut")
    assert cut.interrupted
    assert cut.signal == number
    assert cut.state.epochs_done == epoch - 1
    resumed = run(small_config, images, folder=tmp_path / "cut", resume=True)
    assert not resumed.interrupted
    assert weights_of(resumed) == weights_of(straight)
    pairs = zip(resumed.state.history, straight.state.history, strict=True)
    assert all(replace(a, seconds=0) == replace(b, seconds=0) for a, b in pairs)
    again = run(small_config, images, folder=tmp_path / "cut", resume=True)
    assert weights_of(again) == weights_of(straight)


def test_an_interrupt_in_the_first_epoch_has_nothing_to_save(small_config, images, monkeypatch):
    interrupt_in_epoch(monkeypatch, 1)
    with pytest.raises(TrainingError, match="first epoch"):
        run(small_config, images)


def test_the_best_epoch_is_kept(straight, straight_folder):
    best = straight
    assert best.state.best == best_of(best.state.history, "words")
    assert weights_of(best) == b"".join(w.tobytes() for w in best.state.best_weights)
    with (straight_folder / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == [1, 2, 3, 4]
    assert float(rows[-1]["loss"]) == best.state.history[-1].loss


def test_it_stops_when_nothing_improves(small_config, images, monkeypatch):
    monkeypatch.setattr(EpochRecord, "quality", lambda self, monitor: (-self.epoch,))
    result = run(small_config, images, replace(SETTINGS, epochs=9, patience=2))
    assert result.state.epochs_done == 3
    assert result.state.best.epoch == 1
    assert weights_of(result) == b"".join(w.tobytes() for w in result.state.best_weights)
    # The last weights of a training that was cut short are those of no schedule.
    other = run(small_config, images, replace(SETTINGS, epochs=9, patience=2, restore_best=False))
    assert other.stopped_early
    assert weights_of(other) == weights_of(result)
    whole = run(small_config, images, replace(SETTINGS, epochs=3, restore_best=False))
    assert (whole.stopped_early, whole.state.best.epoch) == (False, 1)
    assert weights_of(whole) != b"".join(w.tobytes() for w in whole.state.best_weights)


def test_a_loss_that_is_no_number_stops_the_training(small_config, images):
    with pytest.raises(TrainingError) as caught:
        run(
            small_config,
            images,
            replace(SETTINGS, learning_rate=1e30, clip_norm=1e30, augmentation={}),
        )
    assert caught.value.code == "LOSS_NOT_FINITE"
    assert not isinstance(caught.value, DivergedError)


class Spoiler(keras.callbacks.Callback):
    """Makes a weight NaN at the end of a step of the third epoch."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self.step = step
        self.steps = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if (self.epoch, batch) == (3, self.step):
            kernel = self.model.trainable_variables[0]
            kernel.assign(np.full(kernel.shape, np.nan))


@pytest.mark.parametrize("step", [0, 2])
def test_a_loss_that_is_no_number_leaves_what_was_good(
    small_config, images, straight, tmp_path, monkeypatch, step
):
    """In the midst of an epoch it ends at once; after the last step no loss has shown it yet."""
    spoiler = Spoiler(step)
    original = keras.Model.fit

    def fit(self, *args, callbacks, **options):
        return original(self, *args, callbacks=[*callbacks, spoiler], **options)

    with monkeypatch.context() as patch:
        patch.setattr(keras.Model, "fit", fit)
        with pytest.raises(DivergedError, match="epoch 3 is not a finite number") as caught:
            run(small_config, images, folder=tmp_path)
    assert caught.value.code == "LOSS_NOT_FINITE"
    assert spoiler.steps == (7 if step == 0 else 9)
    result = caught.value.fitted
    assert (result.diverged, result.cut_short, result.interrupted) == (True, True, False)
    assert result.state.epochs_done == 2
    assert weights_of(result) == b"".join(w.tobytes() for w in result.state.best_weights)
    assert all(np.isfinite(w).all() for w in result.model.network.get_weights())
    # What the checkpoint holds is good too.
    resumed = run(small_config, images, folder=tmp_path, resume=True)
    assert weights_of(resumed) == weights_of(straight)


def test_a_label_that_does_not_fit_its_image_is_named_and_no_learning_rate_is_blamed():
    small = {"filters": 4, "dense": 8, "lstm": 8}
    config = CaptchaConfig("ab", "general", 48, 288, 3, "scale", 96, options=small)
    found = LabelledImages(np.zeros((2, 48, 96, 3), np.uint8), ("a", "ab" * 15), ("0", "1"))
    with pytest.raises(DataError, match=r": 1 \(needs 30 of 24 steps\)") as caught:
        fit(config, found, found, replace(SETTINGS, epochs=1))
    assert caught.value.code == "LABEL_TOO_LONG"


def test_only_the_same_run_is_resumed(small_config, images, tmp_path):
    with pytest.raises(TrainingError, match="nothing to resume"):
        run(small_config, images, folder=tmp_path, resume=True)
    run(small_config, images, replace(SETTINGS, epochs=1), folder=tmp_path)
    with pytest.raises(TrainingError, match="epochs was 1, not 4"):
        run(small_config, images, folder=tmp_path, resume=True)
    others = images.with_labels(lambda label: label[::-1])
    with pytest.raises(TrainingError, match=r"labels was 'those with .* not 'those with"):
        run(small_config, others, replace(SETTINGS, epochs=1), folder=tmp_path, resume=True)
    with pytest.raises(TrainingError, match="folder"):
        run(small_config, images, resume=True)


def test_what_the_weights_do_not_depend_on_may_change(small_config, images, tmp_path, monkeypatch):
    run(small_config, images, replace(SETTINGS, epochs=1), folder=tmp_path)
    monkeypatch.setattr("captcha_model.config.FORMAT_VERSION", 99)
    again = run(small_config, images, replace(SETTINGS, epochs=1), folder=tmp_path, resume=True)
    assert len(again.state.history) == 1


@pytest.mark.parametrize("damage", [b"broken", b"", None])
def test_a_damaged_checkpoint_has_a_predecessor(
    small_config, images, straight, copied_folder, damage
):
    newest, before = checkpoints(copied_folder).values()
    assert (newest.name, before.name) == ("checkpoint-000004.npz", "checkpoint-000003.npz")
    whole = newest.read_bytes()
    newest.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    lines: list[str] = []
    resumed = run(
        small_config,
        images,
        folder=copied_folder,
        resume=True,
        reporter=Reporter(line=lines.append),
    )
    assert "checkpoint-000004.npz is damaged" in lines[0]
    assert "Resuming from the one before, checkpoint-000003.npz" in lines[0]
    assert "epoch   4" in lines[1]
    assert weights_of(resumed) == weights_of(straight)
    assert checkpoints(copied_folder).keys() == {4, 3}
    for path in checkpoints(copied_folder).values():
        path.write_bytes(b"broken")
    with pytest.raises(TrainingError, match="damaged") as caught:
        run(small_config, images, folder=copied_folder, resume=True)
    assert caught.value.code == "CHECKPOINT_DAMAGED"


def test_a_history_that_is_behind_is_written_again(small_config, images, copied_folder):
    whole = (copied_folder / "history.csv").read_bytes()
    (copied_folder / "history.csv").write_bytes(whole[: whole.rindex(b"4,")])
    run(small_config, images, folder=copied_folder, resume=True)
    assert (copied_folder / "history.csv").read_bytes() == whole


def test_progress_is_told(small_config, images):
    lines: list[str] = []
    run(small_config, images, replace(SETTINGS, epochs=2), reporter=Reporter(line=lines.append))
    assert len(lines) == 2
    assert "epoch   1" in lines[0]
    assert "CER" in lines[1]


def test_a_plateau_lowers_the_learning_rate_and_a_resumed_run_goes_on_alike(
    small_config, images, tmp_path, monkeypatch
):
    monkeypatch.setattr(EpochRecord, "quality", lambda self, monitor: (-self.epoch,))
    settings = replace(
        SETTINGS,
        epochs=6,
        schedule="constant",
        learning_rate=0.01,
        reduce_lr_patience=2,
        reduce_lr_factor=0.5,
    )
    whole = run(small_config, images, settings)
    # A record holds the rate that its epoch was trained with.
    rates = [record.learning_rate for record in whole.state.history]
    assert rates == pytest.approx([0.01, 0.01, 0.01, 0.005, 0.005, 0.0025])
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, 5)
        run(small_config, images, settings, folder=tmp_path)
    resumed = run(small_config, images, settings, folder=tmp_path, resume=True)
    assert weights_of(resumed) == weights_of(whole)
    assert [r.learning_rate for r in resumed.state.history] == pytest.approx(rates)


def test_an_epoch_goes_over_a_small_set_several_times(small_config, images, monkeypatch):
    steps = []

    class Counted(Batches):
        def batch(self, epoch, step):
            steps.append(step)
            return super().batch(epoch, step)

    monkeypatch.setattr(loop, "Batches", Counted)
    run(small_config, images, replace(SETTINGS, epochs=1, epoch_images=100))
    assert sorted(steps) == list(range(4 * 24 // 8))


def test_time_limits_a_run(small_config, images):
    lines = []
    limited = replace(SETTINGS, minutes=1e-6)
    result = run(small_config, images, limited, reporter=Reporter(line=lines.append))
    assert result.state.epochs_done == 1
    assert (result.stopped_early, result.cut_short, result.interrupted) == (True, True, False)
    assert lines[-1] == (
        "Stopped after epoch 1 of 4, because the 1e-06 minutes of --minutes are over."
    )


def test_what_time_limits_keeps_its_best_epoch(small_config, images, monkeypatch):
    monkeypatch.setattr(EpochRecord, "quality", lambda self, monitor: (-self.epoch,))
    # As many epochs as end within the limit: at least one more than the best.
    monkeypatch.setattr(
        loop, "ending", lambda state, settings: "minutes" if state.epochs_done > 1 else None
    )
    monkeypatch.setattr(callbacks, "ending", loop.ending)
    settings = replace(SETTINGS, restore_best=False, minutes=1.0)
    result = run(small_config, images, settings)
    assert (result.state.epochs_done, result.state.best.epoch) == (2, 1)
    assert weights_of(result) == b"".join(w.tobytes() for w in result.state.best_weights)


def test_a_resumed_run_without_an_epoch_left_says_so(small_config, images, copied_folder):
    lines = []
    run(
        small_config,
        images,
        folder=copied_folder,
        resume=True,
        reporter=Reporter(line=lines.append),
    )
    assert lines == ["All 4 epochs were done already: nothing was trained."]


def test_without_patience_every_epoch_is_run(small_config, images, monkeypatch):
    monkeypatch.setattr(EpochRecord, "quality", lambda self, monitor: (-self.epoch,))
    result = run(small_config, images)
    assert result.state.epochs_done == 4


def test_more_workers_give_the_same_weights(small_config, images, straight):
    assert weights_of(run(small_config, images, replace(SETTINGS, workers=3))) == weights_of(
        straight
    )


def test_logs_are_switchable(small_config, images, tmp_path):
    settings = replace(SETTINGS, epochs=1, csv_log=False, tensorboard=True)
    run(small_config, images, settings, folder=tmp_path)
    assert not (tmp_path / "history.csv").exists()
    assert list((tmp_path / "tensorboard" / "validation").glob("events*"))


def test_in_mixed_precision_the_model_is_still_one_of_32_bits(small_config, images, monkeypatch):
    monkeypatch.setattr(compilation, "precision", lambda: "mixed_bfloat16")
    result = run(small_config, images, replace(SETTINGS, epochs=1, mixed_precision=True))
    assert result.model.network.layers[1].compute_dtype == "float32"
    assert np.isfinite(result.state.history[0].val_loss)
