import json
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest

from captcha_model.checkpoint import CONFIG_FILE, KERAS_FILES, WEIGHTS_FILE
from captcha_model.errors import CaptchaError, ConfigError, ModelFolderError
from captcha_model.model import CaptchaModel

PLAIN_KERAS = """
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.modules["captcha_model"] = None  # An import of our package would fail.
import keras, numpy as np
folder, batch, out = sys.argv[1:]
os.chdir(folder)
import zipfile
with zipfile.ZipFile("../model.keras", "w") as archive:
    for name in ("config.json", "metadata.json", "model.weights.h5"):
        archive.write(name)
network = keras.saving.load_model("../model.keras")
np.save(out, network(np.load(batch), training=False))
"""


@pytest.fixture
def folder(tmp_path, small_model):
    small_model.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def logits_of(model: CaptchaModel) -> np.ndarray:
    batch = np.random.default_rng(0).integers(0, 256, (3, *model.config.input_shape), np.uint8)
    return model.logits(batch)


def change(folder, **values) -> None:
    path = folder / CONFIG_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def code_of(folder) -> str:
    with pytest.raises(CaptchaError) as caught:
        CaptchaModel.from_pretrained(folder)
    return caught.value.code


def test_what_is_saved_reads_the_same(folder, small_model):
    loaded = CaptchaModel.from_pretrained(folder)
    assert loaded.config == small_model.config
    assert (logits_of(loaded) == logits_of(small_model)).all()
    assert {p.name for p in folder.iterdir()} == {CONFIG_FILE, *KERAS_FILES, "README.md"}


def test_a_compiled_network_is_saved_uncompiled_and_opens_without_our_package(
    tmp_path, small_model
):
    import keras

    network = keras.models.clone_model(small_model.network)
    network.compile(optimizer="adam", loss=keras.losses.CTC())
    model = CaptchaModel(small_model.config, network)
    model.save_pretrained(tmp_path / "model")
    batch = np.random.default_rng(1).random((2, *model.config.input_shape), np.float32)
    np.save(tmp_path / "batch.npy", batch)
    subprocess.run(
        [
            sys.executable,
            "-c",
            PLAIN_KERAS,
            tmp_path / "model",
            tmp_path / "batch.npy",
            tmp_path / "out.npy",
        ],
        check=True,
        capture_output=True,
    )
    expected = network(batch, training=False).numpy()
    assert np.load(tmp_path / "out.npy") == pytest.approx(expected, abs=1e-6)


def test_saving_again_replaces_the_model_and_its_card(folder, small_model):
    (folder / "README.md").write_text("stale")
    (folder / "leftover.txt").write_text("old")
    small_model.save_pretrained(folder)
    assert "stale" not in (folder / "README.md").read_text()
    assert not (folder / "leftover.txt").exists()


def test_a_folder_of_something_else_is_never_replaced(tmp_path, small_model):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.tex").write_text("years of work")
    with pytest.raises(ModelFolderError) as caught:
        small_model.save_pretrained(tmp_path / "thesis")
    assert caught.value.code == "FOLDER_IN_USE"
    assert (tmp_path / "thesis" / "chapter1.tex").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelFolderError):
        small_model.save_pretrained(tmp_path / "file")


def test_damage_is_found(folder):
    weights = folder / WEIGHTS_FILE
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 1
    weights.write_bytes(data)
    assert code_of(folder) == "WEIGHTS_DAMAGED"
    weights.write_bytes(data[:100])
    assert code_of(folder) == "WEIGHTS_DAMAGED"
    weights.unlink()
    assert code_of(folder) == "WEIGHTS_MISSING"


def rehash(folder) -> None:
    """Make the checksums fit again, as somebody with bad intentions would."""
    import hashlib

    files = {
        name: {
            "size": (folder / name).stat().st_size,
            "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
        }
        for name in KERAS_FILES
    }
    change(folder, files=files)


def test_weights_that_are_not_numbers_are_refused(folder):
    with h5py.File(folder / WEIGHTS_FILE, "r+") as file:
        names = []
        file.visititems(
            lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None
        )
        file[names[0]][...] = np.nan
    rehash(folder)
    assert code_of(folder) == "WEIGHTS_NOT_FINITE"


def test_weights_of_another_network_are_refused(folder):
    change(folder, options={"filters": 8})
    assert code_of(folder) == "WEIGHTS_DO_NOT_FIT"
    (folder / WEIGHTS_FILE).write_bytes(b"not HDF5")
    rehash(folder)
    assert code_of(folder) == "WEIGHTS_DO_NOT_FIT"


def test_a_vocabulary_of_another_length_is_refused(folder):
    change(folder, characters="abcd")
    assert code_of(folder) == "WEIGHTS_DO_NOT_FIT"


@pytest.mark.parametrize(
    "values",
    [
        {"format_version": 99},
        {"characters": "aab"},
        {"files": None},
        {"files": {"../model.weights.h5": {}}},
        {"architecture": "os.system"},
        {"options": {"filters": 10**9}},
        {"options": {"filters": -1}},
        {"options": {"lstm": 8.5}},
        {"options": {"unknown": 1}},
        {"width": 10**9},
        {"surprise": True},
    ],
)
def test_strange_settings_are_refused(folder, values):
    change(folder, **values)
    with pytest.raises(ConfigError):
        CaptchaModel.from_pretrained(folder)


def test_what_is_not_a_model_folder(tmp_path, folder):
    assert code_of(tmp_path) == "MODEL_NOT_OURS"
    assert code_of(tmp_path / "nowhere") == "MODEL_NOT_FOUND"
    (folder / CONFIG_FILE).write_bytes(b"\xff\xfe")
    assert code_of(folder) == "CONFIG_INVALID"
    (folder / CONFIG_FILE).write_bytes(b" " * (2**20 + 1))
    assert code_of(folder) == "CONFIG_INVALID"


def test_python_files_beside_the_model_are_not_run(folder):
    (folder / "modeling.py").write_text("raise SystemExit('ran')")
    shutil.copy(folder / "modeling.py", folder / "__init__.py")
    CaptchaModel.from_pretrained(folder)
