import numpy as np
import pytest

from captcha_model.errors import DependencyError
from captcha_model.plots import reliability_diagram
from captcha_model.plots.canvas import FIRST, SECOND, WRONG
from tests.plots.test_plots import count, pixels_of


def calibrated(random: np.random.Generator, images: int) -> tuple[np.ndarray, np.ndarray]:
    confidences = random.beta(8, 1, images)
    return confidences, random.random(images) < confidences


def panels(path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Split a plot into the diagram, the histogram and the risk-coverage curve."""
    pixels = pixels_of(path)
    rows, columns = pixels.shape[:2]
    left, right = np.split(pixels, [columns // 2], axis=1)
    above, below = np.split(left, [round(0.69 * rows)])
    return above, below, right


def test_each_panel_has_its_content(tmp_path):
    reliability_diagram(tmp_path / "x.png", *calibrated(np.random.default_rng(0), 400))
    diagram, histogram, risk = panels(tmp_path / "x.png")
    assert count(diagram, FIRST) > 200
    assert count(histogram, WRONG) > 500
    assert count(risk, FIRST) > 200
    assert count(risk, SECOND) > 30
    assert count(diagram, WRONG) == count(risk, WRONG) == 0


@pytest.mark.slow
def test_nothing_is_red_if_no_reading_is_wrong(tmp_path):
    confidences, _ = calibrated(np.random.default_rng(1), 100)
    reliability_diagram(tmp_path / "x.png", confidences, np.ones(100, bool))
    reliability_diagram(tmp_path / "y.png", confidences, np.arange(100) > 0)
    none, one = (panels(tmp_path / name)[1] for name in ("x.png", "y.png"))
    # The legend has the colour in both.
    assert 0 < count(none, WRONG) < count(one, WRONG)


def test_unreachable_operating_points_are_not_marked(tmp_path):
    confidences, _ = calibrated(np.random.default_rng(2), 100)
    reliability_diagram(tmp_path / "x.png", confidences, np.zeros(100, bool))
    assert count(pixels_of(tmp_path / "x.png"), SECOND) == 0


@pytest.mark.parametrize(
    ("confidences", "right"),
    [
        ([0.7], [True]),
        ([1.0], [False]),
        ([0.0, 0.0], [False, True]),
        ([0.5] * 9, [True] * 8 + [False]),
        ([0.99, 0.98, 0.7, 0.7, 0.1], [True, True, True, False, False]),
        (np.linspace(0, 1, 5000), np.arange(5000) % 7 > 0),
    ],
    ids=["one", "one that is wrong", "no confidence", "ties", "few", "many"],
)
@pytest.mark.filterwarnings("error")
def test_edge_cases_are_plotted(tmp_path, confidences, right):
    reliability_diagram(tmp_path / "x.png", confidences, right)
    assert count(pixels_of(tmp_path / "x.png"), FIRST) > 15


def test_without_matplotlib_or_readings_nothing_is_written(tmp_path, monkeypatch):
    with pytest.raises(ValueError):
        reliability_diagram(tmp_path / "x.png", [], [])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DependencyError, match="matplotlib"):
        reliability_diagram(tmp_path / "x.png", [0.5], [True])
    assert not (tmp_path / "x.png").exists()
