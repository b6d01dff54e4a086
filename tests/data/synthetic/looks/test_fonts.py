import shutil
from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from captcha_model.data.synthetic.looks import fonts
from captcha_model.data.synthetic.looks.cmap import mapped_characters
from captcha_model.data.synthetic.looks.fonts import Font, FontBook
from captcha_model.data.synthetic.looks.texts import CHARACTERS, SHOWN
from captcha_model.errors import DataError

DIGITS = "0123456789"
MEMBER = next(font.path for font in FontBook().builtin if font.path is not None)


def square(side: int):
    pen = TTGlyphPen(None)
    if side:
        pen.moveTo((0, 0))
        for point in ((0, side), (side, side), (side, 0)):
            pen.lineTo(point)
        pen.closePath()
    return pen.glyph()


def write_font(path: Path, sides: dict[str, int], **os2: int) -> Path:
    """Write a font whose characters are squares of a side; 0 is a glyph without ink."""
    names = {c: f"g{ord(c)}" for c in sides}
    builder = FontBuilder(1000)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap({ord(c): name for c, name in names.items()})
    builder.setupGlyf({".notdef": square(500), **{names[c]: square(s) for c, s in sides.items()}})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", *names.values()), (700, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    builder.setupOS2(**os2)
    builder.setupPost()
    builder.save(path)
    return path


def test_a_character_needs_a_mapping_and_ink(tmp_path):
    path = write_font(tmp_path / "a.ttf", {"1": 300, "2": 400, "3": 0, "x": 350})
    assert mapped_characters(path.read_bytes(), CHARACTERS) == set("123x")
    assert Font(path).characters == set("12x")


def test_a_small_letter_that_looks_like_the_capital_is_left_out(tmp_path):
    path = write_font(tmp_path / "a.ttf", {"a": 300, "A": 300, "b": 300, "B": 500})
    assert Font(path).characters == set("AbB")


def test_built_in_fonts_have_all_characters():
    assert set(SHOWN) in [font.characters for font in FontBook().fonts]


def test_the_map_agrees_with_fonttools():
    from fontTools.ttLib import TTFont

    paths = [font.path for font in FontBook().builtin if font.path is not None]
    assert paths
    wanted = [chr(code) for code in range(32, 0x3000)]
    for path in paths[:3]:
        known = TTFont(path).getBestCmap()
        assert mapped_characters(path.read_bytes(), wanted) == {
            c for c in wanted if ord(c) in known
        }


@pytest.mark.parametrize("length", [0, 3, 40, 200])
def test_a_damaged_font_maps_nothing(tmp_path, length):
    path = write_font(tmp_path / "a.ttf", {"1": 300})
    assert mapped_characters(path.read_bytes()[:length], CHARACTERS) == set()


@pytest.mark.parametrize(
    ("pages", "more", "found"),
    [(1 << 31, 0, ""), (1 << 31 | 1, 0, "1"), (1 << 31, 1, "1"), (0, 0, "1")],
)
def test_a_font_of_symbols_maps_no_characters(tmp_path, pages, more, found):
    named = {"ulCodePageRange1": pages, "ulCodePageRange2": more}
    path = write_font(tmp_path / "a.ttf", {"1": 300}, version=1, **named)
    assert mapped_characters(path.read_bytes(), CHARACTERS) == set(found)


def test_a_font_that_tells_no_code_pages_is_taken(tmp_path):
    path = write_font(tmp_path / "a.ttf", {"1": 300}, version=0)
    assert mapped_characters(path.read_bytes(), CHARACTERS) == {"1"}


def test_a_folder_of_fonts(tmp_path):
    write_font(tmp_path / "digits.ttf", dict(zip(DIGITS, range(200, 700, 50), strict=True)))
    write_font(tmp_path / "letters.ttf", {"a": 300, "b": 400})
    (tmp_path / "broken.otf").write_bytes(b"no font")
    (tmp_path / "readme.txt").write_text("no font either")
    # These digits are squares, which nobody can read.
    with pytest.raises(DataError, match="a person can read"):
        FontBook(tmp_path)
    shutil.copy(MEMBER, tmp_path / "readable.ttf")
    book = FontBook(tmp_path)
    assert [font.path for font in book.fonts] == [tmp_path / "readable.ttf"]
    random = np.random.default_rng(1)
    assert book.choose("12a", random) is book.fonts[0]
    book.fonts[0].characters = frozenset(DIGITS)
    assert book.choose("12a", random) in book.builtin


def test_subfolders_are_searched(tmp_path):
    (tmp_path / "sub").mkdir()
    shutil.copy(MEMBER, tmp_path / "sub" / "FONT.TTF")
    assert len(FontBook(tmp_path).fonts) == 1


def test_folders_without_fonts(tmp_path):
    with pytest.raises(DataError, match=r"no \.ttf or \.otf file"):
        FontBook(tmp_path)
    with pytest.raises(DataError, match="not a folder"):
        FontBook(tmp_path / "missing")
    (tmp_path / "a.ttf").write_bytes(b"no font")
    with pytest.raises(DataError, match=r"a\.ttf is not a font"):
        Font(tmp_path / "a.ttf")


def test_ordinary_fonts_come_up_as_often_as_asked_for(monkeypatch):
    monkeypatch.setattr(fonts, "_ORDINARY", 0.85)
    book = FontBook()
    ordinary = [font for font in book.fonts if font.legibility >= 0.85]
    assert 0 < len(ordinary) < len(book.fonts)
    random = np.random.default_rng(1)
    assert all(book.choose("ab1", random, ordinary=1.0) in ordinary for _ in range(50))
    others = [book.choose("ab1", random, ordinary=0.0) not in ordinary for _ in range(300)]
    assert any(others)
