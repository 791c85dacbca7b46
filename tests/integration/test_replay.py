"""The store of a replay at an instant is what an import of all that had happened by then would have made."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from dashboard.clock import FixedClock
from datasource.feeds.importing import import_files
from datasource.fold import fold
from datasource.recording import record
from datasource.recount import recount, stored
from datasource.replay.player import NEVER, Player
from datasource.store import Store
from tests.integration.dumping import fresh_store
from tests.replays import EVENT_LOG, OLIST, taped

KNOWN = {
    "orders": "order_id, outer_order_id, created_at, cancelled_at, amount, currency, dimensions",
    "node_event": "order_id, event_id, kind, at, node, operator, source, exception, document, status, corrects, facts",
    "node_visit": "*",
    "system_status": "*",
    "visit_change": "*",
    "rollup_open_entry": "*",
    "rollup_open_due": "*",
    "slice": "*",
    "source_watermark": "*",
    "fold_state": "minute_from",
}
"""All that a store knows of its orders, without how often and when that was noted."""

JUDGED = {"baseline": "*", "baseline_version": "*", "status_change": "*"}


def known(store: Store, tables: dict[str, str] = KNOWN) -> dict[str, object]:
    """Every row of these tables, and the rollups without sums of zero."""
    with store.read() as connection:
        rows = {
            name: connection.execute(text(f"SELECT CAST(t AS text) FROM (SELECT {columns} FROM {name}) t ORDER BY 1"))
            .scalars()
            .all()
            for name, columns in tables.items()
        }
        return {**rows, "rollups": stored(connection)}


def told_at_once(server_url: str, template: str, player: Player, until: datetime) -> dict[str, object]:
    """What a store knows that was told everything up to an instant in one go."""
    lifeline = player._store.lifeline()
    with fresh_store(server_url, template) as store:
        store.install_lifeline(lifeline, until)
        with store.begin() as connection:
            for events in player._tape.between(NEVER, until):
                record(connection, events, lifeline, until)
            fold(connection, until, lifeline)
        return known(store)


@pytest.fixture(scope="module")
def olist(server_url: str, template: str):
    """The sample of Olist on a tape: 120 orders of nine weeks."""
    with taped(server_url, template, *OLIST) as (store, tape, recording):
        yield Player(store, tape), recording


@pytest.fixture(scope="module")
def event_log(server_url: str, template: str):
    """The sample log on a tape: a hundred-odd events of a day or two, with cancellations and exceptions."""
    with taped(server_url, template, *EVENT_LOG) as (store, tape, recording):
        yield Player(store, tape), recording


def truncated(path: Path, until: datetime, folder: Path) -> Path:
    """The rows of the log that had happened."""
    kept = folder / path.name
    with path.open(encoding="utf-8-sig", newline="") as whole, kept.open("w", encoding="utf-8-sig", newline="") as part:
        head, *rows = csv.reader(whole)
        writer = csv.writer(part)
        writer.writerow(head)
        writer.writerows(row for row in rows if datetime.fromisoformat(row[head.index("时间")]) <= until)
    return kept


@pytest.mark.parametrize("share", [0.02, 0.4, 1.0])
def test_it_is_an_import_of_the_truncated_file(event_log, server_url: str, template: str, tmp_path: Path, share: float):
    """Row by row, but for the events' ids, which are of the same feed and so the same too."""
    player, recording = event_log
    until = recording.first + (recording.last - recording.first) * share
    player.jump(until, lambda _: None)
    with fresh_store(server_url, template) as store:
        import_files(store, FixedClock(until), EVENT_LOG[0], [truncated(EVENT_LOG[1], until, tmp_path)], lambda _: None)
        assert known(player._store) == known(store)


def test_steps_lead_where_a_jump_leads(olist, server_url: str, template: str):
    """Thirty steps of ten hours, each folded: visits, rollups and watermarks are those of one telling."""
    player, recording = olist
    start = recording.first + timedelta(days=20)
    player.jump(start, lambda _: None)
    for step in range(30):
        player.advance(start + (step + 1) * timedelta(hours=10))
    player.judge()
    with player._store.read() as connection:
        assert stored(connection) == recount(connection, player._store.lifeline())
    assert known(player._store) == told_at_once(server_url, template, player, player.told)


def test_jumps_back_and_forth_lead_to_the_same_store(olist, server_url: str, template: str):
    """Whatever lay between: the orders, the rollups, what is usual, and the colours."""
    player, recording = olist
    early, late = (recording.first + timedelta(days=days) for days in (15, 40))
    seen = []
    for instant in (early, late, early, late):
        player.jump(instant, lambda _: None)
        with player._store.read() as connection:
            assert stored(connection) == recount(connection, player._store.lifeline())
        seen.append((known(player._store), known(player._store, JUDGED)))
    assert seen[0] == seen[2]
    assert seen[1] == seen[3]
    assert seen[0] != seen[1]
    assert seen[0][0] == told_at_once(server_url, template, player, early)


def test_nothing_later_is_known(olist):
    """No event, no visit, no version of what is usual from after the instant; and the generation only grows."""
    player, recording = olist
    generation = text("SELECT generation FROM fold_state")
    latest = text(
        "SELECT greatest((SELECT max(at) FROM node_event), (SELECT max(heard_at) FROM source_watermark),"
        " (SELECT max(made_at) FROM baseline_version), (SELECT max(at) FROM status_change),"
        " (SELECT max(greatest(entered_at, left_at)) FROM node_visit))"
    )
    player.jump(recording.last, lambda _: None)
    with player._store.read() as connection:
        before = connection.execute(generation).scalar_one()
    until = recording.first + timedelta(days=20)
    player.jump(until, lambda _: None)
    with player._store.read() as connection:
        assert connection.execute(latest).scalar_one() == until
        assert connection.execute(generation).scalar_one() > before


def test_a_jump_that_is_broken_off_changes_nothing(olist):
    """Not one row: the page shows what it showed."""
    player, recording = olist
    player.jump(recording.last, lambda _: None)
    before = known(player._store), known(player._store, JUDGED)

    def refuse(fraction: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        player.jump(recording.first + timedelta(days=30), refuse)
    assert (known(player._store), known(player._store, JUDGED)) == before
    assert player.told == recording.last


def test_the_recording_is_told_whole(olist):
    """The sample's 120 orders: from the first stamp to the last; the parts of its activity add up."""
    player, recording = olist
    activity = player._tape.activity(recording, 20)
    assert (len(activity), sum(activity)) == (20, recording.events)
    assert player._tape.count(NEVER, recording.last) == recording.events
    assert player._tape.count(recording.first, recording.last) < recording.events
