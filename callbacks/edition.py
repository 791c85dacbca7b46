"""Which edition of the pages this process serves: when it changes, a page that was left open is out of date."""

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

ASSETS = Path(__file__).parents[1] / "assets"
DRAWN_BY = ("dash", "dash-ag-grid", "plotly")


@cache
def edition(assets: Path = ASSETS) -> str:
    """A fingerprint of the style sheets, the scripts, and the libraries whose scripts the browser runs."""
    told = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in DRAWN_BY).encode())
    for path in sorted(assets.rglob("*")):
        if path.is_file():
            told.update(path.relative_to(assets).as_posix().encode() + path.read_bytes())
    return told.hexdigest()[:12]
