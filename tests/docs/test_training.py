"""The example of a training in Python, on few small synthetic images and for one epoch."""

import pytest

from captcha_model.data.synthetic.synthesis import Synthesizer
from tests.docs.pages import blocks


@pytest.mark.slow
def test_the_example_of_a_training(tmp_path, monkeypatch, capsys):
    from captcha_model.data.synthetic.dataset import write_folder

    monkeypatch.chdir(tmp_path)
    for _ in write_folder(Synthesizer("abc", (1, 3), seed=1), 60, tmp_path / "my-images"):
        pass
    (block,) = blocks("docs/training.md", "python")
    short = 'epochs=1, image_size=(16, 64), settings={"training": {"epoch_images": 1}}, '
    names: dict = {}
    exec(block.text.replace("progress=print", f"{short}progress=print"), names)
    assert names["trained"].folder.joinpath("model", "captcha_config.json").exists()
    assert names["images"].labels
    assert "CER" in capsys.readouterr().out
