"""Write bitmap fonts of the X Window System as TrueType fonts whose outlines are their pixels.

    python -m scripts.outline_bitmap_fonts FOLDER OUT

Captchas of PHP's GD and displays of small devices write in bitmap fonts. Those of Debian's
`xfonts-*` packages are PCF files, which have one size each. Of fonts with the same pixels, one is
written. Needs fontTools, which comes with matplotlib.
"""

import argparse
import gzip
import io
import string
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph
from PIL import Image, PcfFontFile

from captcha_model.data.synthetic.looks.texts import CHARACTERS

_UNIT = 64  # Font units of a pixel.
_LARGEST = 20  # Rows of a letter; larger ones look like those of outlines.
_NEEDED = frozenset(string.digits + string.ascii_letters)
# What Pillow and gzip raise for damaged files.
_DAMAGED = (
    *(OSError, EOFError, SyntaxError, ValueError, KeyError, IndexError),
    *(struct.error, zlib.error),
)
_ONE_BYTE = ("10646", "unicode", "8859-1.", "8859-1-")
_OTHER = ("8859", "koi8", "cp1", "pt154", "ibm", "jisx", "tis620", "vscii")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="searched for .pcf and .pcf.gz files")
    parser.add_argument("out", type=Path, help="receives a .ttf file for each")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    seen: set[bytes] = set()
    written = left_out = 0
    for path in sorted(arguments.folder.rglob("*.pcf*")):
        try:
            font = _read(path)
        except _DAMAGED as error:
            print(f"{path.name}: {error}")
            left_out += 1
            continue
        shape = b"".join(f"{ink.size}".encode() + ink.tobytes() for *_, ink in font.values())
        if not font or shape in seen:
            left_out += 1
            continue
        seen.add(shape)
        _write(font, path.name.split(".")[0], arguments.out)
        written += 1
    print(f"{written} fonts written, {left_out} files left out")


BitmapGlyph = tuple[int, int, int, Image.Image]
"""Its advance, the rows of its bitmap above the baseline, the left edge of that, and it itself."""


def _read(path: Path) -> dict[str, BitmapGlyph]:
    """Return the glyphs of a PCF file by character; none if it lacks letters or is large."""
    name = path.name.lower()
    if any(code in name for code in _OTHER) and not any(code in name for code in _ONE_BYTE):
        return {}
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    font = PcfFontFile.PcfFontFile(io.BytesIO(data))
    glyphs: dict[str, BitmapGlyph] = {}
    for character in CHARACTERS:
        entry = font.glyph[ord(character)]
        if entry is None:
            continue
        (advance, _), (left, top, *_), _, ink = entry
        glyphs[character] = (int(advance), -int(top), int(left), ink.convert("L"))
    if not glyphs.keys() >= _NEEDED:
        return {}
    return glyphs if max(ink.height for *_, ink in glyphs.values()) <= _LARGEST else {}


def _write(glyphs: Mapping[str, BitmapGlyph], name: str, out: Path) -> None:
    ascent = max(top for _, top, _, _ in glyphs.values())
    descent = max(ink.height - top for _, top, _, ink in glyphs.values())
    side = (ascent + descent) * _UNIT
    order = [".notdef", *(f"u{ord(c):04X}" for c in glyphs)]
    outlines = {".notdef": _outline(0, 0, Image.new("L", (1, 1)))}
    metrics = {".notdef": (side // 2, 0)}
    for character, (advance, top, left, ink) in glyphs.items():
        glyph = f"u{ord(character):04X}"
        outlines[glyph] = _outline(left, top, ink)
        # Where the outline begins, or FreeType would move it there.
        blank = (ink.getbbox() or (0,))[0]
        metrics[glyph] = (advance * _UNIT, (left + blank) * _UNIT)
    builder = FontBuilder(side, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({ord(c): f"u{ord(c):04X}" for c in glyphs})
    builder.setupGlyf(outlines)
    builder.setupHorizontalMetrics(metrics)
    builder.setupHorizontalHeader(ascent=ascent * _UNIT, descent=-descent * _UNIT)
    builder.setupNameTable({"familyName": f"Pixels of {name}", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=ascent * _UNIT, sTypoDescender=-descent * _UNIT)
    builder.setupPost()
    builder.save(out / f"pixels-{name}.ttf")


def _outline(left: int, top: int, ink: Image.Image) -> Glyph:
    """Return one rectangle for each run of pixels in a row."""
    pen = TTGlyphPen(None)
    for row, pixels in enumerate(np.asarray(ink) > 0):
        edges = np.flatnonzero(np.diff(np.concatenate(([False], pixels, [False]))))
        for begin, end in edges.reshape(-1, 2).tolist():
            x, right, y = ((left + begin) * _UNIT, (left + end) * _UNIT, (top - row) * _UNIT)
            pen.moveTo((x, y))
            for corner in ((right, y), (right, y - _UNIT), (x, y - _UNIT)):
                pen.lineTo(corner)
            pen.closePath()
    return pen.glyph()


if __name__ == "__main__":
    main()
