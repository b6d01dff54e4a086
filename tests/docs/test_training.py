"""The example of a training in Python, on few small synthetic images and for one epoch."""

import pytest

from tests.docs.pages import blocks


@pytest.mark.slow
def test_the_example_of_a_training(image_folder, tmp_path, monkeypatch, capsys):
    image_folder.rename(tmp_path / "my-images")
    monkeypatch.chdir(tmp_path)
    (block,) = blocks("docs/training.md", "python")
    short = 'epochs=1, image_size=(16, 64), settings={"training": {"epoch_images": 1}}, '
    names: dict = {}
    exec(block.text.replace("progress=print", f"{short}progress=print"), names)
    assert names["trained"].folder.joinpath("model", "captcha_config.json").exists()
    assert names["images"].labels
    assert "CER" in capsys.readouterr().out
