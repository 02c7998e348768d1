"""Even stamps from an uneven timer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remogen_ros.nodes.ticking import TickGrid

PERIOD_NS = 100_000_000


def test_the_first_call_sets_the_grid() -> None:
    grid = TickGrid(PERIOD_NS)
    first = grid.tick(1_234_567_890)
    assert first is not None and (first.stamp_ns, first.missed) == (1_234_567_890, 0)


def test_a_little_lateness_does_not_show() -> None:
    grid = TickGrid(PERIOD_NS)
    grid.tick(0)
    second = grid.tick(PERIOD_NS + 30_000)
    assert second is not None and (second.stamp_ns, second.missed) == (PERIOD_NS, 0)


def test_ticks_that_never_came_are_counted() -> None:
    grid = TickGrid(PERIOD_NS)
    grid.tick(0)
    late = grid.tick(4 * PERIOD_NS)
    assert late is not None and (late.stamp_ns, late.missed) == (4 * PERIOD_NS, 3)


def test_one_grid_time_has_one_tick() -> None:
    grid = TickGrid(PERIOD_NS)
    grid.tick(0)
    assert grid.tick(10_000_000) is None


def test_restart_begins_a_new_grid_even_earlier() -> None:
    grid = TickGrid(PERIOD_NS)
    grid.tick(50 * PERIOD_NS)
    grid.restart()
    again = grid.tick(7)
    assert again is not None and (again.stamp_ns, again.missed) == (7, 0)


@given(st.lists(st.integers(0, 5 * PERIOD_NS), min_size=1))
def test_stamps_increase_and_account_for_every_period(gaps: list[int]) -> None:
    grid = TickGrid(PERIOD_NS)
    now, last, missed = 0, grid.tick(0), 0
    assert last is not None
    for gap in gaps:
        now += gap
        tick = grid.tick(now)
        if tick is not None:
            assert tick.stamp_ns > last.stamp_ns
            assert (tick.stamp_ns - last.stamp_ns) == (tick.missed + 1) * PERIOD_NS
            missed += tick.missed
            last = tick
    assert abs(now - last.stamp_ns) < PERIOD_NS
