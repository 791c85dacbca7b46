"""A bar on the error stream while a command works."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

Tell = Callable[[float, int], None]
"""Takes the share that is done, and a count to show beside it."""


@contextmanager
def bar(description: str) -> Iterator[Tell]:
    """The bar, for as long as the block lasts, where there is a terminal to see it; what it yields moves it."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(description, total=1.0, count="")

        def tell(fraction: float, count: int) -> None:
            progress.update(task, completed=fraction, count=f"{count:,}")

        yield tell
