import io
import stat
import struct
import zipfile
import zlib

import pytest
from PIL import Image

from captcha_model.data import files, zips
from captcha_model.data.sources import find_samples
from captcha_model.errors import DataError, DataWarning


class Unmarked(zipfile.ZipInfo):
    """An entry whose name is written as bytes, without the flag for UTF-8."""

    raw = b""

    def _encodeFilenameFlags(self):  # noqa: N802
        return self.raw, self.flag_bits & ~0x800


def unmarked(raw: bytes, extra: bytes = b"") -> zipfile.ZipInfo:
    info = Unmarked("unused.png")
    info.raw, info.extra = raw, extra
    return info


@pytest.fixture(scope="session")
def image() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (20, 10)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def packed(tmp_path, image):
    """Write a zip of the image under some names, and return what is found in it."""

    def found(*names: str | zipfile.ZipInfo) -> dict[str, str]:
        path = tmp_path / "set.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, image)
        samples = find_samples(path)
        assert all(sample.read() == image for sample in samples)
        return {sample.name: sample.label for sample in samples}

    return found


def test_backslashes_are_folders(packed):
    assert packed(r"set\ab.png", "set/cd.png") == {"ab.png": "ab", "cd.png": "cd"}


def test_names_in_utf8_need_no_flag(packed):
    raw = "set/éß.png".encode()
    assert packed(unmarked(raw), unmarked(b"set/ab.png")) == {"ab.png": "ab", "éß.png": "éß"}


def test_a_name_in_an_extra_field_counts_if_it_belongs_to_the_name(packed):
    raw = b"\x82.png"  # é in code page 437.
    name = "é.png".encode()
    value = b"\x01" + zlib.crc32(raw).to_bytes(4, "little") + name
    extra = struct.pack("<HH", 0x7075, len(value)) + value
    assert packed(unmarked(raw, b"\x01\x00\x00\x00" + extra)) == {"é.png": "é"}
    with pytest.raises(DataError):
        packed(unmarked(b"\x83.png", extra))


def test_names_in_an_unknown_encoding_are_refused(packed):
    with pytest.raises(DataError, match=r"1 names in set.zip .*UTF-8") as caught:
        packed("ab.png", unmarked("あ.png".encode("cp932")))
    assert caught.value.code == "NAME_ENCODING"
    assert packed("ab.png", unmarked("あ.txt".encode("cp932"))) == {"ab.png": "ab"}


def test_hidden_and_system_folders_are_left_out_and_named(packed):
    names = ["s/ab.png", "s/.git/cd.png", "s/__MACOSX/._ab.png", "__MACOSX/s/x.png", "s/._b.png"]
    message = r"3 files in hidden folders \(s/.git/cd.png, .*; 1 hidden image \(s/._b.png\)"
    with pytest.warns(DataWarning, match=message):
        assert packed(*names) == {"ab.png": "ab"}


def test_links_and_pipes_are_left_out_and_named(packed):
    link, pipe = zipfile.ZipInfo("link.png"), zipfile.ZipInfo("pipe.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    pipe.external_attr = (stat.S_IFIFO | 0o666) << 16
    with pytest.warns(DataWarning, match=r"neither .*pipe.png\); 1 symbolic link .*link.png\)"):
        assert packed("ab.png", link, pipe) == {"ab.png": "ab"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_that_a_later_one_replaces_is_named(packed):
    with pytest.warns(DataWarning, match=r"1 entry that a later one replaces \(ab.png\)"):
        assert packed("ab.png", "ab.png") == {"ab.png": "ab"}


def test_a_table_in_a_zip_is_read_whole_or_refused(tmp_path, image, monkeypatch):
    monkeypatch.setattr(files, "MAX_IMAGE_BYTES", 50)
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.png", image)
        archive.writestr("metadata.csv", "file_name,text\n" + "a.png,ab\n" * 20 + "b.png,cd\n")
        archive.writestr("b.png", image)
    listed = zips.list_zip(path)
    assert len(listed["a.png"]()) == 51  # One above the limit, which the decoder rejects.
    with pytest.warns(DataWarning, match="19 rows of metadata.csv repeat"):
        assert len(find_samples(path)) == 2
    monkeypatch.setattr(files, "MAX_TABLE_BYTES", 100)
    with pytest.raises(DataError, match=r"metadata.csv has more than 100 bytes"):
        find_samples(path)


def damage_of(path, data: bytes) -> DataError:
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        find_samples(path)
    return caught.value


def test_a_zip_that_is_cut_off_or_has_a_damaged_directory_is_named(packed, tmp_path):
    packed("ab.png", "cd.png")
    whole, path = (tmp_path / "set.zip").read_bytes(), tmp_path / "bad.zip"
    cut = damage_of(path, whole[:-40])
    directory = damage_of(path, whole.replace(b"PK\x01\x02", b"PK\x01\x03", 1))
    assert cut.code == directory.code == "SOURCE_DAMAGED"
    assert "bad.zip is damaged or incomplete" in str(cut)


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
def test_damaged_entries_are_unreadable(tmp_path, method):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("metadata.csv", "file_name,text\n" + "a.png,ab\n" * 200)
    data = bytearray(path.read_bytes())
    start = 30 + len("metadata.csv")
    data[start + 12 : start + 30] = b"\xff" * 18
    assert damage_of(path, bytes(data)).code == "TABLE_INVALID"


def test_entries_of_a_zip_without_its_beginning_are_unreadable(packed, tmp_path):
    packed("ab.png", "cd.png")
    path = tmp_path / "cut.zip"
    path.write_bytes((tmp_path / "set.zip").read_bytes()[60:])
    with pytest.raises(OSError, match="cannot be unpacked"):
        find_samples(path)[0].read()
