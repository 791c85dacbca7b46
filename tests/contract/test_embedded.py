"""The embedded server: shared, restarted, left behind by a crash, and impossible to start."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from datasource.embedded import SETTINGS, start_embedded
from datasource.errors import EmbeddedServerError, StoreUnavailable
from datasource.store import Store

_SMALL = {**SETTINGS, "shared_buffers": "16MB", "fsync": "off"}
_ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder with a short path, as sockets need it."""
    made = Path(tempfile.mkdtemp(prefix="lifeline-embedded-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def setting(store: Store, name: str) -> str:
    """A setting of the server."""
    with store.begin() as connection:
        return connection.execute(text("SELECT current_setting(:name)"), {"name": name}).scalar_one()


def test_a_store_survives_a_restart_of_its_server(folder: Path) -> None:
    """Between two reads the server goes down and comes up: the second read answers; while it is down, it says so."""
    server = start_embedded(folder / "deep" / "data", _SMALL)
    store = Store.open(server.url)
    try:
        assert setting(store, "synchronous_commit") == "on"
        assert setting(store, "shared_buffers") == "16MB"
        server.restart()
        assert setting(store, "timezone").upper() == "UTC"
        server.stop()
        with pytest.raises(StoreUnavailable):
            setting(store, "timezone")
        server = start_embedded(folder / "deep" / "data", _SMALL)
        assert setting(store, "timezone").upper() == "UTC"
    finally:
        store.close()
        server.stop()


def test_what_a_crash_left_behind_is_no_obstacle(folder: Path) -> None:
    """A pid file that names a living stranger, and users that died: the server starts, and stops with its last user."""
    start_embedded(folder, _SMALL).stop()
    data = folder / "postgres"
    stale = [str(os.getpid()), str(data), "1700000000", "5432", str(data), "", "  1 2", "ready   "]
    (data / "postmaster.pid").write_text("\n".join(stale) + "\n")
    (data / ".handle_pids.json").write_text(json.dumps([2**22 - 1]))
    server = start_embedded(folder, _SMALL)
    started = int((data / "postmaster.pid").read_text().split()[0])
    assert started != os.getpid()
    server.stop()
    assert not (data / "postmaster.pid").exists()


def test_a_killed_server_is_revived(folder: Path) -> None:
    """What was committed is there; a server that lives is left alone."""
    server = start_embedded(folder, _SMALL)
    store = Store.open(server.url, revive=server.revive)
    try:
        assert not store.revive()
        with store.begin() as connection:
            connection.execute(text("CREATE TABLE kept (n int)"))
        killed = psutil.Process(int((folder / "postgres" / "postmaster.pid").read_text().split()[0]))
        workers = killed.children()
        killed.kill()
        psutil.wait_procs([killed, *workers], timeout=10)
        assert store.revive()
        with store.begin() as connection:
            assert connection.execute(text("SELECT count(*) FROM kept")).scalar_one() == 0
    finally:
        store.close()
        server.stop()


def test_two_processes_share_one_server(folder: Path) -> None:
    """A second process joins, reads and leaves: the server stays up for the first."""
    server = start_embedded(folder, _SMALL)
    store = Store.open(server.url)
    joined = (
        "import sys; from pathlib import Path; from datasource.embedded import start_embedded;"
        "server = start_embedded(Path(sys.argv[1])); print(server.url)"
    )
    try:
        answer = subprocess.run(
            [sys.executable, "-c", joined, str(folder)], cwd=_ROOT, capture_output=True, text=True, check=True
        )
        assert answer.stdout.strip() == server.url
        assert setting(store, "timezone").upper() == "UTC"
    finally:
        store.close()
        server.stop()


def test_a_folder_that_holds_something_else_is_refused(folder: Path) -> None:
    """The data folder is not empty and not a database: a clear error that names it, and its contents untouched."""
    (folder / "postgres").mkdir()
    (folder / "postgres" / "letter.txt").write_text("dear")
    with pytest.raises(EmbeddedServerError, match=str(folder)):
        start_embedded(folder)
    assert (folder / "postgres" / "letter.txt").read_text() == "dear"


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    """A setting that the server refuses: the error quotes its log."""
    start_embedded(folder, _SMALL).stop()
    with pytest.raises(EmbeddedServerError, match="shared_buffers"):
        start_embedded(folder, {**_SMALL, "shared_buffers": "'nonsense'"})
