"""Work beside the reading: done, in the worst case here, and never silently lost."""

import os
from multiprocessing import parent_process
from pathlib import Path

import pytest

from datasource.feeds.ahead import Ahead


def note(folder, name, dies):
    """Leave a file; in a process of its own, die instead if asked to."""
    if dies and parent_process() is not None:
        os._exit(1)
    Path(folder, name).touch()


def fail(words):
    """Go wrong."""
    raise ValueError(words)


@pytest.mark.parametrize(("processes", "dies"), [(False, False), (True, False), (True, True)])
def test_every_piece_is_done(tmp_path, processes, dies):
    """By threads, by processes, and where the processes are killed."""
    with Ahead(processes=processes) as workers:
        for number in range(9):
            workers.do(note, str(tmp_path), str(number), dies and number == 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == [str(number) for number in range(9)]


def test_what_went_wrong_is_raised():
    """At the latest when all must be done."""
    with pytest.raises(ValueError, match="broken"), Ahead(processes=False) as workers:
        workers.do(fail, "broken")
