import pytest

from captcha_model._utils import processor

ZEN = (
    "processor\t: 0\nvendor_id\t: AuthenticAMD\n"
    "flags\t\t: fpu sse avx512_bf16 avx512_vnni\nbugs\t\t: spectre\n"
)
OLD = "processor\t: 0\nmodel name\t: avx512_vnni avx512_bf16\nflags\t\t: fpu sse avx2\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd bf16 asimddp\n"


@pytest.mark.parametrize(
    ("facts", "bfloat16", "eight_bit"),
    [
        (ZEN, True, True),
        (ZEN.replace("AuthenticAMD", "GenuineIntel"), False, True),
        (ZEN.replace("AuthenticAMD", "GenuineIntel").replace("sse", "sse amx_bf16"), True, True),
        (OLD, False, False),
        (OLD + ZEN, False, False),
        (OLD.replace("avx2", "avx2 avx_vnni"), False, True),
        (OLD.replace("avx2", "amx_bf16"), True, False),
        (OLD.replace("avx2", "amx_int8"), False, True),
        (ARM, False, False),
        ("", False, False),
        (None, False, False),
    ],
)
def test_what_is_said_of_the_first_core_counts(facts, bfloat16, eight_bit, tmp_path, monkeypatch):
    path = tmp_path / "cpuinfo"
    if facts is not None:
        path.write_text(facts)
    monkeypatch.setattr(processor, "_FACTS", path)
    assert processor.multiplies_bfloat16() is bfloat16
    assert processor.multiplies_8_bit() is eight_bit
