"""Small statistics, so that a prior is measured in no time."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True, scope="session")
def few_statistics() -> None:
    patch = pytest.MonkeyPatch()
    patch.setattr("remogen_ros.training.phases._STATISTICS_WINDOWS", 600)
    patch.setattr("remogen_ros.training.vae._LATENT_BATCHES", 2)
