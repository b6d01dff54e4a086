#!/usr/bin/env bash
# easy-captcha-python gives the same pixels to "a" and "A" in four of its ten fonts.
#
# Version: easy-captcha-python 1.0.0 (PyPI), Pillow 12.3, Python 3.11, Linux. Seen on 2026-12-01.
#
# Its texts have small letters and capitals, but fonts 0, 2, 4 and 9 have one form for both of all
# letters, or of all but one. The text that it returns tells them apart, the picture does not: a
# reader that is right about every letter gets a few of 100 such texts right if case counts, and a
# network that is trained on them learns to guess.
#
# A way round it: compare texts without their case, or convert the labels of these fonts to capitals.
#
# Output seen, letters of 26 whose two forms are drawn alike:
#   font 0: 26, font 1: 0, font 2: 25, font 3: 0, font 4: 25, font 5: 0, font 6: 0, font 7: 0,
#   font 8: 0, font 9: 25
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check "easy-captcha-python==1.0.0" "pillow==12.3.0"
cat > forms.py <<'PYTHON'
import string

from easy_captcha.captcha.spec_captcha import SpecCaptcha

alike = []
for font in range(10):
    captcha = SpecCaptcha()
    captcha.set_font(font)
    drawn = captcha.get_font()
    same = sum(
        bytes(drawn.getmask(letter)) == bytes(drawn.getmask(letter.upper()))
        for letter in string.ascii_lowercase
    )
    alike.append(same)
print(", ".join(f"font {n}: {same}" for n, same in enumerate(alike)))
assert [n for n, same in enumerate(alike) if same >= 25] == [0, 2, 4, 9], alike
assert [n for n, same in enumerate(alike) if same == 0] == [1, 3, 5, 6, 7, 8], alike
PYTHON
env/bin/python forms.py
