"""Means and intervals worked out by hand."""

from __future__ import annotations

import math

import pytest

from remogen_ros.evaluation.replication import Estimate


def test_mean_and_interval() -> None:
    """Deviations -1, -1, 1, 1: sigma^2 is 4/3, and 1.96 sqrt(4/3) / sqrt(4) is 1.1316."""
    found = Estimate.of([1.0, 1.0, 3.0, 3.0])
    assert (found.mean, found.n) == (2.0, 4)
    assert found.ci95 == pytest.approx(1.96 * math.sqrt(4 / 3) / 2)


def test_what_was_not_measured_does_not_count() -> None:
    assert Estimate.of([float("nan"), 2.0, 2.0]) == Estimate(2.0, 0.0, 2)


def test_one_value_has_no_interval_and_none_no_mean() -> None:
    one = Estimate.of([5.0])
    assert (one.mean, one.n) == (5.0, 1)
    assert math.isnan(one.ci95)
    none = Estimate.of([])
    assert math.isnan(none.mean)
    assert none.n == 0
