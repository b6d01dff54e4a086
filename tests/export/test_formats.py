import pytest

from captcha_model.errors import ExportError
from captcha_model.export.formats import FORMATS, check_export, export_model


def test_an_unknown_format_is_refused_with_the_known_ones(small_model, tmp_path):
    with pytest.raises(ExportError, match="keras, onnx, savedmodel, litert") as caught:
        export_model(small_model, "pickle", tmp_path / "m.pkl")
    assert caught.value.code == "EXPORT_FORMAT"
    with pytest.raises(ExportError, match="pickle"):
        check_export("pickle", small_model.config)


def test_a_file_needs_its_format_s_suffix(small_model, tmp_path):
    (tmp_path / "folder.keras").mkdir()
    for name in ("m.onnx", "m", "folder.keras"):
        with pytest.raises(ExportError, match=r"\.keras") as caught:
            export_model(small_model, "keras", tmp_path / name)
        assert caught.value.code == "EXPORT_PATH"
    assert [p.name for p in tmp_path.iterdir()] == ["folder.keras"]


def test_the_usual_names_have_the_suffixes():
    assert {name: f.suffix for name, f in FORMATS.items()} == {
        "keras": ".keras",
        "onnx": ".onnx",
        "savedmodel": "",
        "litert": ".tflite",
    }


def test_an_earlier_file_is_replaced_and_folders_are_made(small_model, tmp_path):
    path = tmp_path / "deep" / "m.keras"
    assert export_model(small_model, "keras", path) == path
    path.write_bytes(b"old")
    export_model(small_model, "keras", str(path))
    assert path.read_bytes().startswith(b"PK")
    assert [p.name for p in path.parent.iterdir()] == ["m.keras"]
