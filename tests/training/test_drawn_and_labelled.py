from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.data.samples import Indices, LabelledImages
from captcha_model.errors import ConfigError
from captcha_model.training.drawn_and_labelled import DrawnAndLabelled, check_drawn
from captcha_model.training.run_config.run import Run


def images_of(*labels: str, width: int = 3) -> LabelledImages:
    pixels = np.stack([np.full((2, width, 1), ord(label[0]), np.uint8) for label in labels])
    return LabelledImages(pixels, labels, tuple(f"{label}.png" for label in labels))


@dataclass(frozen=True)
class Drawn:
    """Endless images whose labels are their indices."""

    width: int = 3
    label_lengths = (2, 5)

    def __len__(self) -> int:
        return 10

    def select(self, indices: Indices) -> LabelledImages:
        return images_of(*(f"{int(index)} drawn" for index in indices), width=self.width)


def test_a_share_of_the_images_are_labelled_ones():
    images = DrawnAndLabelled(Drawn(), images_of("a", "b", "cccccccc"), 0.25, seed=4)
    assert len(images) == 10
    assert images.label_lengths == (1, 8)
    # Without end: as long as 4.8 epochs.
    chosen = images.select(range(48))
    own = [label for label in chosen.labels if not label.endswith("drawn")]
    assert chosen.labels[3] in own
    assert Counter(own) == {"a": 4, "b": 4, "cccccccc": 4}
    # Every labelled image once before any comes again.
    assert all(len(set(own[i : i + 3])) == 3 for i in range(0, 12, 3))
    assert own[:3] * 4 != own
    for place, (pixels, label, name) in enumerate(
        zip(chosen.pixels, chosen.labels, chosen.names, strict=True)
    ):
        assert (pixels == ord(label[0])).all()
        assert name == f"{label}.png"
        if place % 4 < 3:
            assert label == f"{place} drawn"


def test_an_image_depends_on_its_index_and_the_seed_alone():
    images = DrawnAndLabelled(Drawn(), images_of("a", "b", "c"), 0.4, seed=4)
    whole = images.select(range(60)).labels
    assert tuple(images.select([n]).labels[0] for n in range(60)) == whole
    assert images.select([7, 1, 30]).labels == (whole[7], whole[1], whole[30])
    other = DrawnAndLabelled(Drawn(), images.labelled, 0.4, seed=5)
    assert other.select(range(60)).labels != whole


def test_images_of_other_widths_are_not_joined():
    images = DrawnAndLabelled(Drawn(width=5), images_of("a"), 0.5, seed=0)
    assert [image.shape[1] for image in images.select(range(4)).pixels] == [5, 3, 5, 3]


@given(st.floats(0.01, 0.99), st.integers(1, 200))
def test_the_share_holds_from_the_beginning(share, count):
    images = DrawnAndLabelled(Drawn(), images_of("a"), share, seed=0)
    labels = images.select(range(count)).labels
    assert abs(labels.count("a") - floor(count * Fraction(share))) <= 1


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"synthetic": 100}, "synthetic 100 with 'synthetic:any'"),
        ({"synthetic": 5, "labelled": "mine"}, "synthetic 5 with"),
        ({"stream": True, "validation_fraction": 0.2}, "stream True, validation_fraction 0.2 with"),
        ({"case": "lower"}, "case 'lower' with"),
    ],
)
def test_what_is_for_other_sources_is_refused_where_images_are_drawn(data, named):
    run = Run.from_mappings({"recipe": "general", "data": data})
    with pytest.raises(ConfigError, match=f"Received: {named}"):
        check_drawn(run)


def test_labelled_images_among_drawn_ones_may_be_streamed_and_split_at_random():
    check_drawn(Run.from_mappings({"recipe": "general"}))
    data = {"labelled": "mine", "stream": True, "validation_fraction": 0.2}
    check_drawn(Run.from_mappings({"recipe": "general", "data": data}))
