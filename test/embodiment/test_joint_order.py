"""Joints in the order of who wants them: the same joints, positions and velocities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remogen_ros.embodiment.avatar import AvatarEmbodiment
from remogen_ros.embodiment.choosing import embodiment_named
from remogen_ros.embodiment.embodying import JointPath, JointSample
from remogen_ros.embodiment.joint_order import JointOrder
from remogen_ros.errors import UserError


@given(st.permutations(range(7)), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_each_joint_keeps_what_is_its_own(order: list[int], kept: int, seed: int) -> None:
    """Also where an order leaves joints out."""
    random = np.random.default_rng(seed)
    body = AvatarEmbodiment()
    names = [body.joint_names[index] for index in order[:kept]]
    body.joint_orders = {"theirs": tuple(names)}
    theirs = JointOrder.named("theirs", body, "avatar")
    count = len(body.joint_names)
    sample = JointSample(*random.normal(size=(2, count)))
    path = JointPath(np.arange(3.0), *random.normal(size=(2, 3, count)))
    told, led = theirs.sample(sample), theirs.path(path)
    assert theirs.names == tuple(names) and (led.times == path.times).all()
    for place, name in enumerate(names):
        own = body.joint_names.index(name)
        assert told.positions[place] == sample.positions[own]
        assert told.velocities[place] == sample.velocities[own]
        assert (led.positions[:, place] == path.positions[:, own]).all()
        assert (led.velocities[:, place] == path.velocities[:, own]).all()


def test_by_default_it_is_the_bodys_own() -> None:
    body = AvatarEmbodiment()
    own = JointOrder.named("", body, "avatar")
    assert own.names == body.joint_names
    assert (own.indices == np.arange(len(body.joint_names))).all()


@pytest.mark.parametrize(
    "name, known", [("avatar", "none but its own"), ("unitree_g1", "isaac_lab")]
)
def test_an_unknown_order_is_refused_with_those_there_are(name: str, known: str) -> None:
    with pytest.raises(UserError) as caught:
        JointOrder.named("nobodys", embodiment_named(name), name)
    said = str(caught.value)
    assert f"'joint_order' is 'nobodys', but '{name}'" in said and f"it has: {known}." in said
