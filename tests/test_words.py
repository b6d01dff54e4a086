"""The project's terms are the field's: none of the words that they replaced comes back."""

import re
import subprocess

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

REPLACED = [
    *(r"\bDesk\b", r"\bdesk\b", r"\bLane\b", r"\blane\b", r"\bJudge\b", r"\bjudg(e|es|ed|ing)\b"),
    *(r"\bTrust\b", r"\bEvidence\b", r"\bPacer\b", r"\bKeeper\b", r"\bOutput\b(?=[,(\]])"),
    *(r"\brefusals?\b", r"\bRefusal\b", "UNFAMILIAR", r"\bother_length\b", r"\baid\b", r"\bAid\b"),
    *(r"\bstrikes\b", r'"boxes"', r"\bboxes:", r"[Ff]amiliar", r"\b[Ss]trangers?\b"),
    *("log_mass", "--option\\b", "--plateau", "--each\\b", "--files\\b", "--record\\b"),
    *("--keep best", "--keep-familiarity", "MODEL_NOT_OURS", "LABELS_CONTRADICT"),
    *("PARTS_SHARE_IMAGES", "PART_EMPTY", "LABEL_UNENCODABLE", "CHECKPOINT_FOREIGN"),
    *("FOLDER_IN_USE", "TIME_LIMIT", "WEIGHTS_DO_NOT_FIT", "under way"),
]
# The key of the novelty detector in saved settings of format 3, which are still read.
SAVED_KEY = re.compile(r'"familiarity"|"calibration\.familiarity\.')
MAY_HOLD_THE_KEY = ("captcha_model/config.py", "tests/", "docs/model-folder.md")
TEXT = (".py", ".md", ".toml", ".yaml", ".yml", ".ipynb", ".jinja", ".css", ".sh", ".txt")


def test_none_of_the_replaced_words_is_left():
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    pattern = re.compile("|".join(REPLACED))
    found = []
    for name in files:
        path = ROOT / name
        if not name.endswith(TEXT) or name == "tests/test_words.py" or not path.exists():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if name.startswith(MAY_HOLD_THE_KEY):
                line = SAVED_KEY.sub("", line)
            if match := pattern.search(line):
                found.append(f"{name}:{number}: {match[0]}")
    assert found == []
