import itertools

from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.inference.options import ReadingOptions
from captcha_model.inference.text_search import TextSearch

CONFIG = CaptchaConfig("abc", "multi-head", 16, 32, options={"places": 2})


def search_of(**options) -> TextSearch:
    return TextSearch(CONFIG, networks.describe(CONFIG), ReadingOptions(**options))


def test_all_of_the_options_restrict_the_texts():
    assert search_of().constraint is None
    constraint = search_of(charset="ac", length=2, pattern="[ab].").constraint
    texts = list(itertools.product((1, 2, 3), repeat=2))
    assert [text for text in texts if constraint.allows(text)] == [(1, 1), (1, 3)]


def test_what_cannot_be_read_is_a_warning():
    assert search_of(charset="ab").warnings == ()
    assert "'x'" in search_of(charset="abx").warnings[0]
    assert search_of().characters == "abc"
    assert search_of(case="upper").characters == "ABC"


def test_the_longest_text_is_the_one_that_the_steps_hold():
    config = CaptchaConfig("abc", height=16, width=64)
    architecture = networks.describe(config)
    for length, bounds in ((16, (16, 16)), ((2, 1000), (2, 16))):
        search = TextSearch(config, architecture, ReadingOptions(length=length))
        assert (search.constraint.shortest, search.constraint.longest) == bounds
