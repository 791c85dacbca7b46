"""Timing, and how it is told."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Line:
    """One measured figure; ``target`` is what the product promises itself, empty where it is only told."""

    what: str
    figure: str
    target: str = ""


def seconds(act: Callable[[], object]) -> float:
    """How long one run takes."""
    start = perf_counter()
    act()
    return perf_counter() - start


def median_ms(act: Callable[[], object], times: int = 15) -> float:
    """The median of some runs in milliseconds, after one that does not count."""
    act()
    return statistics.median(seconds(act) for _ in range(times)) * 1000


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least ``share`` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def show(title: str, lines: list[Line]) -> None:
    """Print one section."""
    table = Table(title=title, title_justify="left", show_lines=False)
    for name in ("measured", "figure", "target"):
        table.add_column(name, justify="right" if name == "figure" else "left")
    for line in lines:
        table.add_row(line.what, line.figure, line.target)
    Console(width=120).print(table)
