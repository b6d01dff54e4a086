import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.serving.settings import FRAMED_BY, SettingError, Settings

PUBLIC = "0.0.0.0"


def settings(host: str = PUBLIC, **variables: str) -> Settings:
    return Settings.from_environment(variables, host)


def test_nothing_set():
    public = settings()
    assert (public.login, public.proxies, public.framed_by) == (None, (), FRAMED_BY)
    assert (public.waiting, public.together, public.log) == (64, 8, True)
    assert str(public.rate) == "300 per 1 minute"
    assert settings(CAPTCHA_AUTH=" ", CAPTCHA_RATE_LIMIT="") == public


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_on_this_machine_alone_there_is_no_limit_unless_one_is_set(host):
    assert settings(host).rate is None
    assert str(settings(host, CAPTCHA_RATE_LIMIT="5/second").rate) == "5 per 1 second"


def test_everything_set():
    found = settings(
        CAPTCHA_AUTH="ann:a:b ",
        CAPTCHA_RATE_LIMIT="off",
        CAPTCHA_TRUSTED_PROXIES="10.0.0.0/8, ::1",
        CAPTCHA_FRAME_ANCESTORS="'self' https://example.org",
        CAPTCHA_QUEUE_SIZE="3",
        CAPTCHA_BATCH_SIZE="1",
        CAPTCHA_LOG="Off",
    )
    assert found.login == ("ann", "a:b")
    assert found.rate is None
    assert found.proxies == ("10.0.0.0/8", "::1")
    assert found.framed_by == "'self' https://example.org"
    assert (found.waiting, found.together, found.log) == (3, 1, False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CAPTCHA_AUTH", "secret"),
        ("CAPTCHA_AUTH", ":secret"),
        ("CAPTCHA_AUTH", "secret:"),
        ("CAPTCHA_RATE_LIMIT", "many"),
        ("CAPTCHA_RATE_LIMIT", "-1/minute"),
        ("CAPTCHA_TRUSTED_PROXIES", "*"),
        ("CAPTCHA_TRUSTED_PROXIES", "proxy.example"),
        ("CAPTCHA_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("CAPTCHA_FRAME_ANCESTORS", "self"),
        ("CAPTCHA_FRAME_ANCESTORS", "'self'; script-src *"),
        ("CAPTCHA_FRAME_ANCESTORS", "'self'\r\nX: y"),
        ("CAPTCHA_QUEUE_SIZE", "0"),
        ("CAPTCHA_QUEUE_SIZE", "many"),
        ("CAPTCHA_BATCH_SIZE", "0"),
        ("CAPTCHA_LOG", "yes"),
    ],
)
def test_what_makes_no_sense_is_an_error_that_names_it(name, text):
    with pytest.raises(SettingError, match=name) as caught:
        settings(**{name: text})
    assert caught.value.code == "SETTING_INVALID"
    assert "secret" not in str(caught.value)


@given(st.text(max_size=20))
def test_a_login_is_whole_or_an_error_and_never_an_open_door(text):
    if not text.strip():
        assert settings(CAPTCHA_AUTH=text).login is None
        return
    try:
        user, password = settings(CAPTCHA_AUTH=text).login
    except SettingError:
        return
    assert user
    assert password
    assert f"{user}:{password}" == text.strip()
