"""The command ``lifeline``: what it prints, and one clear line with exit code 2 for whatever is wrong."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from app import command_line
from dashboard.clock import FixedClock
from layouts.texts import Texts
from tests.people import SECRET

ROOT = Path(__file__).parents[2]
MAPPING = """
name = "shop"
shape = "wide"
[time]
zone = "Asia/Shanghai"
formats = ["%Y-%m-%d %H:%M:%S"]
[columns]
order_id = "order"
created_at = "ordered"
[nodes.place]
left = "ordered"
[nodes.pay]
left = "paid"
"""


@pytest.fixture
def run(clock: FixedClock, monkeypatch: pytest.MonkeyPatch):
    """Run a command in this process, at four o'clock, in an environment of its own."""
    for name in ("DATABASE_URL", "LIFELINE_DATA", "LIFELINE_API_TOKEN", "LIFELINE_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LIFELINE_LOG_LEVEL", "error")
    monkeypatch.setenv("LIFELINE_SECRET_KEY", SECRET)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str, lang: str = "en"):
        return CliRunner().invoke(command_line(Texts(lang), clock), list(map(str, arguments)))

    return run


@pytest.fixture
def url(shop) -> str:
    """The address of the store with the small shop."""
    return shop.engine.url.render_as_string(hide_password=False)


def process(*arguments: str, **environment: str) -> subprocess.Popen:
    """The command as a process of its own, as a person starts it."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("LIFELINE", "DATABASE"))}  # noqa: TID251
    return subprocess.Popen(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        env={
            **inherited,
            "LANG": "C.UTF-8",
            "LIFELINE_LOG_LEVEL": "error",
            "LIFELINE_SECRET_KEY": SECRET,
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    "options", [[], ["--window", "1h"], ["--slice", "channel=douyin"], ["--at", "2026-03-02T06:00:00Z"]]
)
def test_status_prints_what_the_api_answers(run, url: str, api: httpx.Client, options: list[str]):
    """One function builds both: the JSON is equal, to the last field."""
    told = run("status", "--json", "--database", url, *options)
    query = {options[0].removeprefix("--"): options[1]} if options else {}
    assert json.loads(told.stdout) == api.get("/api/v1/lifeline", params=query).json()


def test_status_for_people(run, url: str):
    """A line for each node, in either language, with the numbers as people say them; no source was heard."""
    told = run("status", "--database", url)
    assert told.exit_code == 0
    assert re.search(r"Finance review +│ silent +│.*│ +2 +│ +2 +│ +3\.5\xa0h", told.stdout)
    assert "财务审核" in run("status", "--database", url, "--lang", "zh").stdout
    assert "财务审核" in run("status", "--database", url, lang="zh").stdout


def test_status_says_where_its_window_was_widened(run, url: str):
    """Without a window asked for, nodes with few orders look back further than the hour that the others stand for."""
    told, asked = run("status", "--database", url).stdout, run("status", "--database", url, "--window", "4h").stdout
    assert re.search(r"last 1\shour, up to 24\shours where orders are few, as of", told)
    assert re.search(r"last 4\shours, as of", asked)


def test_the_demo_does_not_move_in_with_real_orders(run, url: str):
    """Nobody is let in as the demo's visitor: one line, and nothing is served."""
    told = run("run", "--demo", "--port", "0", "--database", url)
    assert (told.exit_code, told.stdout) == (2, "")
    assert "holds orders that are not the demo shop's" in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1


def test_the_version_needs_no_command(run):
    """One line with a number, as every program answers it."""
    told = run("--version")
    assert (told.exit_code, told.stderr) == (0, "")
    assert re.fullmatch(r"\d+(\.\d+)*\n", told.stdout)


def test_status_reads_the_database_of_the_environment(run, url: str, monkeypatch: pytest.MonkeyPatch):
    """DATABASE_URL, in the way that hosting services write it."""
    monkeypatch.setenv("DATABASE_URL", url.replace("postgresql+psycopg", "postgres"))
    assert json.loads(run("status", "--json").stdout)["nodes"][2]["in_progress"] == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["status", "--window", "soon"], "“soon” is no window"),
        (["status", "--at", "yesterday"], "“yesterday” is no instant"),
        (["status", "--slice", "colour=red"], "no dimension “colour”"),
        (["status", "--lang", "fr"], "--lang takes en or zh"),
        (["import", "nothing.csv", "--mapping", "examples/olist.toml"], "There is no file nothing.csv"),
    ],
)
def test_wrong_input_is_one_clear_line(run, url: str, arguments: list[str], says: str):
    """Exit code 2, nothing on the output, one line on the error stream, no traceback."""
    told = run(*arguments, "--database", url)
    assert (told.exit_code, told.stdout) == (2, "")
    assert says in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("database", ["nonsense", "mysql://x@y/z", "postgresql://nobody@127.0.0.1:1/none"])
def test_a_database_that_cannot_be_used_is_one_clear_line(run, database: str):
    """Neither an address of another kind nor one where nobody answers ends in a traceback."""
    told = run("status", "--database", database)
    assert (told.exit_code, told.stdout) == (2, "")
    assert len(told.stderr.strip().splitlines()) == 1


def test_a_wrong_setting_is_named(run, monkeypatch: pytest.MonkeyPatch):
    """Before anything is started."""
    monkeypatch.setenv("LIFELINE_PORT", "http")
    told = run("run")
    assert (told.exit_code, told.stderr.strip()) == (2, "LIFELINE_PORT takes a number from 0 to 65535")


def test_help_is_complete(run):
    """Every command and option has a sentence, in both languages."""
    assert all(name in run("--help").stdout for name in ("run", "import", "status", "migrate"))
    for command in ("run", "import", "status", "migrate"):
        for lang in ("en", "zh"):
            text = run(command, "--help", lang=lang).stdout
            options = re.findall(r"^\s+(--[\w-]+)(.*)$", text, re.MULTILINE)
            assert {"--database", "--data"} <= {name for name, _ in options}


def test_migrate_makes_an_empty_database_ready(run, server_url: str, database_url: str):
    """Once or twice; the default lifeline is in force afterwards."""
    del server_url
    for _ in range(2):
        assert run("migrate", "--database", database_url).stdout == "The store is up to date.\n"


def test_import_prints_its_counts(run, database_url: str, tmp_path: Path):
    """Three rows, one of which cannot be read; importing them again gives the same counts.

    A was placed and paid and waits at the review: three visits. B was placed and waits for its payment: two.
    """
    (tmp_path / "orders.csv").write_text(
        "order,ordered,paid\nA,2026-03-01 10:00:00,2026-03-01 10:05:00\nB,2026-03-01 11:00:00,\nC,never,\n"
    )
    (tmp_path / "shop.toml").write_text(MAPPING)
    for _ in range(2):
        told = run(
            *("import", tmp_path / "orders.csv", "--mapping", tmp_path / "shop.toml", "--json"),
            *("--rejects", tmp_path / "rejects.csv", "--database", database_url),
        )
        assert (told.exit_code, json.loads(told.stdout)) == (0, {"orders": 2, "visits": 5, "rejected": 1, "marked": {}})
        assert told.stderr == ""
        assert "never" in (tmp_path / "rejects.csv").read_text("utf-8-sig")


def test_a_taken_port_is_one_clear_line(run, database_url: str):
    """It names the port and what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        told = run("run", "--port", str(taken.getsockname()[1]), "--database", database_url)
    assert told.exit_code == 2
    assert "is in use" in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_run_says_where_it_is_and_stops_when_asked(tmp_path: Path, asked: signal.Signals):
    """The embedded database starts in a fresh folder; Ctrl-C, or a service manager, ends both with nothing left."""
    running = process("run", "--port", "0", "--data", str(tmp_path / "data"))
    try:
        line = running.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", line)[0]
        assert "Ctrl-C" in line
        assert httpx.get(f"{address}/healthz", timeout=20).json()["status"] == "ok"
        running.send_signal(asked)
        out, errors = running.communicate(timeout=40)
    finally:
        running.kill()
    assert (running.returncode, out.splitlines()[-1], errors) == (0, "Stopped.", "")
    assert not (tmp_path / "data" / "postgres" / "postmaster.pid").exists()


def test_two_wrong_words_end_with_code_two():
    """The parser's own errors are one of its kind too: no traceback."""
    told = process("status", "--no-such-option")
    _, errors = told.communicate(timeout=60)
    assert told.returncode == 2
    assert "Traceback" not in errors
