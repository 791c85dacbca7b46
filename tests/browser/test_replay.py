"""A recording is played, stopped and wound back by a person at the page."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from callbacks.replaying import Replaying
from dashboard.clock import WallClock
from datasource.replay.player import Player
from tests.browser.conftest import violations, visit
from tests.replays import OLIST, taped
from tests.serving import serving

AT = ".replay-at"
BOUGHT = "#live\\:chain-count\\:carrier"


@pytest.fixture
def replay(server_url: str, template: str) -> Iterator[str]:
    """The address of a replay of the sample, two weeks into it, at an hour a second."""
    with taped(server_url, template, *OLIST) as (store, tape, recording):
        start = recording.first + timedelta(days=14)
        activity = tape.activity(recording, 40)
        replaying = Replaying(Player(store, tape), recording, WallClock(), start=start, speed=3600, activity=activity)
        replaying.begin(lambda _: None)
        with serving(store, replaying.shown, token=None, replay=replaying) as address:
            yield address


def test_pause_rewind_and_play_a_replay(page: Page, replay: str):
    """Time runs; ``r`` stops it; what a person types leads back, to the same page; Play goes on from there."""
    visit(page, replay)
    expect(page.locator(".replay-mark")).to_have_text("Replay")
    expect(page.locator(".replay-state")).to_have_text("Playing")
    begun = page.locator(AT).text_content()
    expect(page.locator(AT)).not_to_have_text(begun)

    page.keyboard.press("r")
    expect(page.locator(".replay-state")).to_have_text("Paused")
    expect(page.locator(".replay-toggle")).to_have_text("Play")

    seen = []
    for written, told in (("2018-02-20 12:30", "20"), ("2018-03-25 08:00", "25"), ("2018-02-20 12:30", "20")):
        page.locator("#replay-to").fill(written)
        page.keyboard.press("Enter")
        expect(page.locator(AT)).to_have_text(
            f"{told}\xa0{'Feb' if told == '20' else 'Mar'}\xa02018\xa0{written[-5:]}:00"
        )
        expect(page.locator(".replay-state")).to_have_text("Paused")
        expect(page.locator(".as-of")).to_have_text(f"Replay, as of {written[-5:]}:00")
        page.wait_for_function("document.querySelectorAll('.node-table tbody tr').length === 4")
        seen.append(page.locator(".chain").inner_text())
    assert seen[0] == seen[2] != seen[1]

    page.get_by_role("button", name="3,600 times").press("Enter")
    page.get_by_role("button", name="Back by 24 h").click()
    expect(page.locator(AT)).to_have_text("19\xa0Feb\xa02018\xa012:30:00")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(".replay-state")).to_have_text("Playing")
    expect(page.locator(AT)).not_to_have_text("19\xa0Feb\xa02018\xa012:30:00")
    page.keyboard.press("r")
    expect(page.locator(".replay-state")).to_have_text("Paused")


def test_walk_through_a_replay_by_keys_to_its_end(page: Page, replay: str):
    """The strip is a slider; what cannot be a time is said; the end of the recording says so; a click leads back."""
    visit(page, f"{replay}/sources?lang=zh&theme=dark")
    expect(page.locator(".replay-mark")).to_have_text("回放")
    assert violations(page) == []
    page.locator("#replay-to").fill("明天")
    page.get_by_role("button", name="跳转").click()
    expect(page.locator(".replay-answer")).to_contain_text("“明天”不是有效时间")
    page.locator(".replay-strip").focus()
    page.keyboard.press("PageUp")
    page.keyboard.press("End")
    expect(page.locator(".replay-aim")).to_be_visible()
    expect(page.locator(".replay-state")).to_have_text("记录到此结束")
    expect(page.locator(AT)).to_have_text("2018年4月7日\xa012:52:26")
    expect(page.locator(".replay-toggle")).to_have_text("重新播放")
    page.locator(".replay-strip").click(position={"x": 2, "y": 10})
    expect(page.locator(AT)).to_contain_text("2018年2月1日")
    expect(page.locator(".replay-state")).to_have_text("已暂停")
