#!/usr/bin/env bash
# Two different texts can be one and the same line of a right-to-left script, so no reader can tell
# which of them a label means.
#
# Version: python-bidi 0.6.12 (an implementation of the Unicode Bidirectional Algorithm, UAX 9),
# Python 3.11, Linux. Seen on 2026-11-28.
#
# OCR tools train right-to-left scripts in the picture's order and turn the reading back into the order
# in which it is typed, with this algorithm or by reversing runs. The algorithm has no inverse: in a
# right-to-left paragraph a number after Latin letters and one before them give the same line, since
# both runs go from left to right and stand next to each other. Of all texts of three to five
# characters over two Hebrew letters, "a", "1" and "-", 84 lines belong to two or more texts each.
# A data set whose plates or serial numbers mix such scripts with Latin letters and digits therefore
# has labels that the picture cannot decide.
#
# Output seen:
#   alef, 1, -, a and alef, a, -, 1 are both shown as: a - 1 alef
#   3790 lines, 84 of them of several texts
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet python-bidi==0.6.12
"$folder/env/bin/python" - <<'PYTHON'
import itertools

from bidi import get_display

ALEF, BET = "\u05d0", "\u05d1"


def shown(text: str) -> str:
    return get_display(text, base_dir="R")


first, second = f"{ALEF}1-a", f"{ALEF}a-1"
names = [character if character != ALEF else "alef" for character in shown(first)]
print("alef, 1, -, a and alef, a, -, 1 are both shown as:", *names)
assert first != second
assert shown(first) == shown(second) == f"a-1{ALEF}"
lines: dict[str, set[str]] = {}
for length in (3, 4, 5):
    for characters in itertools.product(ALEF + BET + "a1-", repeat=length):
        lines.setdefault(shown("".join(characters)), set()).add("".join(characters))
several = sum(len(texts) > 1 for texts in lines.values())
print(len(lines), "lines,", several, "of them of several texts")
assert several == 84
PYTHON
