"""The settings: what the environment may say, and that nothing secret has a default."""

from pathlib import Path

import pytest

from dashboard.settings import Settings, SettingsError, read_settings, user_language


def test_an_empty_environment_gives_the_defaults():
    """Loopback, port 8050, the embedded database, and no way to write through the API."""
    assert read_settings({}) == Settings()
    assert (Settings().host, Settings().port, Settings().database_url, Settings().api_token) == (
        "127.0.0.1",
        8050,
        None,
        None,
    )


def test_every_variable_is_read():
    """Each setting has its variable; blanks around a value do not count."""
    told = read_settings({
        "LIFELINE_DATA": "/srv/lifeline",
        "DATABASE_URL": "postgres://me@db/shop",
        "LIFELINE_API_TOKEN": "0123456789abcdef",
        "LIFELINE_HOST": "0.0.0.0",
        "LIFELINE_PORT": " 9000 ",
        "LIFELINE_HOSTS": "Wall.example, desk.example ,",
        "LIFELINE_CACHE_URL": "redis://cache:6379/1",
        "LIFELINE_LOG_LEVEL": "DEBUG",
        "LIFELINE_LOG_FORMAT": "json",
        "LIFELINE_WORKERS": "4",
    })  # fmt: skip
    assert told == Settings(
        data=Path("/srv/lifeline"),
        database_url="postgresql+psycopg://me@db/shop",
        api_token="0123456789abcdef",
        host="0.0.0.0",
        port=9000,
        hosts=("wall.example", "desk.example"),
        cache_url="redis://cache:6379/1",
        log_level="debug",
        log_format="json",
        workers=4,
    )


def test_an_empty_variable_counts_as_absent():
    """Compose files pass empty strings for what is not set."""
    assert read_settings({"DATABASE_URL": "", "LIFELINE_API_TOKEN": "  ", "LIFELINE_PORT": ""}) == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LIFELINE_PORT", "http"),
        ("LIFELINE_PORT", "65536"),
        ("LIFELINE_PORT", "-1"),
        ("DATABASE_URL", "mysql://me@db/shop"),
        ("DATABASE_URL", "just-a-name"),
        ("LIFELINE_API_TOKEN", "short"),
        ("LIFELINE_API_TOKEN", "with a space in the middle"),
        ("LIFELINE_CACHE_URL", "http://cache"),
        ("LIFELINE_LOG_LEVEL", "loud"),
        ("LIFELINE_LOG_FORMAT", "xml"),
        ("LIFELINE_WORKERS", "0"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_at_the_start(name: str, value: str):
    """The error names the variable and says what it takes, and does not repeat a secret."""
    with pytest.raises(SettingsError, match=f"^{name} takes") as caught:
        read_settings({name: value})
    assert value not in str(caught.value) or name != "LIFELINE_API_TOKEN"


def test_settings_show_no_secret():
    """What lands in a log or a traceback holds neither the token nor the database's address."""
    shown = repr(Settings(api_token="0123456789abcdef", database_url="postgresql+psycopg://me:secret@db/shop"))
    assert "secret" not in shown
    assert "0123456789abcdef" not in shown


@pytest.mark.parametrize(
    ("environment", "lang"),
    [({}, "en"), ({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LC_ALL": "de_DE", "LANG": "zh_CN"}, "en"), ({"LANG": "C"}, "en")],
)
def test_the_command_line_speaks_the_language_of_the_locale(environment: dict[str, str], lang: str):
    """Chinese for a Chinese locale, English for any other; LC_ALL outranks LANG."""
    assert user_language(environment) == lang
