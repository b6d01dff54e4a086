"""Model folders as somebody with bad intentions would hand them on: one test a case.

What a module refuses is tested in full beside that module; here real folders go through what users
call, with checksums that fit, and nothing in them may run.
"""

import io
import json
import pickle
import shutil
import sys
import zipfile

import h5py
import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import numpy_helper

from captcha_model.config import FORMAT_VERSION
from captcha_model.data.sources import find_samples
from captcha_model.errors import CaptchaError, ConfigError, ModelFolderError
from captcha_model.hub import Destination, model_files, push_folder
from captcha_model.model import CaptchaModel
from captcha_model.model_card import FACTS_FILE
from captcha_model.storage.manifest import (
    CONFIG_FILE,
    KERAS_CONFIG,
    NETWORK_FILES,
    ONNX_FILE,
    WEIGHTS_FILE,
    read_checked,
    read_manifest,
)
from tests.saved_folders import change, rehash, replace


class Payload:
    """Leaves a trace where it is unpickled."""

    def __init__(self, trace) -> None:
        self.trace = trace

    def __reduce__(self):
        return (open, (str(self.trace), "w"))


@pytest.fixture
def folder(tmp_path, saved):
    return shutil.copytree(saved, tmp_path / "model")


@pytest.fixture
def trace(tmp_path):
    """A file that no test's code may make."""
    path = tmp_path / "trace"
    yield path
    assert not path.exists()


def refused(folder, runtime: str) -> tuple[str, str]:
    with pytest.raises(CaptchaError) as caught:
        CaptchaModel.from_pretrained(folder, runtime=runtime)
    return caught.value.code, str(caught.value)


def refused_by_all(folder) -> str:
    """Check that no runtime takes it, and return the code, which is the same."""
    codes = {refused(folder, runtime)[0] for runtime in ("onnx", "keras", "auto")}
    assert len(codes) == 1
    return codes.pop()


@pytest.mark.slow
def test_a_lambda_layer(folder, trace, tmp_path):
    import keras

    x = keras.Input((16, 64, 1))
    code = f"lambda x: (open({str(trace)!r}, 'w'), x)[1]"
    y = keras.layers.Lambda(eval(code), output_shape=(16, 64, 1))(x)
    trace.unlink(missing_ok=True)  # Keras may have called it to make the layer.
    keras.Model(x, y).save(tmp_path / "evil.keras")
    with zipfile.ZipFile(tmp_path / "evil.keras") as archive:
        data = archive.read("config.json")
    assert b"__lambda__" in data
    replace(folder, KERAS_CONFIG, data)
    assert refused(folder, "keras")[0] == "KERAS_CONFIG_NOT_ALLOWED"
    # ONNX Runtime needs no such file, but nobody shall hand it on in our name.
    model = CaptchaModel.from_pretrained(folder, runtime="onnx")
    for act in (
        lambda: model.save_pretrained(tmp_path / "copy"),
        lambda: model.network,
        lambda: push_folder(folder, Destination("ann/reader", token="hf_ann")),
    ):
        with pytest.raises(ModelFolderError) as caught:
            act()
        assert caught.value.code == "KERAS_CONFIG_NOT_ALLOWED"
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("name", ["evil.keras", "evil.h5", "evil.pkl", "evil.onnx", "model.zip"])
def test_a_pickle_or_another_file_instead_of_a_folder(name, tmp_path, trace, monkeypatch):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / name).write_bytes(pickle.dumps(Payload(trace)))
    assert refused_by_all(tmp_path / "models" / name) == "NOT_A_CAPTCHA_MODEL"
    # As a relative path it looks like a repository of the Hub.
    monkeypatch.chdir(tmp_path)
    assert refused_by_all(f"models/{name}") == "NOT_A_CAPTCHA_MODEL"


@pytest.mark.parametrize(
    ("name", "runtime", "code"),
    [
        (WEIGHTS_FILE, "keras", "WEIGHTS_SHAPE_MISMATCH"),
        (KERAS_CONFIG, "keras", "KERAS_CONFIG_NOT_ALLOWED"),
        (ONNX_FILE, "onnx", "ONNX_NOT_ALLOWED"),
    ],
)
def test_a_pickle_inside(folder, trace, name, runtime, code):
    replace(folder, name, pickle.dumps(Payload(trace)))
    assert refused(folder, runtime)[0] == code


@pytest.mark.parametrize(
    "strange",
    [
        {"module": "os", "class_name": "system", "config": {"command": "touch {trace}"}},
        {"module": "builtins", "class_name": "function", "config": "exec"},
        {"module": "keras.utils", "class_name": "function", "config": "get_file"},
        {
            "module": "keras.layers",
            "class_name": "StringLookup",
            "config": {"vocabulary": "/etc/hostname"},
        },
    ],
)
def test_a_class_that_runs_commands_or_fetches_files(folder, trace, strange):
    description = json.loads((folder / KERAS_CONFIG).read_text())
    layers = description["config"]["layers"]
    text = json.dumps(strange).replace("{trace}", str(trace))
    layers[1] = {**layers[1], **json.loads(text)}
    replace(folder, KERAS_CONFIG, json.dumps(description).encode())
    assert refused(folder, "keras")[0] == "KERAS_CONFIG_NOT_ALLOWED"


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\x00\xff garbage", b"[]", b"null", b"3", b'"text"', b"{}", b"{", b"NaN"),
        *(b"[" * 2000, b'{"a":' * 2000, b"9" * 5000, b'{"files": null}', b'{"files": {}}'),
    ],
)
def test_settings_that_are_none(folder, data):
    (folder / CONFIG_FILE).write_bytes(data)
    assert refused_by_all(folder) == "CONFIG_INVALID"


@pytest.mark.parametrize(
    "key", ["characters", "options", "calibration", "files", "architecture", "format_version", "x"]
)
def test_settings_of_any_depth(saved, tmp_path, key):
    """Up to where Python's parser gives up, a message must be able to show the value."""
    document = json.loads((saved / CONFIG_FILE).read_text())
    for opening, closing in (("[", "]"), ('{"options":', "}")):
        for depth in [*range(150, 1100, 50), *range(900, 1000, 7), 2000]:
            deep = opening * depth + "1" + closing * depth
            text = json.dumps({**document, key: "DEEP"}).replace('"DEEP"', deep)
            (tmp_path / CONFIG_FILE).write_text(text)
            with pytest.raises(CaptchaError):
                read_manifest(tmp_path)


def test_a_calibration_of_any_depth(saved, tmp_path):
    document = json.loads((saved / CONFIG_FILE).read_text())
    known = {"temperature": 1.0, "min_confidence": 0.5, "familiarity": None}
    for key in known:
        for depth in [*range(150, 1100, 50), *range(900, 1000, 7)]:
            calibration = {**known, key: "DEEP"}
            text = json.dumps({**document, "calibration": calibration})
            deep = "[" * depth + "1" + "]" * depth
            (tmp_path / CONFIG_FILE).write_text(text.replace('"DEEP"', deep))
            with pytest.raises(CaptchaError):
                read_manifest(tmp_path)


@pytest.mark.parametrize("depth", [500, 950, 990, 2000])
def test_facts_of_any_depth(folder, depth):
    (folder / FACTS_FILE).write_text("[" * depth + "]" * depth)
    model = CaptchaModel.from_pretrained(folder, runtime="onnx")
    with pytest.raises(ConfigError) as caught:
        _ = model.facts
    assert caught.value.code == "FACTS_INVALID"


@pytest.mark.parametrize(
    "values",
    [
        {"options": {"lstm": 10**9}},
        {"options": {"filters": -1}},
        {"options": {"dense": 10**400}},
        {"options": {"dropout": float("nan")}},
        {"options": {"dropout": float("inf")}},
        {"width": 10**9},
        {"height": -1},
        {"channels": 10**9},
        {"architecture": "multi-head", "options": {"places": 10**9}},
    ],
)
def test_sizes_out_of_bounds(folder, values):
    change(folder, **values)
    assert refused_by_all(folder) == "CONFIG_INVALID"


@pytest.mark.slow
def test_sizes_within_their_bounds_that_make_terabytes_together(folder):
    options = {"places": 64, "filters": 256, "dense": 1024}
    change(folder, architecture="multi-head", height=1024, width=1024, options=options)
    code, message = refused(folder, "keras")
    assert code == "WEIGHTS_SHAPE_MISMATCH"
    assert "549" in message.replace(",", "")
    assert refused(folder, "onnx")[0] == "WEIGHTS_SHAPE_MISMATCH"


def test_a_vocabulary_of_another_length(folder):
    change(folder, characters="abcde")
    for runtime, found, needed in (("onnx", "[16, 4]", "[16, 6]"), ("keras", "(4,)", "(6,)")):
        code, message = refused(folder, runtime)
        assert code == "WEIGHTS_SHAPE_MISMATCH"
        assert "5 characters" in message
        if runtime == "onnx":
            assert found in message
            assert needed in message
        else:
            assert ", 4)" in message or found in message
            assert ", 6)" in message or needed in message


@pytest.mark.parametrize(
    "characters",
    [
        *("aab", "", "ab\u0301", "a\nb", "ab\u200d", "a\ud800"),
        *(["a", "b", "c"], ["ab", "c", "d"], ["a", "", "b"], None, 3, {"a": 1}),
    ],
)
def test_a_vocabulary_that_is_none(folder, characters):
    change(folder, characters=characters)
    assert refused_by_all(folder) == "CONFIG_INVALID"


@pytest.mark.parametrize(
    "characters", ["/etc/passwd", "https://example.org/v.txt", "C:\\words.txt"]
)
def test_a_vocabulary_that_is_a_path_or_an_address(folder, characters):
    """Either has a character twice, or is what it says: characters, which no code ever opens."""
    change(folder, characters=characters)
    if len(set(characters)) < len(characters):
        assert refused_by_all(folder) == "CONFIG_INVALID"
    else:
        assert refused_by_all(folder) == "WEIGHTS_SHAPE_MISMATCH"


@pytest.mark.parametrize(
    "name", ["../model.weights.h5", "/etc/passwd", "..\\model.onnx", "sub/model.onnx", ""]
)
def test_a_file_that_is_named_elsewhere(folder, name):
    files = json.loads((folder / CONFIG_FILE).read_text())["files"]
    entry = files[WEIGHTS_FILE]
    for listed in ({**files, name: entry}, {k: v for k, v in files.items() if k != ONNX_FILE}):
        change(folder, files={**listed, name: entry})
        assert refused_by_all(folder) == "CONFIG_INVALID"


def test_an_archive_whose_names_lead_elsewhere(tmp_path, saved):
    """A model is never unpacked, and images of an archive are read inside it."""
    archive = tmp_path / "deep" / "model.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as opened:
        for name in ("../escaped.png", "/tmp/escaped.png", "..\\escaped.png", "a/../../b.png"):
            opened.writestr(name, b"image")
        for name in NETWORK_FILES:
            opened.write(saved / name, f"../{name}")
    before = set(tmp_path.rglob("*"))
    assert refused_by_all(archive) == "NOT_A_CAPTCHA_MODEL"
    assert all(sample.read() == b"image" for sample in find_samples(archive))
    assert set(tmp_path.rglob("*")) == before


def edited_weights(folder, edit) -> None:
    buffer = io.BytesIO((folder / WEIGHTS_FILE).read_bytes())
    with h5py.File(buffer, "r+") as file:
        names = []
        file.visititems(lambda n, item: names.append(n) if isinstance(item, h5py.Dataset) else None)
        edit(file, names)
    replace(folder, WEIGHTS_FILE, buffer.getvalue())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["external", "soft", "storage", "size", "extra", "shape"])
def test_weights_that_are_more_than_weights(folder, tmp_path, kind):
    shutil.copy(folder / WEIGHTS_FILE, tmp_path / "other.h5")
    (tmp_path / "secret").write_bytes(bytes(10_000))

    def edit(file, names):
        name = names[0]
        shape = file[name].shape
        if kind != "extra":
            del file[name]
        match kind:
            case "external":
                file[name] = h5py.ExternalLink(str(tmp_path / "other.h5"), name)
            case "soft":
                file[name] = h5py.SoftLink("/" + names[1])
            case "storage":
                file.create_dataset(name, shape, "<f4", external=str(tmp_path / "secret"))
            case "size":
                file.create_dataset(name, (100, 100), "<f4", chunks=(1, 100))
            case "extra":
                file["layers/payload"] = np.zeros(3, np.float32)
            case "shape":
                file[name] = np.zeros((1, *shape), np.float32)

    edited_weights(folder, edit)
    shapes = kind in ("extra", "shape")
    expected = "WEIGHTS_SHAPE_MISMATCH" if shapes else "WEIGHTS_INVALID"
    assert refused(folder, "keras")[0] == expected


@pytest.mark.parametrize(("name", "runtime"), [(WEIGHTS_FILE, "keras"), (ONNX_FILE, "onnx")])
@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_a_file_that_was_cut_off(folder, name, runtime, share):
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[: int(len(data) * share)])
    assert refused(folder, runtime)[0] == "WEIGHTS_DAMAGED"
    if share:
        rehash(folder)
        assert refused(folder, runtime)[0] == "WEIGHTS_INVALID"


@pytest.mark.slow
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(NETWORK_FILES), st.integers(0, 2**20), st.integers(0, 7))
def test_a_flipped_bit(saved, tmp_path, name, place, bit):
    manifest = read_manifest(saved)
    data = bytearray((saved / name).read_bytes())
    data[place % len(data)] ^= 1 << bit
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ModelFolderError) as caught:
        read_checked(tmp_path, name, manifest)
    assert caught.value.code == "WEIGHTS_DAMAGED"


def test_weights_that_are_not_numbers(folder):
    edited_weights(folder, lambda file, names: file[names[0]].__setitem__(..., np.nan))
    assert refused(folder, "keras")[0] == "WEIGHTS_NOT_FINITE"


def edited_graph(folder, edit) -> None:
    graph = onnx.load(folder / ONNX_FILE)
    edit(graph)
    replace(folder, ONNX_FILE, graph.SerializeToString())


def test_a_single_weight_of_the_graph_that_is_not_a_number(folder):
    """A blank image need not show it: ReLU and pooling may swallow a NaN."""

    def edit(graph):
        tensor = next(t for t in graph.graph.initializer if "conv" in t.name)
        array = numpy_helper.to_array(tensor).copy()
        array.flat[-1] = np.nan
        tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))

    edited_graph(folder, edit)
    assert refused(folder, "onnx")[0] == "WEIGHTS_NOT_FINITE"


@pytest.mark.parametrize("case", ["external", "domain", "function", "extra", "size", "raw"])
def test_a_graph_that_is_more_than_a_graph(folder, tmp_path, case, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.bin").write_bytes(bytes(10_000))

    def edit(model):
        tensor = next(t for t in model.graph.initializer if t.data_type == 1)
        match case:
            case "external":
                tensor.ClearField("raw_data")
                tensor.data_location = onnx.TensorProto.EXTERNAL
                tensor.external_data.add(key="location", value="w.bin")
            case "domain":
                model.graph.node[0].domain = "custom"
                model.opset_import.add(domain="custom", version=1)
            case "function":
                model.functions.add(name="Conv", domain="custom")
            case "extra":
                model.graph.initializer.append(numpy_helper.from_array(np.ones(3), "payload"))
            case "size":
                tensor.dims[:] = [100, 100]
            case "raw":
                tensor.raw_data = tensor.raw_data[:-4]

    edited_graph(folder, edit)
    code = "ONNX_NOT_SELF_CONTAINED" if case == "external" else "ONNX_NOT_ALLOWED"
    assert refused(folder, "onnx")[0] == code


@pytest.mark.parametrize("case", ["input", "output", "wide", "opset"])
def test_a_graph_with_other_ends(folder, case):
    def edit(model):
        match case:
            case "input":
                model.graph.input[0].name = "pixels"
            case "output":
                model.graph.output[0].name = "scores"
            case "wide":
                model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 65
            case "opset":
                model.opset_import[0].version = 10**6

    edited_graph(folder, edit)
    code = "WEIGHTS_SHAPE_MISMATCH" if case == "wide" else "WEIGHTS_INVALID"
    assert refused(folder, "onnx")[0] == code


@pytest.mark.parametrize("name", [WEIGHTS_FILE, KERAS_CONFIG])
def test_a_missing_file(folder, name):
    (folder / name).unlink()
    assert refused(folder, "keras")[0] == "WEIGHTS_MISSING"


@pytest.mark.parametrize("version", [FORMAT_VERSION + 1, 99, 10**30])
def test_a_format_of_the_future(folder, version):
    # A later format may have other keys as well.
    change(folder, format_version=version, surprise={"files": 1})
    for runtime in ("onnx", "keras", "auto"):
        code, message = refused(folder, runtime)
        assert code == "FORMAT_TOO_NEW"
        assert "Upgrade" in message


@pytest.mark.parametrize("version", [0, -1, "99", 3.0, None, True])
def test_a_format_that_is_none(folder, version):
    change(folder, format_version=version)
    assert refused_by_all(folder) == "CONFIG_INVALID"


@pytest.mark.slow
def test_kerass_old_format(folder, small_model, tmp_path):
    small_model.network.save(tmp_path / "old.h5")
    assert refused_by_all(tmp_path / "old.h5") == "NOT_A_CAPTCHA_MODEL"
    replace(folder, WEIGHTS_FILE, (tmp_path / "old.h5").read_bytes())
    assert refused(folder, "keras")[0] == "WEIGHTS_SHAPE_MISMATCH"


@pytest.mark.slow
def test_a_repository_with_python_files(hub, folder, trace, tmp_path):
    code = f"open({str(trace)!r}, 'w')\n"
    for name in ("modeling.py", "__init__.py", "captcha_config.py", "conftest.py"):
        (folder / name).write_text(code)
    push_folder(folder, Destination("eve/reader", token="hf_eve"))
    modules = set(sys.modules)
    for runtime in ("onnx", "keras"):
        cache = tmp_path / runtime
        CaptchaModel.from_pretrained("eve/reader", runtime=runtime, cache_dir=cache)
        assert not list(cache.rglob("*.py"))
    assert not {name for name in set(sys.modules) - modules if "modeling" in name}


@pytest.mark.parametrize(
    ("name", "runtime"),
    [(CONFIG_FILE, "onnx"), (ONNX_FILE, "onnx"), (WEIGHTS_FILE, "keras"), (KERAS_CONFIG, "keras")],
)
@pytest.mark.parametrize("absolute", [True, False])
def test_a_link_out_of_the_folder(folder, tmp_path, name, runtime, absolute):
    (folder / name).rename(tmp_path / name)
    (folder / name).symlink_to(tmp_path / name if absolute else f"../{name}")
    code, message = refused(folder, runtime)
    assert code == "FILE_OUTSIDE_FOLDER"
    assert name in message


def test_a_link_to_facts_elsewhere(folder, tmp_path):
    (folder / FACTS_FILE).rename(tmp_path / "facts")
    (folder / FACTS_FILE).symlink_to("../facts")
    model = CaptchaModel.from_pretrained(folder, runtime="onnx")
    with pytest.raises(ConfigError) as caught:
        _ = model.facts
    assert caught.value.code == "FACTS_INVALID"


def test_a_push_takes_nothing_from_elsewhere(folder, tmp_path):
    (tmp_path / "id_rsa").write_text("secret")
    (folder / "notes.txt").symlink_to(tmp_path / "id_rsa")
    with pytest.raises(ModelFolderError, match=r"notes\.txt") as caught:
        model_files(folder, read_manifest(folder))
    assert caught.value.code == "FILE_OUTSIDE_FOLDER"
    (folder / "notes.txt").unlink()
    (folder / "notes.txt").symlink_to("README.md")
    (folder / "others").symlink_to(tmp_path)
    assert "notes.txt" in model_files(folder, read_manifest(folder))
    assert not [
        name for name in model_files(folder, read_manifest(folder)) if name.startswith("others")
    ]


@pytest.mark.slow
@pytest.mark.parametrize("runtime", ["onnx", "keras"])
def test_links_that_are_well(folder, tmp_path, runtime):
    """A link to the whole folder, links within it, and the Hub's cache, whose files are links."""
    (tmp_path / "link").symlink_to(folder)
    CaptchaModel.from_pretrained(tmp_path / "link", runtime=runtime)
    (folder / "files").mkdir()
    for name in (CONFIG_FILE, *NETWORK_FILES):
        (folder / name).rename(folder / "files" / name)
        (folder / name).symlink_to(f"files/{name}")
    CaptchaModel.from_pretrained(folder, runtime=runtime)
    snapshot = tmp_path / "models--ann--reader" / "snapshots" / "1234"
    blobs = snapshot.parents[1] / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    for number, name in enumerate((CONFIG_FILE, *NETWORK_FILES)):
        shutil.copy(folder / name, blobs / str(number))
        (snapshot / name).symlink_to(f"../../blobs/{number}")
    CaptchaModel.from_pretrained(snapshot, runtime=runtime)
    # What only looks like the cache is none.
    (snapshot / CONFIG_FILE).unlink()
    (snapshot / CONFIG_FILE).symlink_to("../../blobs/../../model/captcha_config.json")
    assert refused(snapshot, runtime)[0] == "FILE_OUTSIDE_FOLDER"
