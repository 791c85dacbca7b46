"""The lifelines that come with the product, and any other one as a TOML file."""

import tomllib
from pathlib import Path

from dashboard.lifeline import Lifeline, read_lifeline

_FOLDER = Path(__file__).parent


def shipped(name: str) -> Lifeline:
    """The lifeline of this name that comes with the product, such as ``distributor``.

    Raises:
        FileNotFoundError: none has this name.
        LifelineError: its table is not a lifeline.
    """
    return load(_FOLDER / f"{name}.toml")


def load(path: Path) -> Lifeline:
    """Read a lifeline from a TOML file.

    Raises:
        OSError: the file cannot be read.
        tomllib.TOMLDecodeError: it is not TOML.
        LifelineError: it is not a lifeline.
    """
    with path.open("rb") as file:
        return read_lifeline(tomllib.load(file))
