import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.errors import DataError


@settings(max_examples=25, deadline=None)
@given(
    st.text("2345678bcdefgmnpwxyABC", min_size=1, max_size=8).map(
        lambda s: "".join(dict.fromkeys(s))
    ),
    st.tuples(st.integers(1, 20), st.integers(1, 20)).map(lambda p: tuple(sorted(p))),
    st.integers(0, 2**40),
    st.integers(0, 10**6),
)
def test_any_vocabulary_length_and_seed(characters, lengths, seed, index):
    synthesizer = Synthesizer(characters, lengths, seed)
    captcha = synthesizer.draw(index)
    assert (captcha.image.size, captcha.image.mode) == ((200, 50), "L")
    assert lengths[0] <= len(captcha.text) <= lengths[1]
    assert set(captcha.text) <= set(characters)
    assert captcha.text == synthesizer.text(index)


def test_the_seed_determines_the_image():
    first, again, other = (Synthesizer("abcdefgh", seed=s).draw(3) for s in (1, 1, 2))
    assert first.text == again.text
    assert np.array_equal(first.image, again.image)
    assert not np.array_equal(first.image, other.image)
    assert not np.array_equal(first.image, Synthesizer("abcdefgh", seed=1).draw(4).image)


def test_images_have_dark_ink_on_a_light_gradient():
    pixels = np.asarray(Synthesizer("mw", (5, 5), 1).draw(0).image).astype(int)
    assert pixels[:, :15].mean() == pytest.approx(195, abs=4)
    assert pixels[:, 190:].mean() > pixels[:, :15].mean() + 40
    assert 0.05 < (pixels < 80).mean() < 0.4


def test_characters_that_the_built_in_font_lacks():
    assert set(Synthesizer("äöüЖ", (3, 3)).draw(0).text) <= set("äöüЖ")


@pytest.mark.parametrize("lengths", [(0, 1), (2, 1), (1, 21)])
def test_lengths_out_of_bounds(lengths):
    with pytest.raises(DataError, match="Lengths"):
        Synthesizer("abc", lengths)


def test_missing_glyphs_and_invalid_fonts(tmp_path):
    with pytest.raises(DataError, match="no glyph"):
        Synthesizer("a\U00012000")
    (tmp_path / "font.ttf").write_text("no font")
    with pytest.raises(DataError, match=r"font\.ttf"):
        Synthesizer("a", font=tmp_path / "font.ttf")
    with pytest.raises(DataError, match="seed"):
        Synthesizer("a", seed=-1)
