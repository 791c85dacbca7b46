"""Rules of the house that neither the linter nor the import contracts see."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("dashboard", "datasource", "layouts", "callbacks")
SOURCES = [ROOT / "app.py", *sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))]


def offenders(pattern: str, allowed: tuple[str, ...]) -> list[str]:
    """Files that match the pattern outside the places that may."""
    found = (path.relative_to(ROOT).as_posix() for path in SOURCES if re.search(pattern, path.read_text("utf-8")))
    return [path for path in found if not path.startswith(allowed)]


def test_one_file_reads_the_environment():
    """Settings are validated once, at the start."""
    assert offenders(r"os\.environ|getenv", ("dashboard/settings.py",)) == []


def test_one_file_reads_the_wall_clock():
    """Everything else is handed a clock. ``monotonic`` and ``perf_counter`` measure waiting and are free."""
    assert offenders(r"datetime\.now\(|datetime\.utcnow|date\.today\(|[^_.]time\.time\(", ("dashboard/clock.py",)) == []


def test_sql_is_spoken_in_datasource_only():
    """No statement anywhere else."""
    assert (
        offenders(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b .*\b(FROM|VALUES|SET|WHERE)\b", ("datasource/",)) == []
    )


def test_callbacks_are_registered_on_an_app():
    """The global ``@callback`` of Dash would leave a second app without callbacks."""
    assert offenders(r"^@(dash\.)?callback\b|from dash import .*\bcallback\b|from app import", ()) == []


def test_nothing_is_called_after_its_being_useful():
    """No ``utils``, no ``helpers``, no ``manager``."""
    assert [path.name for path in SOURCES if re.search(r"utils|helper|manager|common|misc", path.name)] == []


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_pins_are_hashed_and_name_no_address(name):
    """Each pinned version carries its hashes, and no file says where to download."""
    text = (ROOT / "requirements" / name).read_text("utf-8")
    pins = re.findall(r"^[a-z0-9][\w.\-\[\]]*==\S+(?:.*\n    --hash=sha256:[0-9a-f]{64})+", text, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE))
    assert "://" not in text


def test_the_version_in_the_changelog_is_the_version():
    """The newest entry is about this version."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)[1] == version
