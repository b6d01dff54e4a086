import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.errors import ModelFolderError
from captcha_model.export.keras import keras_archive
from captcha_model.hub import BUNDLED
from captcha_model.storage.check_keras_config import check_keras_config
from captcha_model.storage.manifest import KERAS_CONFIG

PLAIN = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}}

json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["class_name", "module", "config", "layers"]), inner)
    ),
)


def refused(value) -> str:
    with pytest.raises(ModelFolderError) as caught:
        check_keras_config(value if isinstance(value, bytes) else json.dumps(value).encode())
    assert caught.value.code == "KERAS_CONFIG_NOT_ALLOWED"
    return str(caught.value)


def test_the_bundled_one_is_taken():
    check_keras_config((BUNDLED / KERAS_CONFIG).read_bytes())


@pytest.mark.slow
def test_every_architecture_is_taken(any_model, tmp_path):
    import io
    import zipfile

    archive = keras_archive(any_model.config, any_model.network)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        check_keras_config(opened.read(KERAS_CONFIG))


def test_operations_of_keras_are_taken():
    """A recipe may be made of `keras.ops` as well."""
    import keras

    x = keras.Input((4, 4))
    y = keras.ops.softmax(keras.ops.transpose(x[:, 1:], (0, 2, 1)) * 2.0)
    y = keras.layers.Dense(3, activation="gelu", kernel_regularizer="l2")(y)
    check_keras_config(keras.Model(x, y).to_json().encode())


@pytest.mark.parametrize(
    "strange",
    [
        {"module": "keras.layers", "class_name": "Lambda", "config": {"function": "..."}},
        {"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "/tmp/x"}},
        {"module": "keras.layers", "class_name": "StringLookup", "config": {"vocabulary": "/x"}},
        {"module": "keras.layers", "class_name": "TorchModuleWrapper"},
        {"module": "os", "class_name": "system", "config": {"command": "true"}},
        {"module": "builtins", "class_name": "function", "config": "eval"},
        {"module": "keras.utils", "class_name": "get_file", "config": {"origin": "http://x"}},
        {"module": "keras.utils", "class_name": "function", "config": "get_file"},
        {"module": "keras", "class_name": "Sequential", "config": {}},
        {"module": "keras.src.models.functional", "class_name": "Model"},
        {"module": "keras.layersx", "class_name": "Dense"},
        {"module": None, "class_name": "__lambda__", "config": {"value": "4wAA"}},
        {"module": "keras.layers", "class_name": "__lambda__", "config": {"value": "4wAA"}},
        {"module": "keras.layers", "class_name": "function", "config": "Lambda"},
        {"module": "keras.src.ops.core", "class_name": "function", "config": "map"},
        {"module": "keras.src.ops.core", "class_name": "Lambda", "config": {}},
        {"module": "keras.layers", "class_name": "core.Lambda", "config": {}},
        {"class_name": "Lambda", "config": {}},
        {"class_name": ["Dense"], "module": "keras.layers"},
        {"class_name": {}, "module": None},
    ],
)
def test_what_may_run_code_or_read_files(strange):
    refused(strange)
    inside = {**PLAIN, "config": {"layers": [PLAIN, {"activation": [[strange]]}]}}
    refused(inside)


def test_the_message_names_it():
    assert "os.system" in refused({"module": "os", "class_name": "system"})


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 2000, b"\x80\x04."])
def test_what_is_no_json(data):
    assert "JSON" in refused(data)


def test_depth_is_no_problem():
    """So deep that Python's parser just takes it."""
    check_keras_config(b"[" * 900 + b"]" * 900)


def test_a_class_of_any_depth():
    """What the parser just takes may be too deep to be shown."""
    for depth in range(800, 1000):
        refused(b'{"class_name": ' + b"[" * depth + b"]" * depth + b"}")


@pytest.mark.slow
@given(json_values)
def test_any_json_is_taken_or_refused(value):
    with suppress(ModelFolderError):
        check_keras_config(json.dumps(value).encode())
