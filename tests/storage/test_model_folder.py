import json
import shutil
import subprocess
import sys

import h5py
import numpy as np
import onnx
import pytest

from captcha_model.errors import CaptchaError, ConfigError, DependencyError, ModelFolderError
from captcha_model.model import CaptchaModel
from captcha_model.storage import model_folder
from captcha_model.storage.manifest import (
    CONFIG_FILE,
    KERAS_FILES,
    NETWORK_FILES,
    ONNX_FILE,
    WEIGHTS_FILE,
    Fingerprint,
    read_manifest,
)
from tests.saved_folders import change, rehash

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
def folder(tmp_path, saved):
    return shutil.copytree(saved, tmp_path / "model")


def logits_of(model: CaptchaModel) -> np.ndarray:
    batch = np.random.default_rng(0).integers(0, 256, (3, *model.config.input_shape), np.uint8)
    return model.logits(batch)


def load_network(folder):
    return model_folder.load_network(folder, read_manifest(folder))


def load_onnx(folder):
    return model_folder.load_onnx(folder, read_manifest(folder))


def code_of(folder, load=load_network) -> str:
    with pytest.raises(CaptchaError) as caught:
        load(folder)
    return caught.value.code


@pytest.mark.slow
def test_what_is_saved_reads_the_same(folder, small_model):
    loaded = CaptchaModel.from_pretrained(folder, runtime="keras")
    assert loaded.config == small_model.config
    assert (logits_of(loaded) == logits_of(small_model)).all()
    loaded = CaptchaModel.from_pretrained(folder, runtime="onnx")
    assert loaded.config == small_model.config
    assert logits_of(loaded) == pytest.approx(logits_of(small_model), abs=1e-5)
    assert {p.name for p in folder.iterdir()} == {
        *(CONFIG_FILE, *NETWORK_FILES),
        *("README.md", "model_facts.json"),
    }


@pytest.mark.slow
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


@pytest.mark.slow
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
    assert caught.value.code == "DESTINATION_NOT_EMPTY"
    assert (tmp_path / "thesis" / "chapter1.tex").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelFolderError):
        small_model.save_pretrained(tmp_path / "file")


def test_every_file_is_listed_with_its_checksum(folder):
    manifest = read_manifest(folder)
    assert {n: Fingerprint.of((folder / n).read_bytes()) for n in NETWORK_FILES} == manifest.files
    graph = onnx.load(folder / ONNX_FILE)
    assert manifest.opset == next(o.version for o in graph.opset_import if o.domain == "")


@pytest.mark.parametrize("package", ["onnx", "tf2onnx"])
def test_without_the_onnx_packages_nothing_is_saved(package, small_model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DependencyError, match=rf"{package}.*captcha-model\[export\]"):
        small_model.save_pretrained(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("load", "name"), [(load_network, WEIGHTS_FILE), (load_onnx, ONNX_FILE)])
def test_damage_is_found(folder, load, name):
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    assert code_of(folder, load) == "WEIGHTS_DAMAGED"
    (folder / name).write_bytes(data[:100])
    assert code_of(folder, load) == "WEIGHTS_DAMAGED"
    (folder / name).unlink()
    assert code_of(folder, load) == "WEIGHTS_MISSING"


def test_a_folder_from_before_there_was_onnx_is_read_by_keras(folder):
    (folder / ONNX_FILE).unlink()
    files = json.loads((folder / CONFIG_FILE).read_text())["files"]
    change(folder, files={name: files[name] for name in KERAS_FILES})
    assert code_of(folder, load_onnx) == "WEIGHTS_MISSING"
    assert load_network(folder).count_params() > 0
    assert read_manifest(folder).opset is None


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
    assert code_of(folder) == "WEIGHTS_SHAPE_MISMATCH"
    (folder / WEIGHTS_FILE).write_bytes(b"not HDF5")
    rehash(folder)
    assert code_of(folder) == "WEIGHTS_SHAPE_MISMATCH"


def test_a_vocabulary_of_another_length_is_refused(folder):
    change(folder, characters="abcd")
    assert code_of(folder) == "WEIGHTS_SHAPE_MISMATCH"
    assert code_of(folder, load_onnx) == "WEIGHTS_SHAPE_MISMATCH"


@pytest.mark.parametrize("load", [load_network, load_onnx])
@pytest.mark.parametrize(
    "values",
    [
        {"architecture": "os.system"},
        {"options": {"filters": 10**9}},
        {"options": {"filters": -1}},
        {"options": {"lstm": 8.5}},
        {"options": {"unknown": 1}},
    ],
)
def test_strange_networks_are_refused(folder, values, load):
    change(folder, **values)
    with pytest.raises(ConfigError):
        load(folder)


def test_python_files_beside_the_model_are_not_run(folder):
    (folder / "modeling.py").write_text("raise SystemExit('ran')")
    shutil.copy(folder / "modeling.py", folder / "__init__.py")
    CaptchaModel.from_pretrained(folder, runtime="keras")
    CaptchaModel.from_pretrained(folder, runtime="onnx")
