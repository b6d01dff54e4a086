"""Bitmap fonts as TrueType fonts: what is drawn at their own size is their pixels."""

import gzip

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from scripts.outline_bitmap_fonts import _write, main


@pytest.fixture
def pixels():
    random = np.random.default_rng(5)
    shapes = {c: random.random((9, 5)) < 0.5 for c in "ab7+"}
    shapes["7"][:, :2] = False  # With blank columns, as of a narrow letter in a wide cell.
    return shapes


def test_letters_at_their_own_size_are_their_pixels(tmp_path, pixels):
    glyphs = {
        character: (6, 7, 0, Image.fromarray(np.where(shape, np.uint8(255), np.uint8(0))))
        for character, shape in pixels.items()
    }
    _write(glyphs, "five", tmp_path)
    font = ImageFont.truetype(tmp_path / "pixels-five.ttf", 9)
    assert font.getname() == ("Pixels of five", "Regular")
    assert font.getmetrics() == (7, 2)
    for character, shape in pixels.items():
        assert font.getlength(character) == 6
        drawn = Image.new("L", (6, 9))
        ImageDraw.Draw(drawn).text((0, 0), character, 255, font)
        assert (np.asarray(drawn)[:, :5] == np.where(shape, 255, 0)).all()


def test_damaged_files_are_named_and_left_out(tmp_path, monkeypatch, capsys):
    (tmp_path / "none.pcf").write_bytes(b"no font")
    (tmp_path / "short.pcf").write_bytes(b"\x01fcp\x00")
    (tmp_path / "short.pcf.gz").write_bytes(gzip.compress(b"\x01fcp")[:-9])
    monkeypatch.setattr("sys.argv", ["outline", str(tmp_path), str(tmp_path / "out")])
    main()
    said = capsys.readouterr().out
    assert "none.pcf: " in said and "short.pcf: " in said and "short.pcf.gz: " in said
    assert said.endswith("0 fonts written, 3 files left out\n")
