import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.serving.settings import FRAME_ANCESTORS, SettingError, Settings

PUBLIC = "0.0.0.0"


def settings(host: str = PUBLIC, **variables: str) -> Settings:
    return Settings.from_environment(variables, host)


def test_defaults():
    public = settings()
    assert (public.auth, public.trusted_proxies, public.frame_ancestors) == (
        None,
        (),
        FRAME_ANCESTORS,
    )
    assert (public.queue_size, public.batch_size, public.log_requests) == (64, 8, True)
    assert str(public.rate_limit) == "300 per 1 minute"
    assert not public.mcp
    assert settings(CAPTCHA_AUTH=" ", CAPTCHA_RATE_LIMIT="", GRADIO_MCP_SERVER="") == public


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_on_loopback_the_default_is_no_rate_limit(host):
    assert settings(host).rate_limit is None
    assert str(settings(host, CAPTCHA_RATE_LIMIT="5/second").rate_limit) == "5 per 1 second"


def test_visitors_of_a_trusted_proxy_are_limited_on_loopback_too():
    behind = settings("127.0.0.1", CAPTCHA_TRUSTED_PROXIES="127.0.0.1")
    assert str(behind.rate_limit) == "300 per 1 minute"
    chosen = settings("::1", CAPTCHA_TRUSTED_PROXIES="::1", CAPTCHA_RATE_LIMIT="off")
    assert chosen.rate_limit is None


def test_all_variables_set():
    found = settings(
        CAPTCHA_AUTH="ann:a:b ",
        CAPTCHA_RATE_LIMIT="off",
        CAPTCHA_TRUSTED_PROXIES="10.0.0.0/8, ::1",
        CAPTCHA_FRAME_ANCESTORS="'self' https://example.org",
        CAPTCHA_QUEUE_SIZE="3",
        CAPTCHA_BATCH_SIZE="1",
        CAPTCHA_LOG="Off",
        GRADIO_MCP_SERVER="True",
    )
    assert found.auth == ("ann", "a:b")
    assert found.rate_limit is None
    assert found.trusted_proxies == ("10.0.0.0/8", "::1")
    assert found.frame_ancestors == "'self' https://example.org"
    assert (found.queue_size, found.batch_size, found.log_requests) == (3, 1, False)
    assert found.mcp


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
        ("GRADIO_MCP_SERVER", "maybe"),
    ],
)
def test_an_invalid_value_is_an_error_that_names_the_variable(name, text):
    with pytest.raises(SettingError, match=name) as caught:
        settings(**{name: text})
    assert caught.value.code == "SETTING_INVALID"
    assert "secret" not in str(caught.value)


@given(st.text(max_size=20))
def test_auth_is_complete_or_an_error(text):
    if not text.strip():
        assert settings(CAPTCHA_AUTH=text).auth is None
        return
    try:
        user, password = settings(CAPTCHA_AUTH=text).auth
    except SettingError:
        return
    assert user
    assert password
    assert f"{user}:{password}" == text.strip()


@pytest.mark.parametrize(
    ("text", "root_path"),
    [
        ("", ""),
        ("/", ""),
        ("/captcha", "/captcha"),
        ("/tools/captcha/", "/tools/captcha"),
        ("https://page.example", "https://page.example"),
        ("https://page.example:8443/captcha/", "https://page.example:8443/captcha"),
    ],
)
def test_the_root_path_has_no_slash_at_its_end(text, root_path):
    settings = Settings.from_environment({"GRADIO_ROOT_PATH": text}, "127.0.0.1")
    assert settings.root_path == root_path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("/a/../b", "must be a path such as"),
        ("/.", "must be a path such as"),
        ("captcha", "must be a path such as /captcha"),
        ("/a b", "must be a path such as /captcha"),
        ("/a//b", "must be a path such as /captcha"),
        ("/a?b", "must be a path such as /captcha"),
        ("ftp://page.example/a", "must be a path such as /captcha"),
        ("/api", "must not begin with /api"),
        ("https://page.example/docs/x", "must not begin with /docs"),
    ],
)
def test_an_invalid_root_path_starts_no_server(text, message):
    with pytest.raises(SettingError, match=message) as caught:
        Settings.from_environment({"GRADIO_ROOT_PATH": text}, "127.0.0.1")
    assert repr(text) in str(caught.value)
