"""The live view serves a page, keeps up with people that come and go, and refuses a taken port."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Iterator

import numpy as np
import pytest

from remogen_ros.errors import UserError
from remogen_ros.rendering.browser import EXPIRES_S, Browser
from remogen_ros.rendering.browser_panel import Status, status_text
from test.rendering.figures import free_port, standing


@pytest.fixture
def browser() -> Iterator[Browser]:
    browser = Browser(port=free_port())
    yield browser
    browser.close()


def test_a_page_is_served_on_this_machine_only(capfd):
    port = free_port()
    browser = Browser(port=port)
    try:
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=20).read()
        assert b"<html" in page.lower()
        outside = socket.gethostbyname(socket.gethostname())
        if not outside.startswith("127."):
            with socket.socket() as other, pytest.raises(OSError, match="refused"):
                other.connect((outside, port))
    finally:
        browser.close()
    assert capfd.readouterr().out == ""


def test_a_taken_port_is_named_in_one_sentence():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UserError, match=rf"^Port {port} on 127.0.0.1 is taken.*'port'"):
            Browser(port=port)


def test_a_host_of_another_machine_is_refused():
    with pytest.raises(UserError, match="'host' and 'port'"):
        Browser(host="192.0.2.1", port=free_port())


def test_partners_come_and_go(browser):
    browser.show_ego(standing(), 1.0)
    browser.show_partners({"7": standing(1.0), "a/b": standing(2.0)}, 1.0)
    browser.refresh(1.05)
    assert partners(browser) == {"7", "a/b"}
    browser.show_partners({"7": standing(1.0)}, 1.0 + EXPIRES_S)
    browser.refresh(1.1 + EXPIRES_S)
    assert partners(browser) == {"7"}
    browser.refresh(1.2 + 2 * EXPIRES_S)
    assert partners(browser) == set()


def test_a_partner_that_is_seen_in_part_is_shown_in_part(browser):
    half = standing()
    half[10:] = np.nan
    browser.show_partners({"7": half}, 1.0)
    browser.refresh(1.0)
    browser.show_partners({"7": np.full((22, 3), np.nan)}, 1.1)
    browser.refresh(1.1)
    assert partners(browser) == {"7"}


def test_the_room_may_change_and_vanish(browser):
    browser.show_voxels(np.array([(0.05, 0.05, 0.05), (0.15, 0.05, 0.05)]))
    browser.show_voxels(np.array([(0.05, 0.05, 0.05)]))
    browser.show_voxels(np.zeros((0, 3)))
    browser.show_voxels(np.zeros((0, 3)))


def test_sliders_appear_with_the_adapters_and_follow_them(browser):
    for weight in (1.0, 0.25):
        browser.show_status(Status(5, 12.34, None, "", 0.031, None, {"hhi": weight}))
    (slider,) = browser._panel._sliders.values()
    assert slider.value == 0.25


def test_the_numbers_are_written_with_their_units():
    text = status_text(Status(5, 12.34, 80.0, "7", 0.031, 9.98, {}))
    for words in ("**12.3 ms**", "10.0 Hz", "| 80 ms |", "| partner | 7 |", "| clipped | 3 % |"):
        assert words in text
    nobody = status_text(Status(5, 12.34, None, "", 0.0))
    assert "| partner | nobody |" in nobody
    assert "| input age | - |" in nobody


def partners(browser: Browser) -> set[str]:
    return set(browser._partners)
