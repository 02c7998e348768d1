"""Rigid transforms as (quaternion wxyz, translation) pairs, the order transforms3d uses."""

import math
from typing import NamedTuple

import numpy as np
from geometry_msgs.msg import Transform
from numpy.typing import NDArray
from transforms3d.quaternions import qconjugate, qmult, rotate_vector

# Below this angle the quaternions are interpolated linearly: sin() would lose its digits.
NEARLY_PARALLEL = 1e-6


class Rigid(NamedTuple):
    """Takes points of a child frame into its parent: ``p_parent = R(q) p_child + t``."""

    q: NDArray[np.float64]  # (4,) unit quaternion, wxyz
    t: NDArray[np.float64]  # (3,) metres

    def __matmul__(self, other: "Rigid") -> "Rigid":
        """Apply ``other`` first, then ``self``."""
        return Rigid(qmult(self.q, other.q), rotate_vector(other.t, self.q) + self.t)

    def inverse(self) -> "Rigid":
        q = qconjugate(self.q)
        return Rigid(q, -rotate_vector(self.t, q))


IDENTITY = Rigid(np.array([1.0, 0.0, 0.0, 0.0]), np.zeros(3))


def from_msg(msg: Transform) -> Rigid:
    r, t = msg.rotation, msg.translation
    return Rigid(np.array([r.w, r.x, r.y, r.z]), np.array([t.x, t.y, t.z]))


def to_msg(rigid: Rigid) -> Transform:
    msg = Transform()
    msg.rotation.w, msg.rotation.x, msg.rotation.y, msg.rotation.z = map(float, rigid.q)
    msg.translation.x, msg.translation.y, msg.translation.z = map(float, rigid.t)
    return msg


def interpolate(a: Rigid, b: Rigid, ratio: float) -> Rigid:
    """Between ``a`` (ratio 0) and ``b`` (ratio 1): slerp the short way round, lerp the rest."""
    cosine = float(np.dot(a.q, b.q))
    end = b.q if cosine >= 0.0 else -b.q
    angle = math.acos(min(abs(cosine), 1.0))
    if angle < NEARLY_PARALLEL:
        weights = (1.0 - ratio, ratio)
    else:
        weights = (math.sin((1.0 - ratio) * angle), math.sin(ratio * angle))
    q = weights[0] * a.q + weights[1] * end
    return Rigid(q / np.linalg.norm(q), (1.0 - ratio) * a.t + ratio * b.t)
