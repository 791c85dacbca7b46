"""The log: it goes where standard error is now, and a log that cannot be written stops nothing."""

import io
import json
import sys

import pytest
import structlog

from callbacks.logs import configure, log


@pytest.fixture(autouse=True)
def _as_before():
    """Leave no setting behind."""
    yield
    structlog.reset_defaults()


def test_it_follows_standard_error(monkeypatch: pytest.MonkeyPatch):
    """Whoever replaces standard error after the start sees the lines."""
    configure("INFO", "json")
    later = io.StringIO()
    monkeypatch.setattr(sys, "stderr", later)
    log("hub").info("heard", order_id="DB1", viewers=2)
    line = json.loads(later.getvalue())
    assert (line["event"], line["part"], line["viewers"]) == ("heard", "hub", 2)
    assert "order_id" not in line


def test_a_closed_pipe_stops_nothing(monkeypatch: pytest.MonkeyPatch):
    """The reader of the log went away: the server goes on."""
    configure("INFO", "json")
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    log("hub").error("live_failed")
