"""``lifeline audit``: what it says of an audit that is whole, and of one that somebody changed."""

import json
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from typer.testing import CliRunner

from app import command_line
from dashboard.clock import FixedClock
from datasource.audit import Entry, append
from datasource.store import Store
from layouts.texts import Texts
from tests.builders import NOON
from tests.conftest import copy_of


@pytest.fixture
def run(store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch):
    """Run ``lifeline audit`` on a store with three entries."""
    monkeypatch.setenv("LIFELINE_LOG_LEVEL", "error")
    with store.begin() as connection:
        append(connection, [Entry("li", "127.0.0.1", "note", f"order:{name}") for name in "ABC"], NOON)

    def run(verb: str, lang: str = "en"):
        line = command_line(Texts(lang), FixedClock(NOON))
        return CliRunner().invoke(line, ["audit", verb, "--database", database_url])

    return run


def test_a_whole_audit_is_said_to_be_whole(run):
    """With how many rows it has, and the hash that stands for all of them."""
    told = run("verify")
    assert told.exit_code == 0
    assert "3 rows" in told.stdout


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_first_wrong_row_is_named(run, store: Store, lang: str):
    """One line, in the language of the command line, and exit code 1."""
    with store.own() as connection:
        connection.execute(text("UPDATE audit SET actor = 'wang' WHERE seq = 2"))
    told = run("verify", lang)
    assert told.exit_code == 1
    assert " 2 " in told.stderr


def test_whoever_may_change_it_is_warned(run, store: Store):
    """Where the database's user is not held back, the command says so."""
    with store.own() as connection:
        connection.execute(text("GRANT UPDATE ON audit TO lifeline_app"))
    told = run("verify")
    assert (told.exit_code, "may change the audit" in told.stderr) == (0, True)


@pytest.mark.parametrize(
    "command",
    [
        ("audit", "verify"),
        ("audit", "export"),
        ("status",),
        ("user", "list"),
        ("user", "disable", "li"),
        ("kiosk", "list"),
        ("token", "revoke", "wms"),
        ("incident", "list"),
    ],
)
def test_where_there_is_no_store_none_is_made(command: tuple[str, ...], tmp_path: Path, server_url: str):
    """A folder that was mistyped, and a database that holds nothing: one line, exit code 2, and all stays as it was."""
    line = command_line(Texts("en"), FixedClock(NOON))
    (tmp_path / "other").mkdir()
    for folder in (tmp_path / "typo", tmp_path / "other"):
        told = CliRunner().invoke(line, [*command, "--data", str(folder)])
        assert (told.exit_code, told.stdout, len(told.stderr.splitlines())) == (2, "", 1)
        assert f"There is no store in {folder}" in told.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["other"]
    with copy_of(server_url, "template0") as empty:
        told = CliRunner().invoke(line, [*command, "--database", empty])
        assert (told.exit_code, told.stdout, len(told.stderr.splitlines())) == (2, "", 1)
        assert "This database holds no store" in told.stderr
        store = Store.open(empty)
        with store.read() as connection:
            assert inspect(connection).get_table_names() == []
        store.close()


def test_all_of_it_comes_as_lines(run):
    """One object a line, the newest first."""
    rows = [json.loads(line) for line in run("export").stdout.splitlines()]
    assert [(row["seq"], row["subject"]) for row in rows] == [(3, "order:C"), (2, "order:B"), (1, "order:A")]
