"""Tests of what starts nodes use what tests of nodes use."""

from test.nodes.conftest import domain, harness, model

__all__ = ["domain", "harness", "model"]
