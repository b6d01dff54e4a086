import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from captcha_model.data.samples import LabelledImages
from captcha_model.errors import DependencyError
from captcha_model.evaluation.report import EvaluationReport
from captcha_model.plots import (
    check_matplotlib,
    confusion_matrix,
    image_grid,
    learning_curves,
    prediction_grid,
)
from captcha_model.plots.canvas import DOTS_PER_INCH, FIRST, INK, SECOND, WRONG
from captcha_model.plots.grids import MIN_TILE_WIDTH
from captcha_model.prediction import Prediction
from captcha_model.training.history import EpochRecord


def pixels_of(path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def count(pixels: np.ndarray, color: str) -> int:
    """Count the pixels that are close to a colour."""
    expected = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return int((np.abs(pixels - expected).sum(axis=-1) < 30).sum())


def read_as(*texts: str, confidence: float = 0.9) -> list[Prediction]:
    return [Prediction(text, confidence, (), 200, 50) for text in texts]


def shades(count: int, shape: tuple[int, ...] = (10, 40, 1)) -> np.ndarray:
    """Return images of one colour each, dark blue-greens that the rest of a plot does not have."""
    images = np.zeros((count, *shape[:2], 3), np.uint8)
    images[..., 1] = 90 + 12 * np.arange(count)[:, None, None]
    images[..., 2] = 70
    return images


def positions_of(pixels: np.ndarray, images: np.ndarray) -> list[tuple[int, int]]:
    """Return the first row and column of each image of `shades`, or (-1, -1)."""
    positions = []
    for color in images[:, 0, 0]:
        rows, columns = np.nonzero((pixels == color).all(axis=-1))
        positions.append((int(rows.min()), int(columns.min())) if rows.size else (-1, -1))
    return positions


@pytest.mark.slow
def test_a_grid_shows_every_image_and_marks_the_wrong_ones(tmp_path, synthetic):
    captions = [f"${label}_$" for label in synthetic.labels]  # Looks like a formula.
    image_grid(tmp_path / "plain.png", synthetic.pixels, captions, title="$all_$")
    image_grid(tmp_path / "marked.png", synthetic.pixels, captions, marked=[True] + [False] * 15)
    plain, marked = pixels_of(tmp_path / "plain.png"), pixels_of(tmp_path / "marked.png")
    assert plain.shape[1] == round(4 * MIN_TILE_WIDTH * DOTS_PER_INCH)
    assert count(plain, WRONG) == 0
    assert count(marked, WRONG) > 100


def test_a_grid_goes_row_by_row(tmp_path):
    images = shades(5)
    image_grid(tmp_path / "grid.png", images, list("abcde"), columns=2)
    found = positions_of(pixels_of(tmp_path / "grid.png"), images)
    assert found == sorted(found)
    assert len({row for row, _ in found}) == 3
    assert len({column for _, column in found}) == 2


def test_a_grid_of_one_image_has_the_width_of_one_tile(tmp_path):
    red = np.zeros((1, 20, 60, 3), np.uint8)
    red[..., 0] = 255
    image_grid(tmp_path / "one.png", red, ["x"])
    pixels = pixels_of(tmp_path / "one.png")
    assert pixels.shape[1] == round(MIN_TILE_WIDTH * DOTS_PER_INCH)
    assert count(pixels, "#ff0000") > 5000


@pytest.mark.parametrize("length", [5, 40, 150])
def test_long_captions_fit(tmp_path, length):
    image_grid(tmp_path / "long.png", np.full((2, 10, 40, 1), 255, np.uint8), ["W" * length] * 2)
    ink = (pixels_of(tmp_path / "long.png").sum(axis=-1) < 300).any(axis=0)
    assert not ink[:3].any()
    assert not ink[-3:].any()
    # There is a gap between adjacent captions.
    middle = len(ink) // 2
    assert length == 150 or not ink[middle - 2 : middle + 2].any()


def test_tall_images_stay_small(tmp_path):
    tall = np.zeros((2, 300, 30, 1), np.uint8)
    image_grid(tmp_path / "tall.png", tall, ["a", "b"])
    assert pixels_of(tmp_path / "tall.png").shape[0] < 2.5 * DOTS_PER_INCH


def test_predictions_start_with_the_least_confident_mistake(tmp_path):
    pixels = shades(4)
    images = LabelledImages(pixels, ("ab", "ba", "aa", "bb"), ("1", "2", "3", "4"))
    readings = [
        Prediction(text, confidence, (), 40, 10)
        for text, confidence in (("ab", 0.9), ("bb", 0.8), ("aa", 0.1), ("", 0.3))
    ]
    prediction_grid(tmp_path / "all.png", images, readings, columns=1)
    all_of_them = pixels_of(tmp_path / "all.png")
    positions = positions_of(all_of_them, pixels)
    assert sorted(range(4), key=positions.__getitem__) == [3, 1, 2, 0]
    first_correct = positions[2][0]
    assert count(all_of_them[: first_correct - 60], WRONG) > 500
    assert count(all_of_them[first_correct:], WRONG) == 0

    prediction_grid(tmp_path / "two.png", images, readings, limit=2, title="validation split")
    two = pixels_of(tmp_path / "two.png")
    assert [position != (-1, -1) for position in positions_of(two, pixels)] == [
        False,
        True,
        False,
        True,
    ]


def test_predictions_need_one_reading_per_image(tmp_path, synthetic):
    with pytest.raises(ValueError, match="shorter"):
        prediction_grid(tmp_path / "x.png", synthetic, read_as("a"))
    assert not (tmp_path / "x.png").exists()


def history(epochs: int, **values: float) -> list[EpochRecord]:
    facts = {"learning_rate": 1e-3, "val_cer": 0.5, "val_word_accuracy": 0.2}
    return [
        EpochRecord(
            epoch=i, seconds=i, **{**facts, "loss": 9 / i, "val_loss": 8 / i**0.5, **values}
        )
        for i in range(1, epochs + 1)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("epochs", [3, 200])
def test_learning_curves_show_each_value_in_its_panel(tmp_path, epochs):
    learning_curves(tmp_path / "curves.png", history(epochs))
    before = np.array_split(pixels_of(tmp_path / "curves.png"), 3, axis=1)
    panels = {"loss": 0, "val_loss": 0, "val_cer": 1, "val_word_accuracy": 1, "learning_rate": 2}
    for name, panel in panels.items():
        records = history(epochs)
        # Not the first or the last, because the scale and the layout would change.
        records[1] = replace(records[1], **{name: 0.9 * getattr(records[1], name)})
        learning_curves(tmp_path / "curves.png", records)
        after = np.array_split(pixels_of(tmp_path / "curves.png"), 3, axis=1)
        assert [(a != b).any() for a, b in zip(before, after, strict=True)] == [
            i == panel for i in range(3)
        ], name


def test_learning_curves_of_a_single_epoch_show_dots(tmp_path):
    learning_curves(tmp_path / "curves.png", history(1))
    losses, quality, rate = np.array_split(pixels_of(tmp_path / "curves.png"), 3, axis=1)
    assert all(count(panel, FIRST) > 15 for panel in (losses, quality, rate))
    assert all(count(panel, SECOND) > 15 for panel in (losses, quality))


@pytest.mark.slow
def test_learning_curves_mark_the_best_epoch(tmp_path):
    learning_curves(tmp_path / "plain.png", history(9))
    learning_curves(tmp_path / "best.png", history(9), best=4)
    different = (pixels_of(tmp_path / "plain.png") != pixels_of(tmp_path / "best.png")).any(axis=-1)
    # A dashed line from top to bottom in each of the panels.
    assert (different.sum(axis=0) > 100).sum() >= 3


@pytest.mark.slow
@pytest.mark.parametrize(
    "values",
    [{"val_loss": math.inf}, {"loss": 0.0, "val_loss": 0.0}, {"val_cer": 3.0}],
    ids=["infinite", "zero", "more errors than characters"],
)
@pytest.mark.filterwarnings("error")
def test_learning_curves_of_extreme_values(tmp_path, values):
    learning_curves(tmp_path / "curves.png", history(3, **values))
    assert count(pixels_of(tmp_path / "curves.png"), SECOND) > 50


@pytest.mark.slow
def test_a_confusion_matrix_shows_the_mistakes(tmp_path):
    labels = ["ab", "ba", "$b"]
    correct = EvaluationReport.from_readings(labels, labels, read_as(*labels))
    wrong = EvaluationReport.from_readings(labels, labels, read_as("ab", "bx", ""))
    confusion_matrix(tmp_path / "correct.png", correct)
    confusion_matrix(tmp_path / "wrong.png", wrong)

    def reddish(pixels: np.ndarray) -> int:
        return int((pixels[..., 0] - pixels[..., 2] > 40).sum())

    assert reddish(pixels_of(tmp_path / "correct.png")) == 0
    assert reddish(pixels_of(tmp_path / "wrong.png")) > 4 * 30**2


@pytest.mark.parametrize(("expected", "read"), [("a", "a"), ("a", "b"), ("a", ""), ("a", "ab")])
@pytest.mark.filterwarnings("error")
def test_a_confusion_matrix_of_a_single_image(tmp_path, expected, read):
    confusion_matrix(
        tmp_path / "x.png", EvaluationReport.from_readings(["1"], [expected], read_as(read))
    )
    assert count(pixels_of(tmp_path / "x.png"), INK) > 10


def test_plotting_without_matplotlib_is_a_clear_error(monkeypatch, tmp_path, synthetic):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    report = EvaluationReport.from_readings(["1"], ["a"], read_as("a"))
    for draw in (
        check_matplotlib,
        lambda: image_grid(tmp_path / "x.png", synthetic.pixels, synthetic.labels),
        lambda: prediction_grid(tmp_path / "x.png", synthetic, read_as(*synthetic.labels)),
        lambda: learning_curves(tmp_path / "x.png", history(2)),
        lambda: confusion_matrix(tmp_path / "x.png", report),
    ):
        with pytest.raises(DependencyError, match="matplotlib"):
            draw()
