import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.calibration.novelty import NoveltyDetector
from captcha_model.config import FORMAT_VERSION, Calibration, CaptchaConfig
from captcha_model.errors import CaptchaError, ConfigError, ModelFolderError
from captcha_model.storage.manifest import (
    CONFIG_FILE,
    KERAS_FILES,
    MAX_CONFIG_BYTES,
    MAX_FILE_BYTES,
    NETWORK_FILES,
    ONNX_FILE,
    WEIGHTS_FILE,
    Fingerprint,
    Manifest,
    read_checked,
    read_manifest,
)

NOVELTY = NoveltyDetector(10**9, (-1e9 / 3,) * 13, ((-1e9 / 3,) * 13,) * 13, limit=1 / 3)
CONFIG = CaptchaConfig("abc", options={"filters": 8}, calibration=Calibration(1.25, 0.5))
WHOLE = Manifest(CONFIG, {name: Fingerprint.of(name.encode()) for name in NETWORK_FILES}, 15)

fingerprints = st.builds(
    Fingerprint,
    size=st.integers(1, MAX_FILE_BYTES),
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
)


@pytest.fixture
def folder(tmp_path):
    for name in NETWORK_FILES:
        (tmp_path / name).write_text(name)
    (tmp_path / CONFIG_FILE).write_text(WHOLE.to_json())
    return tmp_path


def code_of(folder) -> str:
    with pytest.raises(CaptchaError) as caught:
        read_manifest(folder)
    return caught.value.code


@given(st.lists(fingerprints, min_size=4, max_size=4), st.integers(1, 100) | st.none())
def test_json_round_trip(prints, opset):
    names = KERAS_FILES if opset is None else NETWORK_FILES
    manifest = Manifest(CONFIG, dict(zip(names, prints, strict=False)), opset)
    assert Manifest.from_json(manifest.to_json()) == manifest


def test_the_largest_calibration_has_room(folder):
    config = CaptchaConfig("abc", channels=3, calibration=Calibration(1 / 3, 1 / 3, NOVELTY))
    whole = Manifest(config, WHOLE.files, WHOLE.opset)
    (folder / CONFIG_FILE).write_text(whole.to_json())
    assert len(whole.to_json()) < MAX_CONFIG_BYTES / 50
    assert read_manifest(folder) == whole


def test_a_folder_of_an_earlier_format_is_written_in_this_one(folder):
    known = ("characters", "architecture", "height", "width", "channels", "options", "files")
    first = {key: json.loads(WHOLE.to_json())[key] for key in known}
    for document in (
        {**first, "format_version": 1},
        {**first, "format_version": 2, "resize": "stretch"},
        {**first, "format_version": 3, "resize": "stretch", "calibration": None},
    ):
        (folder / CONFIG_FILE).write_text(json.dumps(document))
        manifest = read_manifest(folder)
        assert manifest.config == CaptchaConfig("abc", options={"filters": 8})
        assert manifest.files == WHOLE.files
        assert Manifest.from_json(manifest.to_json()) == manifest
        assert json.loads(manifest.to_json())["format_version"] == FORMAT_VERSION
        (folder / CONFIG_FILE).write_text(json.dumps({**document, "sha256": "0" * 64}))
        assert code_of(folder) == "CONFIG_DAMAGED"


def test_the_digest_is_that_of_the_other_keys(folder):
    document = json.loads(WHOLE.to_json())
    digest = document.pop("sha256")
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    assert digest == hashlib.sha256(canonical).hexdigest()
    # Another order and white space are no changes.
    (folder / CONFIG_FILE).write_text(
        json.dumps({"sha256": digest, **dict(reversed(document.items()))})
    )
    assert read_manifest(folder) == WHOLE


@pytest.mark.parametrize(
    "values",
    [
        {"characters": "acb"},
        {"characters": "abd"},
        {"width": 201},
        {"resize": "pad"},
        {"options": {}},
        {"calibration": None},
        {"calibration": {**Calibration(1.25, 0.5).to_dict(), "temperature": 1.26}},
        {"files": "another checksum"},
        *({"sha256": digest} for digest in ("0" * 64, "", None, 3, ["0" * 64], {"a": {}})),
    ],
)
def test_settings_other_than_those_that_were_saved_are_refused(folder, values):
    if "files" in values:
        values = {"files": with_entry(WEIGHTS_FILE, sha256="0" * 64)}
    document = {**json.loads(WHOLE.to_json()), **values}
    (folder / CONFIG_FILE).write_text(json.dumps(document))
    with pytest.raises(ConfigError, match=r"checksum differs.*captcha-model calibrate") as caught:
        read_manifest(folder)
    assert caught.value.code == "CONFIG_DAMAGED"
    del document["sha256"]
    (folder / CONFIG_FILE).write_text(json.dumps(document))
    assert code_of(folder) == "CONFIG_DAMAGED"


def test_every_single_bit_of_the_settings(folder):
    """A changed bit is found, or it changes nothing: the case of an exponent or a white space."""
    novelty = NoveltyDetector(400, (-1.5e-07, *(0.25,) * 11), ((0.125,) * 12,) * 12, limit=3.5)
    config = CaptchaConfig("abc", calibration=Calibration(1.25, 0.5, novelty))
    whole = Manifest(config, WHOLE.files, WHOLE.opset)
    data = whole.to_json().encode()
    equal = 0
    for place in range(8 * len(data)):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        try:
            assert Manifest.from_json(changed.decode()) == whole, (place, changed)
            equal += 1
        except (CaptchaError, UnicodeDecodeError):
            pass
    assert 0 < equal < 10


@given(st.integers(0), st.integers(0, 7))
def test_a_flipped_bit_of_the_file(tmp_path_factory, place, bit):
    folder = tmp_path_factory.mktemp("model")
    changed = bytearray(WHOLE.to_json().encode())
    changed[place % len(changed)] ^= 1 << bit
    (folder / CONFIG_FILE).write_bytes(changed)
    try:
        assert read_manifest(folder) == WHOLE
    except ConfigError as error:
        assert error.code in ConfigError.codes


def test_the_fingerprint_is_the_sha256():
    assert Fingerprint.of(b"abc") == Fingerprint(
        3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_only_the_file_that_was_saved_is_read(folder):
    manifest = read_manifest(folder)
    assert manifest == WHOLE
    assert read_checked(folder, ONNX_FILE, manifest) == ONNX_FILE.encode()
    for change in (b"model.onny", b"", b"model.onnx\n"):
        (folder / ONNX_FILE).write_bytes(change)
        with pytest.raises(ModelFolderError, match="checksum") as caught:
            read_checked(folder, ONNX_FILE, manifest)
        assert caught.value.code == "WEIGHTS_DAMAGED"
    (folder / ONNX_FILE).unlink()
    with pytest.raises(ModelFolderError, match=ONNX_FILE) as caught:
        read_checked(folder, ONNX_FILE, manifest)
    assert caught.value.code == "WEIGHTS_MISSING"


def with_entry(name: str, **values) -> dict:
    """Return the list of files with one entry changed; None removes a key."""
    files = json.loads(WHOLE.to_json())["files"]
    entry = {**files[name], **values}
    return {**files, name: {k: v for k, v in entry.items() if v is not None}}


@pytest.mark.parametrize(
    "files",
    [
        None,
        {},
        [],
        {"../model.weights.h5": {}},
        {**with_entry(ONNX_FILE), "more.bin": {"size": 1, "sha256": "0" * 64}},
        {k: v for k, v in with_entry(ONNX_FILE).items() if k != WEIGHTS_FILE},
        with_entry(ONNX_FILE, opset=None),
        with_entry(ONNX_FILE, opset=0),
        with_entry(ONNX_FILE, opset="15"),
        with_entry(ONNX_FILE, opset=10**9),
        with_entry(ONNX_FILE, location="/etc/passwd"),
        with_entry(WEIGHTS_FILE, opset=15),
        with_entry(WEIGHTS_FILE, size=None),
        with_entry(WEIGHTS_FILE, size=0),
        with_entry(WEIGHTS_FILE, size=2**31),
        with_entry(WEIGHTS_FILE, size=True),
        with_entry(WEIGHTS_FILE, sha256="0" * 63),
        with_entry(WEIGHTS_FILE, sha256="G" * 64),
        with_entry(WEIGHTS_FILE, sha256=0),
        {**with_entry(ONNX_FILE), WEIGHTS_FILE: "0" * 64},
    ],
)
def test_a_strange_list_of_files_is_refused(files):
    document = {**json.loads(WHOLE.to_json()), "files": files}
    with pytest.raises(ConfigError):
        Manifest.from_json(json.dumps(document))


@pytest.mark.parametrize(
    "values",
    [
        {"format_version": 99},
        {"characters": "aab"},
        {"width": 10**9},
        {"surprise": True},
        {"calibration": {"temperature": 0}},
    ],
)
def test_strange_settings_are_refused(values):
    with pytest.raises(ConfigError):
        Manifest.from_json(json.dumps({**json.loads(WHOLE.to_json()), **values}))


def test_what_is_not_a_model_folder(tmp_path, folder):
    assert code_of(tmp_path / "nowhere") == "MODEL_NOT_FOUND"
    for strange in (b"\xff\xfe", b" " * (2**20 + 1), b"[]", b"{"):
        (folder / CONFIG_FILE).write_bytes(strange)
        assert code_of(folder) == "CONFIG_INVALID"
    (folder / CONFIG_FILE).unlink()
    assert code_of(folder) == "NOT_A_CAPTCHA_MODEL"
