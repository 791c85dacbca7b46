"""Run what takes long: ``python -m tests.soak [part ...]``; exit code 1 when something is not as it must be."""

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.soak.browser import Plan, soak
from tests.soak.detection import study
from tests.soak.incidents import incidents


def browser(folder: Path) -> list[str]:
    """Three days of the wall in a browser; what was wrong."""
    seen = soak(folder, Plan(), _tell)
    slope = seen.slope() / 1024
    _tell(f"{seen.updates:,} updates, {len(seen.server) - 1} interruptions, heap {slope:+.1f} KiB an hour")
    return seen.faults()


def detection(_: Path) -> list[str]:
    """How soon a node in trouble is red, how often one that is not, and when grey; what was wrong."""
    return study(_tell)


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


PARTS: Mapping[str, Callable[[Path], list[str]]] = {
    "browser": browser,
    "detection": detection,
    "incidents": lambda folder: incidents(folder, _tell),
}


def main(names: list[str]) -> int:
    """Run the named parts, or all; how many failed."""
    failed = 0
    for name in names or PARTS:
        with tempfile.TemporaryDirectory(prefix="lifeline-soak-") as folder:
            faults = PARTS[name](Path(folder))
        _tell(f"{name}: {'; '.join(faults) or 'all well'}")
        failed += bool(faults)
    return failed


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
