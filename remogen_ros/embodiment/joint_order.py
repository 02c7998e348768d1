"""Joints in the order in which somebody wants to be told of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.embodying import Embodiment, JointPath, JointSample
from remogen_ros.errors import UserError


@dataclass(frozen=True)
class JointOrder:
    """Which K of a body's J joints are told, and in which order.

    Attributes:
        names: of the K joints.
        indices: (K,) where each is in the body's own order.
    """

    names: tuple[str, ...]
    indices: NDArray[np.int_]

    @classmethod
    def named(cls, name: str, body: Embodiment, embodiment: str) -> JointOrder:
        """An order that a body has.

        Args:
            name: of the order; empty for the body's own.
            body: whose joints they are.
            embodiment: its name, for who asks for an order that it does not have.

        Raises:
            UserError: there is no such order; names those that there are.
        """
        own, orders = body.joint_names, body.joint_orders
        if name and name not in orders:
            raise UserError(
                f"Parameter 'joint_order' is '{name}', but '{embodiment}' has no such order of its "
                f"joints; it has: {', '.join(orders) or 'none but its own'}."
            )
        names = orders[name] if name else own
        return cls(names, np.array([own.index(joint) for joint in names]))

    def sample(self, sample: JointSample) -> JointSample:
        """Of the body's J joints, the K in this order."""
        return JointSample(sample.positions[self.indices], sample.velocities[self.indices])

    def path(self, path: JointPath) -> JointPath:
        """Of the body's J joints, the K in this order."""
        return replace(
            path,
            positions=path.positions[:, self.indices],
            velocities=path.velocities[:, self.indices],
        )
