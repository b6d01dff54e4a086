"""Which characters a font file has, from its `cmap` and `OS/2` tables.

Pillow draws a box for a character that a font lacks, and does not say so.
"""

import struct
from collections.abc import Iterable, Iterator

_SYMBOLS = 1 << 31  # The code page of fonts whose letters are Greek, arrows or pictures.
_UNICODE_TABLES = ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3), (0, 2), (0, 1), (0, 0))


def mapped_characters(font: bytes, characters: Iterable[str]) -> frozenset[str]:
    """Return those characters that a font maps to a glyph.

    Args:
        font: the bytes of a TrueType or OpenType file.
        characters: the characters to look for.

    Returns:
        The characters found; none if the file has no Unicode table of format 4 or 12, is damaged,
        or says that it has symbols in the places of characters.
    """
    wanted = {ord(character): character for character in characters}
    try:
        table = b"" if _has_symbols_alone(font) else _unicode_table(font)
        found = {wanted[code] for code in _mapped_codes(table, list(wanted))}
    except (struct.error, IndexError):
        return frozenset()
    return frozenset(found)


def _has_symbols_alone(font: bytes) -> bool:
    offset = _offset(font, b"OS/2")
    # Version 0 says nothing of code pages.
    if offset is None or not struct.unpack_from(">H", font, offset)[0]:
        return False
    pages: tuple[int, int] = struct.unpack_from(">LL", font, offset + 78)
    return pages == (_SYMBOLS, 0)


def _offset(font: bytes, table: bytes) -> int | None:
    """Return where a table begins."""
    (count,) = struct.unpack_from(">H", font, 4)
    for i in range(count):
        tag, _, offset, _ = struct.unpack_from(">4sLLL", font, 12 + 16 * i)
        if tag == table:
            return int(offset)
    return None


def _unicode_table(font: bytes) -> bytes:
    """Return the best Unicode subtable from its start, or no bytes."""
    offset = _offset(font, b"cmap")
    if offset is None:
        return b""
    (count,) = struct.unpack_from(">H", font, offset + 2)
    places = {}
    for i in range(count):
        platform, encoding, place = struct.unpack_from(">HHL", font, offset + 4 + 8 * i)
        places[platform, encoding] = offset + place
    for key in _UNICODE_TABLES:
        if key in places:
            return font[places[key] :]
    return b""


def _mapped_codes(table: bytes, codes: list[int]) -> Iterator[int]:
    kind = struct.unpack_from(">H", table)[0] if table else None
    if kind == 4:
        yield from _mapped_in_format_4(table, codes)
    elif kind == 12:
        (count,) = struct.unpack_from(">L", table, 12)
        for i in range(count):
            start, end, glyph = struct.unpack_from(">LLL", table, 16 + 12 * i)
            yield from (c for c in codes if start <= c <= end and glyph + c - start)


def _mapped_in_format_4(table: bytes, codes: list[int]) -> Iterator[int]:
    """Yield the codes with a glyph of a table of segments, whose glyphs are shifts or a list."""
    count = struct.unpack_from(">H", table, 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", table, 14)
    starts = struct.unpack_from(f">{count}H", table, 16 + 2 * count)
    shifts = struct.unpack_from(f">{count}H", table, 16 + 4 * count)
    place = 16 + 6 * count
    offsets = struct.unpack_from(f">{count}H", table, place)
    for code in codes:
        i = next((i for i, end in enumerate(ends) if end >= code), count)
        if i == count or starts[i] > code:
            continue
        if offsets[i] == 0:
            glyph = (code + shifts[i]) % 0x10000
        else:
            # The offset counts from where it stands itself.
            at = place + 2 * i + offsets[i] + 2 * (code - starts[i])
            (glyph,) = struct.unpack_from(">H", table, at)
        if glyph:
            yield code
