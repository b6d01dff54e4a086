import numpy as np
from PIL import Image

from captcha_model.evaluation import evaluate
from captcha_model.pictures import confusion_matrix, image_grid, learning_curves
from captcha_model.prediction import Prediction
from captcha_model.training.state import EpochRecord


def picture(path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def reds(pixels: np.ndarray) -> int:
    """Count the pixels of the colour that marks a mistake."""
    return int((np.abs(pixels - (0xB3, 0x26, 0x1E)).sum(axis=-1) < 30).sum())


def test_a_grid_shows_every_image_and_marks_the_wrong_ones(tmp_path, drawn):
    captions = [f"${label}_" for label in drawn.labels]  # Would be a formula, if it were one.
    image_grid(tmp_path / "plain.png", drawn.pixels, captions, title="$all")
    image_grid(tmp_path / "marked.png", drawn.pixels, captions, marked=[True] + [False] * 15)
    plain, marked = picture(tmp_path / "plain.png"), picture(tmp_path / "marked.png")
    assert plain.shape[1] > 900
    assert reds(plain) == 0
    assert reds(marked) > 100


def test_a_grid_of_one_colour_image(tmp_path):
    red = np.zeros((1, 20, 60, 3), np.uint8)
    red[..., 0] = 255
    image_grid(tmp_path / "one.png", red, ["x"], columns=1)
    assert ((picture(tmp_path / "one.png") - (255, 0, 0)) == 0).all(axis=-1).sum() > 500


def test_learning_curves(tmp_path):
    history = [
        EpochRecord(i + 1, i, 1e-3, 9.0 / (i + 1), 8.0 / (i + 1), 0.5, 0.5) for i in range(5)
    ]
    learning_curves(tmp_path / "curves.png", history)
    assert picture(tmp_path / "curves.png").std() > 5


def test_a_confusion_matrix_names_the_mistakes(tmp_path):
    labels = ["ab", "ba", "$b"]
    right = evaluate(labels, labels, [Prediction(t, 1, (), 9, 9) for t in labels])
    wrong = evaluate(labels, labels, [Prediction(t, 1, (), 9, 9) for t in ("ab", "bx", "")])
    confusion_matrix(tmp_path / "right.png", right)
    confusion_matrix(tmp_path / "wrong.png", wrong)
    assert reds(picture(tmp_path / "right.png")) == 0
    assert reds(picture(tmp_path / "wrong.png")) > 10
