import json

import pytest

from captcha_model.data.source_options import SourceOptions
from captcha_model.data.tables.json_lines import parse_json_lines
from captcha_model.errors import DataError

OPTIONS = SourceOptions()


def test_a_line_ends_at_a_line_feed_only():
    lines = [{"file_name": "0.png", "text": "a\u2028b"}, {"file_name": "1.png", "text": "c\x0bd"}]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines[:1])
    text += "\r\n\n" + json.dumps(lines[1])
    table = parse_json_lines(text, "metadata.jsonl", OPTIONS)
    assert [(row.line, row.text) for row in table.rows] == [(1, "a\u2028b"), (3, "c\x0bd")]


def test_the_keys_can_be_named():
    options = SourceOptions(image_column="image", text_column="label")
    table = parse_json_lines('{"image": "0.png", "label": "ab", "w": 3}', "x.jsonl", options)
    assert [(row.file, row.text) for row in table.rows] == [("0.png", "ab")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"file_name": "0.png", "text": "ab", "text": "cd"}', "line 1: an object has a key twice"),
        ('{"file_name": "0.png", "text": 17}', "quotation marks"),
        ('{"file_name": "0.png", "text": "a"}\n{"file_name": "1.png"}', "line 2"),
        ('{"file_name": "0.png", "text": "a"}\n["1.png"]', "line 2"),
        ('{"image": "0.png", "words": "a"}', "Perhaps: --image-column image --text-column words"),
        ("{", "line 1"),
        ("[" * 100_000, "line 1"),
    ],
)
def test_bad_lines(text, message):
    with pytest.raises(DataError, match=message) as caught:
        parse_json_lines(text, "metadata.jsonl", OPTIONS)
    assert caught.value.code == "TABLE_INVALID"
