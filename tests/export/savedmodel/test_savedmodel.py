import base64
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow
from PIL import Image

from captcha_model import networks
from captcha_model.errors import ExportError
from captcha_model.export.formats import FORMATS, export_model
from captcha_model.images.preprocessing import prepare
from captcha_model.model import CaptchaModel
from tests.conftest import EXAMPLES
from tests.encoded import exif
from tests.export.peaks import Peaks, peaks
from tests.export.savedmodel.test_images import encode
from tests.random_models import random_model

pytestmark = pytest.mark.slow

READER = Path(__file__).with_name("read_saved_model.py")
FILES = [path.read_bytes() for path in sorted(EXAMPLES.glob("*.png"))]


def variants() -> list[bytes]:
    """Encode one example in other sizes and kinds."""
    with Image.open(EXAMPLES / "1.png") as image:
        grey = image.convert("L")
    clear = Image.merge("RGBA", [*[Image.new("L", grey.size)] * 3, grey.point(lambda v: 255 - v)])
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    return [
        encode(grey),
        encode(grey.resize((400, 100))),
        encode(grey.resize((150, 40))),
        encode(clear),
        encode(deep),
        encode(grey.convert("RGB"), "JPEG", quality=95),
    ]


def turned_and_transparent() -> list[bytes]:
    """Encode four examples as turned JPEG files and GIFs with transparency: 24 files."""
    inverse = {
        3: Image.Transpose.ROTATE_180,
        6: Image.Transpose.ROTATE_90,
        8: Image.Transpose.ROTATE_270,
    }
    files = []
    for path in sorted(EXAMPLES.glob("*.png"))[:4]:
        with Image.open(path) as opened:
            image = opened.convert("RGB")
        for turn, back in inverse.items():
            entry = b"Exif\0\0" + exif(turn)
            files.append(encode(image.transpose(back), "JPEG", quality=95, exif=entry))
        white = image.point(lambda v: 255 if v > 200 else v).quantize(32)
        (index,) = [i for i, c in enumerate(palette_of(white)) if c == (255, 255, 255)][:1]
        files.append(encode(white, "GIF", transparency=index))
        ink = image.convert("L").point(lambda v: 255 - v)
        clear = Image.merge("RGBA", [*[Image.new("L", ink.size)] * 3, ink.point(lambda v: v * 2)])
        files += [encode(clear, "GIF"), encode(clear.quantize(8), "GIF")]
    return files


def palette_of(image: Image.Image) -> list[tuple[int, ...]]:
    values = image.getpalette()
    return [tuple(values[i : i + 3]) for i in range(0, len(values), 3)]


@pytest.fixture(scope="module")
def models(keras_model) -> dict[str, CaptchaModel]:
    """The bundled model, one with fixed places, one that pads colour images."""
    return {
        "bundled": keras_model,
        "fixed": random_model("multi-head"),
        "colour": random_model("gru", channels=3, resize="pad"),
    }


@pytest.fixture(scope="module")
def served(models, tmp_path_factory) -> dict[str, list[dict]]:
    """What the exported models say of each batch, in a process of their own."""
    batches = {
        "bundled": [FILES, variants(), [FILES[0], b"nonsense"], turned_and_transparent()],
        "fixed": [FILES],
        "colour": [[*FILES, *variants()[:4]]],
    }
    jobs = []
    for name, model in models.items():
        folder = tmp_path_factory.mktemp("served") / name
        export_model(model, "savedmodel", folder)
        encoded = [[base64.b64encode(i).decode() for i in batch] for batch in batches[name]]
        jobs.append([str(folder), encoded])
    done = subprocess.run(
        [sys.executable, "-I", str(READER)],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        cwd=tmp_path_factory.mktemp("elsewhere"),
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(models, json.loads(done.stdout), strict=True))


def read(model: CaptchaModel, images: list[bytes]) -> list[Peaks]:
    """The same from our own reading of files, by the slow reference."""
    pixels = np.stack([prepare(image, model.config).pixels for image in images])
    output = networks.describe(model.config).output
    return [peaks(row, output, model.config.characters) for row in model.logits(pixels)]


def check(outputs: dict, readings: list[Peaks], tolerance: float) -> None:
    texts = [reading.text for reading in readings]
    assert outputs["text"] == texts
    shape = (len(texts), max(map(len, texts)))
    assert outputs["shapes"]["characters"] == outputs["shapes"]["character_confidence"] == [*shape]
    characters = np.reshape(outputs["characters"], shape)
    confidences = np.reshape(outputs["character_confidence"], shape)
    for i, reading in enumerate(readings):
        length = len(reading.text)
        assert list(characters[i]) == [*reading.text, *[""] * (shape[1] - length)]
        np.testing.assert_allclose(confidences[i, :length], reading.characters, atol=tolerance)
        assert not confidences[i, length:].any()
        assert outputs["confidence"][i] == pytest.approx(reading.confidence, abs=tolerance)


def test_the_examples_are_read_as_we_read_them(models, served):
    check(served["bundled"][0], read(models["bundled"], FILES), 1e-5)
    readings = models["bundled"].predict(FILES)
    assert served["bundled"][0]["text"] == [reading.text for reading in readings]


def test_so_are_other_sizes_depths_and_transparency_in_one_batch(models, served):
    readings = read(models["bundled"], variants())
    assert len({reading.text for reading in readings}) == 1
    # What is resized or a JPEG may differ by a level.
    check(served["bundled"][1], readings, 0.02)


def test_so_are_turned_images_and_gifs_with_transparency(models, served):
    files = turned_and_transparent()
    assert len(files) == 24
    check(served["bundled"][3], read(models["bundled"], files), 1e-4)
    assert len(set(served["bundled"][3]["text"])) >= 4


def test_fixed_places(models, served):
    check(served["fixed"][0], read(models["fixed"], FILES), 0.02)


def test_padded_colour_images(models, served):
    check(served["colour"][0], read(models["colour"], [*FILES, *variants()[:4]]), 0.02)


def test_a_broken_image_is_an_error_that_says_so(served):
    assert "Unknown image file format" in served["bundled"][2]["error"]


def test_every_architecture_goes(any_model, tmp_path, capfd):
    capfd.readouterr()
    path = export_model(any_model, "savedmodel", tmp_path / "m")
    assert capfd.readouterr() == ("", "")
    names = {"tensorflow": tensorflow, "file_bytes": FILES[0]}
    exec(FORMATS["savedmodel"].usage_of(path), names)
    assert names["texts"].shape == (1,)
    told = (path / "assets.extra" / "README.md").read_text()
    assert "confidence is the largest softmax probability" in told


def test_only_an_earlier_export_is_replaced(small_model, tmp_path, fails):
    path = tmp_path / "m"
    path.mkdir()
    export_model(small_model, "savedmodel", path)
    first = (path / "saved_model.pb").read_bytes()
    (path / "old").touch()
    fails("captcha_model.export.savedmodel._archive")
    with pytest.raises(RuntimeError, match="on fire"):
        export_model(small_model, "savedmodel", path)
    assert (path / "old").exists()
    assert (path / "saved_model.pb").read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


def test_another_folder_or_a_file_is_in_the_way(small_model, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "letter.txt").touch()
    (tmp_path / "file").touch()
    for name in ("folder", "file"):
        with pytest.raises(ExportError, match="is not a SavedModel") as caught:
            export_model(small_model, "savedmodel", tmp_path / name)
        assert caught.value.code == "DESTINATION_NOT_EMPTY"
    assert (tmp_path / "folder" / "letter.txt").exists()


def test_a_model_with_a_width_for_every_image_is_refused(tmp_path):
    model = random_model("general", height=48, width=96, min_width=32, channels=3, resize="scale")
    with pytest.raises(ExportError, match="a width of its own"):
        export_model(model, "savedmodel", tmp_path / "saved")
    assert not (tmp_path / "saved").exists()
