import csv
import json
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest
import yaml
from PIL import Image

from captcha_model.config import CaptchaConfig
from captcha_model.data.splits import split_of
from captcha_model.data.synthetic.dataset import write_folder
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.model import CaptchaModel
from captcha_model.model_card import load_facts
from captcha_model.storage.manifest import read_manifest
from captcha_model.training.run_config.run import load_recipe, recipes
from tests.conftest import EXAMPLES
from tests.data.datasets.mjsynth_folder import write_mjsynth

pytestmark = pytest.mark.slow

EXAMPLE = str(EXAMPLES / "1.png")
SMALL = ["--image-size", "32x64", "--network-option", "filters=4"]
QUICK = ["--epochs", "2", "--epoch-images", "1", "--batch-size", "8", *SMALL]
# Half the processor time of the default recipe, where the network does not matter.
PLAIN = ["--recipe", "multi-head", *QUICK]
ENDLESS = ["--epochs", "4000", "--epoch-images", "1"]


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "captcha_model", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
    )


def report(text: str) -> dict:
    """Parse a report, with its confidences as equal as two runtimes make them."""
    found = json.loads(text)
    return {**found, **{name: near(found[name]) for name in ("wrong", "reliability")}}


def near(value):
    """Return a value of JSON whose fractions may be a little different."""
    if isinstance(value, dict):
        return {key: near(item) for key, item in value.items()}
    if isinstance(value, list):
        return [near(item) for item in value]
    return pytest.approx(value, abs=1e-4) if isinstance(value, float) else value


# The recipe general draws its images: tests/training/test_run_images.py.
@pytest.mark.parametrize("recipe", [name for name in recipes() if name not in ("general", "adapt")])
def test_every_recipe_goes_the_whole_way(cli, image_folder, tmp_path, recipe):
    """Train, save, load, read, evaluate, and export: by the same commands for all of them."""
    data, out = str(image_folder), tmp_path / "run"
    model = str(out / "model")
    code, shown, err = cli(
        "train", "--recipe", recipe, "--data", data, "--out", str(out), *QUICK, "--no-tensorboard"
    )
    assert code == 0, err
    assert "word error rate" in shown
    assert "epoch   2" in err
    told = yaml.safe_load((out / "run.yaml").read_text())
    assert (told["recipe"], told["training"]["epochs"]) == (recipe, 2)
    assert (out / "model.onnx").exists() == ("onnx" in told["training"]["export"])
    config = json.loads((out / "model" / "captcha_config.json").read_text())
    assert config["architecture"] == load_recipe(recipe)["model"]["architecture"]
    assert config["characters"] == "abc"

    code, shown, _ = cli("predict", EXAMPLE, "--model", model, "--json")
    (entry,) = json.loads(shown)
    assert code == 0
    assert entry["text"] == "".join(c["text"] for c in entry["characters"])
    code, shown, _ = cli("evaluate", "--data", data, "--model", model, "--json")
    assert code == 0
    assert report(shown) == report((out / "validation.json").read_text())
    code, _, err = cli(
        "export", "--model", model, "--format", "onnx", "--out", str(tmp_path / "m.onnx")
    )
    assert code == 0, err


def test_a_run_leaves_its_story(cli, image_folder, tmp_path):
    out = tmp_path / "run"
    arguments = ["train", "--data", str(image_folder), "--out", str(out), *QUICK]
    code, shown, err = cli(*arguments, "--synthetic", "8")
    assert code == 0
    assert "word accuracy" in shown
    assert "8 of them synthetic" in err
    assert {path.name for path in out.iterdir()} == {
        "checkpoint-000001.npz",
        "checkpoint-000002.npz",
        "history.csv",
        "learning-curves.png",
        "model",
        "predictions.png",
        "run.yaml",
        "samples.png",
        "train.csv",
        "train.log",
        "val.csv",
        "validation.json",
    }
    for name in ("samples.png", "learning-curves.png", "predictions.png"):
        with Image.open(out / name) as picture:
            assert picture.width > 500
    assert "epoch   2" in (out / "train.log").read_text()
    assert err.count("epoch   2") == 1  # In a file, and no bar.
    assert "What to do next\n- " in err
    assert "validation images are few" in err
    assert not (out / "model" / "examples.png").exists()
    check_calibration(out)
    again, _, err = cli(*arguments)
    assert again == 1
    assert "--resume" in err


def check_calibration(out: Path) -> None:
    """Check that a run's model was calibrated on the validation part and its degraded copies."""
    calibration = read_manifest(out / "model").config.calibration
    known = load_facts(out / "model").calibration
    validation = json.loads((out / "validation.json").read_text())
    assert calibration is not None
    assert known is not None
    assert (known.split, known.images) == ("validation", 16 * validation["images"])
    assert (calibration.min_confidence is None) == (known.accepted == 0)
    # Of the images that it was trained on, drawn ones too, with their copies.
    with (out / "train.csv").open(newline="") as file:
        training = len(list(csv.DictReader(file)))
    assert calibration.novelty is not None
    assert calibration.novelty.count == 16 * (training + 8)
    line = f"calibrated on {known.images} readings, of degraded copies too: temperature "
    assert f"{line}{calibration.temperature:.3f}, ECE " in (out / "train.log").read_text()


def test_what_is_typed_goes_before_the_file_and_the_file_before_the_recipe(cli, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "recipe: residual\n"
        "data: {source: somewhere}\n"
        "model: {options: {filters: 8}}\n"
        "training: {epochs: 5, seed: 2, augmentation: {rotation: 3}}\n"
    )
    arguments = ["train", "--out", str(tmp_path / "run"), "--print-config", "--config", str(file)]
    plain = yaml.safe_load(cli(*arguments)[1])
    assert plain["data"]["source"] == "somewhere"
    assert plain["model"]["channels"] == 3
    assert (plain["training"]["epochs"], plain["training"]["patience"]) == (5, 40)
    typed = yaml.safe_load(
        cli(
            *arguments,
            *["--epochs", "7", "--patience", "none", "--network-option", "lstm=16"],
            *["--augment", "jpeg=0.5", "--image-size", "32x100", "--no-csv-log"],
            *["--optimizer", "sgd", "--schedule", "constant", "--export", "none"],
            *["--devices", "all"],
        )[1]
    )
    training, model = typed["training"], typed["model"]
    assert (training["epochs"], training["seed"], training["patience"]) == (7, 2, None)
    assert training["augmentation"] == {"rotation": 3.0, "jpeg": 0.5}
    assert (training["optimizer"], training["export"], training["csv_log"]) == ("sgd", [], False)
    assert (plain["training"]["devices"], training["devices"]) == (1, "all")
    assert model["options"] == {"filters": 8, "lstm": 16}
    assert (model["height"], model["width"]) == (32, 100)
    off = yaml.safe_load(cli(*arguments, "--no-augment")[1])
    assert off["training"]["augmentation"] == {}


def test_a_run_can_be_repeated_from_its_own_file(cli, image_folder, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    cli("train", "--data", str(image_folder), "--out", str(first), *PLAIN)
    # Names that Keras numbers on would change the order of sums: dense_10 comes before dense_9.
    for _ in range(90):
        keras.layers.Dense(1)
    code, _, err = cli("train", "--config", str(first / "run.yaml"), "--out", str(second))
    assert code == 0, err
    assert (first / "run.yaml").read_bytes() == (second / "run.yaml").read_bytes()
    models = [CaptchaModel.from_pretrained(folder / "model") for folder in (first, second)]
    pairs = zip(*(model.network.get_weights() for model in models), strict=True)
    assert all((a == b).all() for a, b in pairs)


def test_a_random_split_is_told_and_evaluated_on_its_own_part(cli, image_folder, tmp_path):
    out = tmp_path / "run"
    arguments = ["--validation-fraction", "0.25", "--card-images", *PLAIN]
    code, _, _ = cli("train", "--data", str(image_folder), "--out", str(out), *arguments)
    assert code == 0
    assert "Images of the data set" in (out / "model" / "README.md").read_text()
    assert len(CaptchaModel.from_pretrained(out / "model").card_pictures()) == 6
    parts = {}
    for name in ("train.csv", "val.csv"):
        with (out / name).open(newline="") as file:
            parts[name] = {row["file_name"] for row in csv.DictReader(file)}
    assert len(parts["train.csv"]) == 30
    assert len(parts["val.csv"]) == 10
    assert not parts["train.csv"] & parts["val.csv"]
    data = ["--data", str(image_folder), "--model", str(out / "model")]
    _, shown, _ = cli("evaluate", *data, "--only-listed", str(out / "val.csv"), "--json")
    assert report(shown) == report((out / "validation.json").read_text())


def test_mjsynth_is_streamed_and_its_damage_counted(cli, tmp_path):
    write_mjsynth(Synthesizer("aB_", (1, 6), seed=1), 60, tmp_path / "set")
    images = sorted((tmp_path / "set").rglob("*.jpg"))
    for image in images[5:15]:
        image.write_bytes(b"")
    out = tmp_path / "run"
    code, _, err = cli(
        *["train", "--data", f"mjsynth:{tmp_path / 'set'}", "--out", str(out), "--resize", "pad"],
        *[*PLAIN, "--workers", "2"],
    )
    assert code == 0, err
    assert 5 <= err.count("skipped ") <= 10
    config = json.loads((out / "model" / "captcha_config.json").read_text())
    assert (config["characters"], config["resize"]) == ("B_a", "pad")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "No data set is given"),
        (["--config", "nowhere.yaml"], "nowhere.yaml"),
        (["--data", "nowhere"], "does not exist"),
        (["--data", "nowhere", "--reduce-lr-patience", "3"], "constant"),
        (["--data", "nowhere", "--learning-rate", "-1"], "learning_rate"),
        (["--data", "{synthetic}", "--augment", "fog=1"], "fog"),
        (["--data", "{synthetic}", "--export", "papyrus"], "papyrus"),
        (["--data", "{synthetic}", "--export", "litert"], "multi-head"),
        (["--data", "{synthetic}", "--network-option", "places=3"], "places"),
        (["--data", "{synthetic}", "--stream", "--synthetic", "3"], "streamed"),
        (["--data", "{synthetic}", "--characters", "ab"], "outside the vocabulary"),
        (["--data", "{synthetic}", "--devices", "3"], "fewer devices than 3"),
    ],
)
def test_what_cannot_be_is_told_before_the_training(
    cli, image_folder, tmp_path, arguments, message
):
    given = [a.format(synthetic=image_folder) for a in arguments]
    code, _, err = cli("train", "--out", str(tmp_path / "run"), *given)
    assert code == 1
    assert message in err
    assert "Traceback" not in err


def test_a_run_without_a_folder_is_named_and_leaves_none_if_it_fails(
    cli, image_folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "train-2").mkdir(parents=True)
    code, _, err = cli("train", "--data", str(image_folder), "--characters", "ab", *QUICK)
    assert code == 1
    assert f"run folder: {Path('runs') / 'train-3'}" in err
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["train-2"]


def test_resuming_needs_the_folder(cli):
    code, _, err = cli("train", "--resume")
    assert code == 2
    assert "--resume needs --out" in err


def test_tensorboard_that_is_missing_is_told_before_the_training(
    cli, image_folder, tmp_path, monkeypatch
):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    code, _, err = cli(
        "train", "--data", str(image_folder), "--out", str(tmp_path / "run"), "--tensorboard"
    )
    assert code == 1
    assert "captcha-model[" in err


def test_copies_in_both_splits_are_reported(cli, image_folder, tmp_path):
    """By chance a split may tear copies apart; by their labels they stay together."""
    with (image_folder / "metadata.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows[:]):
        copy = f"copy-{number}.png"
        (image_folder / copy).write_bytes((image_folder / row["file_name"]).read_bytes())
        rows.append({"file_name": copy, "text": row["text"]})

    def write() -> None:
        with (image_folder / "metadata.csv").open("w", newline="") as file:
            table = csv.DictWriter(file, ["file_name", "text"])
            table.writeheader()
            table.writerows(rows)

    write()
    arguments = ["train", "--data", str(image_folder), *PLAIN, "--epochs", "1"]
    out = tmp_path / "run"
    code, _, err = cli(*arguments, "--out", str(out), "--validation-fraction", "0.3")
    assert code == 1
    assert "of the validation split are also in the training split" in err
    assert not out.exists()
    for row in rows[40:]:
        path = image_folder / row["file_name"]
        with Image.open(path) as image:
            image.convert("L").save(path, "JPEG", quality=85)
    code, _, err = cli(*arguments, "--out", str(out), "--validation-fraction", "0.3")
    assert code == 0, err
    assert "look the same as training images" in err
    code, _, err = cli("dataset", "validate", "--data", str(image_folder))
    assert code == 0, err
    assert "look the same" not in err


def test_a_copy_with_another_label_is_reported(cli, image_folder):
    with (image_folder / "metadata.csv").open(newline="") as file:
        rows = {split_of(row["text"]): row["file_name"] for row in csv.DictReader(file)}
    with Image.open(image_folder / rows["train"]) as image:
        image.convert("L").save(image_folder / rows["test"], "JPEG", quality=85)
    code, _, err = cli("dataset", "validate", "--data", str(image_folder))
    assert code == 0, err
    assert "1 pair of images looks the same with different labels" in err
    assert " ~ ".join(sorted((rows["test"], rows["train"]))) in err


class Spoiler(keras.callbacks.Callback):
    """Makes a weight NaN in the third epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            kernel = self.model.trainable_variables[0]
            kernel.assign(np.full(kernel.shape, np.nan))


def test_a_loss_that_is_no_number_leaves_a_model(cli, image_folder, tmp_path, monkeypatch):
    original = keras.Model.fit

    def fit(self, *args, callbacks, **options):
        return original(self, *args, callbacks=[*callbacks, Spoiler()], **options)

    monkeypatch.setattr(keras.Model, "fit", fit)
    out = tmp_path / "run"
    arguments = ["train", "--data", str(image_folder), "--out", str(out), *PLAIN, "--epochs", "4"]
    code, _, err = cli(*arguments)
    assert code == 1
    assert "The loss of epoch 3 is not a finite number" in err
    assert "Traceback" not in err
    assert len((out / "history.csv").read_text().splitlines()) == 3
    model = CaptchaModel.from_pretrained(out / "model", runtime="keras")
    assert all(np.isfinite(w).all() for w in model.network.get_weights())
    assert model.facts.training.epochs == 2


def test_a_run_that_was_killed_in_its_first_epoch_begins_anew(cli, image_folder, tmp_path):
    out = tmp_path / "run"
    arguments = ["train", "--data", str(image_folder), "--out", str(out), *PLAIN]
    code, _, err = cli(*arguments, "--resume")
    assert code == 1
    assert "nothing to resume" in err
    assert not out.exists()
    out.mkdir()
    # A lock that nobody holds, and what a first epoch leaves.
    (out / ".lock").touch()
    (out / "run.yaml").write_text(cli(*arguments, "--print-config")[1])
    (out / ".checkpoint-000001.npz.x.part").touch()
    code, _, err = cli("train", "--out", str(out), "--resume")
    assert code == 0, err
    assert "There is no checkpoint yet, so the training starts with the first epoch." in err
    assert "epoch   2" in err
    assert not list(out.glob(".*"))
    for path in out.glob("checkpoint-*"):
        path.unlink()
    code, _, err = cli("train", "--out", str(out), "--resume")
    assert code == 1, "What was trained must not be trained over."
    assert "nothing to resume" in err


def test_two_runs_in_a_folder(cli, image_folder, tmp_path):
    out = tmp_path / "run"
    holder = "import sys, time\nfrom pathlib import Path\n"
    holder += "from captcha_model.training.resume.lock import sole_use\n"
    holder += "with sole_use(Path(sys.argv[1])):\n    print('locked', flush=True); time.sleep(100)"
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(out)], stdout=subprocess.PIPE
    ) as running:
        running.stdout.readline()
        for more in ([], ["--resume"]):
            code, _, err = cli("train", "--data", str(image_folder), "--out", str(out), *more)
            assert code == 1
            assert "Another run is using" in err
        running.kill()


def started(*arguments: str, out, **options) -> subprocess.Popen:
    """Start a long training, and wait for its first epoch's end."""
    running = subprocess.Popen(
        [sys.executable, "-m", "captcha_model", "train", "--out", str(out), *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )
    deadline = time.monotonic() + 300
    while not (out / "history.csv").exists():
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.05)
    return running


def test_sigterm_saves_and_a_full_disk_leaves_the_last_good_checkpoint(cli, image_folder, tmp_path):
    out = tmp_path / "run"
    told = ["--recipe", "multi-head", "--data", str(image_folder), *SMALL, *ENDLESS]
    with started(*told, out=out) as running:
        running.terminate()
        _, err = running.communicate(timeout=300)
    assert running.returncode == 143
    assert "--resume" in err
    assert "Traceback" not in err
    assert (out / "model" / "model.weights.h5").exists()
    before = {path.name: path.read_bytes() for path in out.glob("checkpoint-*")}
    assert len(before) == min(2, len((out / "history.csv").read_text().splitlines()) - 1)
    # No file may become as large as a checkpoint, which to a program is like a full disk.
    limit = min(map(len, before.values())) - 1000
    assert (out / "samples.png").stat().st_size < limit
    done = subprocess.run(
        [sys.executable, "-m", "captcha_model", "train", "--resume", "--out", str(out)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if "error" in line]
    last = max(before).removeprefix("checkpoint-").removesuffix(".npz").lstrip("0")
    assert f"cannot be written: File too large. That of epoch {last} is kept." in line
    assert "Traceback" not in done.stderr
    assert {path.name: path.read_bytes() for path in out.glob("checkpoint-*")} == before
    assert not list(out.glob(".*"))
    code, _, err = cli("train", "--resume", "--out", str(out), "--minutes", "1e-6")
    assert code == 0, err


def test_ctrl_c_saves_and_resume_goes_on(cli, image_folder, tmp_path):
    out = tmp_path / "run"
    told = ["--recipe", "multi-head", *SMALL, *ENDLESS]
    arguments = ["train", "--data", str(image_folder), "--out", str(out), *told]
    with subprocess.Popen(
        [sys.executable, "-m", "captcha_model", *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # A shell makes what it runs in the background ignore Ctrl-C, and its children with it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        deadline = time.monotonic() + 300
        while not (out / "history.csv").exists():
            assert time.monotonic() < deadline
            assert running.poll() is None
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=300)
    assert running.returncode == 130, err
    assert b"--resume" in err
    assert b"Traceback" not in err
    assert (out / "model" / "model.weights.h5").exists()
    done = len((out / "history.csv").read_text().splitlines()) - 1
    assert done >= 1
    assert b"I0000" not in err, "TensorFlow's own lines are for nobody"
    code, _, err = cli("train", "--resume", "--out", str(out), "--batch-size", "16")
    assert code == 1
    assert "batch_size was 32" in err
    # Without anything but --resume, the run's own file tells the rest.
    code, _, err = cli("train", "--resume", "--out", str(out), "--minutes", "1e-6")
    assert code == 0, err
    assert len((out / "history.csv").read_text().splitlines()) - 1 == done


@pytest.fixture
def small_general(tmp_path) -> str:
    """The folder of a small untrained network for images of any width."""
    config = CaptchaConfig(
        "abcABC012", "general", height=48, width=96, min_width=48, channels=3, resize="scale",
        options={"filters": 4, "dense": 8, "lstm": 8},
    )  # fmt: skip
    CaptchaModel(config).save_pretrained(tmp_path / "general")
    return str(tmp_path / "general")


FEW = ["--epochs", "2", "--epoch-images", "1", "--batch-size", "8"]


def test_few_images_adapt_a_model_and_none_is_held_back(cli, image_folder, small_general, tmp_path):
    out = tmp_path / "run"
    arguments = ["--data", str(image_folder), "--out", str(out), "--init", small_general]
    code, shown, err = cli("train", *arguments, *FEW)
    assert code == 0, err
    assert "adapt: 40 images, all of them for training, characters abc" in err
    assert "No effect" not in err
    assert "one of 3 models that were trained likewise without it" in err
    assert "word error rate" in shown
    rows = (out / "history.csv").read_text().splitlines()
    assert [row.split(",")[4:] for row in rows[1:]] == [["", "", ""]] * 2
    assert not (out / "val.csv").exists()
    assert json.loads((out / "validation.json").read_text())["images"] == 40
    for plot in ("samples.png", "predictions.png", "learning-curves.png"):
        assert (out / plot).stat().st_size > 1000
    card = (out / "model" / "README.md").read_text()
    assert "every image is in the training" in card
    assert "cross-validation" in card
    model = CaptchaModel.from_pretrained(out / "model")
    assert (model.characters, model.config.any_width) == ("abc", True)
    assert model.config.calibration is not None
    assert model.facts.training.validation_images == 0
    # Its own images say little about new ones.
    code, _, err = cli("evaluate", "--data", str(image_folder), "--model", str(out / "model"))
    assert code == 0
    assert "The model was trained on all images of drawn" in err
    code, _, err = cli("train", "--resume", "--out", str(out))
    assert code == 1
    assert "holds a finished run, with its model in" in err
    code, _, err = cli("train", "--data", str(image_folder), "--out", str(out))
    assert code == 1
    assert "is finished. Choose another folder." in err
    code, _, err = cli("predict", str(next(image_folder.glob("*.png"))), "--model", str(out))
    assert code == 1
    assert f"Did you mean {out / 'model'}?" in err


def test_few_images_can_be_held_back_and_characters_that_seem_to_be_missing_are_named(
    cli, small_general, tmp_path
):
    folder = tmp_path / "few"
    list(write_folder(Synthesizer("0123456789", (2, 2), seed=3), 8, folder))
    out = tmp_path / "run"
    arguments = ["--data", str(folder), "--out", str(out), "--init", small_general]
    code, _, err = cli("train", *arguments, *FEW, "--validation-fraction", "0.25")
    assert code == 0, err
    assert len((out / "val.csv").read_text().splitlines()) == 3
    assert "validation: loss" in err
    assert "which they may have missed" in err
    assert "characters 0123456789" in err


def test_settings_of_a_validation_split_are_said_to_have_no_effect_without_one(
    cli, image_folder, small_general, tmp_path
):
    arguments = ["--data", str(image_folder), "--init", small_general, *FEW]
    given = ["--minutes", "1", "--patience", "3", "--restore-best"]
    code, _, err = cli("train", *arguments, *given, "--out", str(tmp_path / "run"))
    assert code == 0, err
    assert "No effect: --minutes, --patience, --restore-best. All images are trained on" in err


def test_one_label_is_too_few(cli, small_general, tmp_path):
    folder = tmp_path / "one"
    list(write_folder(Synthesizer("7", (2, 2), seed=1), 1, folder))
    arguments = ["--data", str(folder), "--out", str(tmp_path / "run"), "--init", small_general]
    code, _, err = cli("train", *arguments, *FEW)
    assert code == 1
    assert "two different labels" in err
    assert "Traceback" not in err


def test_an_option_of_the_network_asks_for_a_network_of_its_own(cli, image_folder, tmp_path):
    arguments = ["--data", str(image_folder), "--out", str(tmp_path / "run"), "--print-config"]
    shown = yaml.safe_load(cli("train", *arguments)[1])
    assert shown["recipe"] == "adapt"
    shown = yaml.safe_load(cli("train", *arguments, "--network-option", "filters=4")[1])
    assert (shown["recipe"], shown["model"]["options"]) == ("crnn", {"filters": 4})
    assert len(shown["training"]["augmentation"]) > 1
    shown = yaml.safe_load(cli("train", *arguments, "--augment", "blur=0.1")[1])
    assert shown["recipe"] == "adapt"
    assert shown["training"]["augmentation"] == {"neutral": 1.0, "blur": 0.1}
    shown = yaml.safe_load(cli("train", *arguments, "--views", "1")[1])
    assert (shown["recipe"], shown["model"]["views"]) == ("adapt", 1)
    code, _, err = cli("train", *arguments, "--views", "6")
    assert code == 1
    assert "views must be" in err


def test_images_without_a_label_join_a_training_on_few(cli, image_folder, small_general, tmp_path):
    out = tmp_path / "run"
    more = tmp_path / "more"
    list(write_folder(Synthesizer("abc", (2, 3), seed=9), 6, more))
    arguments = ["--data", str(image_folder), "--init", small_general, "--unlabelled"]
    code, _, err = cli("train", *arguments, str(more), "--out", str(out), *FEW)
    assert code == 0, err
    # The network knows nothing, and so is sure of nothing.
    assert "of 6 images without a label, 0 were read" in err
    assert (out / "pseudo-labels.csv").read_text() == "file_name,text,confidence\n"
    assert json.loads((out / "validation.json").read_text())["images"] == 40
    card = (out / "model" / "README.md").read_text()
    assert "more" in card
    assert str(tmp_path) not in card


@pytest.mark.parametrize(
    ("count", "folder", "message"),
    [
        (30, "labelled", "has no images beside those with a label"),
        (30, "nowhere", "nowhere is no folder of images without a label"),
        (19, "more", "need at least 20 labels of people, so that enough"),
        (501, "more", "and without synthetic images. Received: 501 labels. Leave"),
    ],
)
def test_where_images_without_a_label_are_of_no_use(
    cli, small_general, tmp_path, count, folder, message
):
    list(write_folder(Synthesizer("abc", (2, 9), seed=3), count, tmp_path / "labelled"))
    list(write_folder(Synthesizer("abc", (2, 3), seed=9), 2, tmp_path / "more"))
    code, _, err = cli(
        "train", "--data", str(tmp_path / "labelled"), "--unlabelled", str(tmp_path / folder),
        "--init", small_general, "--out", str(tmp_path / "run"), *FEW,
    )  # fmt: skip
    assert code == 1
    assert message in err
