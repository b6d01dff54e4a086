import dataclasses
import json
from pathlib import Path

import pytest
from PIL import Image

from captcha_model.data.samples import LabelledImages
from captcha_model.model import CaptchaModel


@pytest.fixture
def folder(tmp_path: Path, synthetic: LabelledImages) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    for pixels, label in zip(synthetic.pixels, synthetic.labels, strict=True):
        Image.fromarray(pixels[..., 0]).save(folder / f"{label}.png")
    return folder


def test_a_folder_is_measured(cli, folder):
    code, out, err = cli("strength", str(folder), "--model", "captcha-images-v2")
    assert (code, err) == (0, "")
    assert out.startswith("mine, 16 images, read by captcha-images-v2\n\ntexts read, case ignored")
    assert "No protection: a program that has never seen this captcha" in out
    (folder / "zzzzz.png").write_bytes(b"no image")
    code, out, err = cli("strength", str(folder), "--model", "captcha-images-v2", "--json")
    found = json.loads(out)
    assert code == 0 and found["verdict"] == "none" and found["unreadable"] == 1
    assert found["images"] == 16 and found["source"] == "mine"
    assert "1 of 17 files cannot be read and do not count." in err


def test_without_labels_nothing_is_measured(cli, folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    for number, path in enumerate(sorted(folder.iterdir())):
        path.rename(other / f"IMG_{number:04}.png")
    code, out, err = cli("strength", str(other))
    assert (code, out) == (1, "")
    assert "cannot be measured without the texts of its images" in err
    table = ["file_name,text", *(f"{path.name},{path.stem[:2]}" for path in other.iterdir())]
    (other / "metadata.csv").write_text("\n".join(table))
    assert cli("strength", str(other))[0] == 0


def test_bad_sources(cli, tmp_path):
    code, _, err = cli("strength", str(tmp_path / "nowhere"))
    assert code == 1 and "does not exist" in err
    assert cli("strength")[0] == 2


def test_a_model_that_was_trained_on_the_images_says_so(cli, folder, tmp_path):
    for n, changes in enumerate(
        [{"data": folder.name}, {"changed": {"data.labelled": f'"{folder.name}"'}}]
    ):
        model = CaptchaModel.from_pretrained("captcha-images-v2")
        facts = dataclasses.replace(model.facts.training, **changes)
        model.facts = dataclasses.replace(model.facts, training=facts)
        model.save_pretrained(tmp_path / f"model{n}")
        code, _, err = cli("strength", str(folder), "--model", str(tmp_path / f"model{n}"))
        assert code == 0
        said = "The model was trained on the train split of mine, which is among these images"
        assert said in err
        assert "does not say how strong the captcha is" in err


def test_animations_are_named_unless_their_frames_are_chosen(cli, folder):
    first = min(folder.iterdir())
    with Image.open(first) as image:
        blank = Image.new("L", image.size, 255)
        blank.save(first.with_suffix(".gif"), save_all=True, append_images=[image.convert("L")])
    first.unlink()
    arguments = ("strength", str(folder), "--model", "captcha-images-v2", "--json")
    code, out, err = cli(*arguments)
    found = json.loads(out)
    assert code == 0 and found["animations"] == 1
    assert "Only the first frame was read of 1 animations" in err and "--frames darkest" in err
    code, out, err = cli(*arguments, "--frames", "darkest")
    joined = json.loads(out)
    assert (code, err) == (0, "") and joined["animations"] == 0
    assert joined["exact"]["right"] == found["exact"]["right"] + 1
