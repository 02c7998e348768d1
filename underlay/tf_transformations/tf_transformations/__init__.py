"""Rotations and 4x4 matrices over transforms3d; quaternions are (x, y, z, w).

Names, arguments and results are those of the tf_transformations of a ROS 2 distribution, of
which this is the part about rigid motion; that one is used wherever it is installed.
"""

import math

import numpy as np
import transforms3d as t3d

_NEARLY_PARALLEL = 1e-12  # of the cosine: here slerp would divide by zero

_NO_TRANSLATION = np.zeros(3)
_NO_ROTATION = np.identity(3)
_NO_SCALE = np.ones(3)


def _wxyz(quaternion):
    x, y, z, w = quaternion
    return w, x, y, z


def _xyzw(quaternion):
    w, x, y, z = quaternion
    return x, y, z, w


# --- 4x4 matrices -------------------------------------------------------------------------------


def identity_matrix():
    """Return the matrix that moves nothing."""
    return np.identity(4)


def translation_matrix(direction):
    """Return the matrix that translates by ``direction``, (3,) metres."""
    return t3d.affines.compose(direction, _NO_ROTATION, _NO_SCALE)


def translation_from_matrix(matrix):
    """Return the translation of ``matrix``."""
    return np.array(matrix, dtype=np.float64)[:3, 3]


def rotation_matrix(angle, direction, point=None):
    """Return the rotation by ``angle`` rad about the axis ``direction`` through ``point``."""
    return t3d.axangles.axangle2aff(direction, angle, point=point)


def rotation_from_matrix(matrix):
    """Return angle (rad), axis, and a point on the axis, of a rotation."""
    direction, angle, point = t3d.axangles.aff2axangle(matrix)
    return angle, direction, point


def inverse_matrix(matrix):
    """Return the inverse of ``matrix``."""
    return np.linalg.inv(matrix)


def concatenate_matrices(*matrices):
    """Return the product: the last matrix is applied first."""
    product = np.identity(4)
    for matrix in matrices:
        product = product @ matrix
    return product


def is_same_transform(matrix0, matrix1):
    """Return whether two matrices do the same, whatever their homogeneous scale."""
    first, second = np.asarray(matrix0, dtype=float), np.asarray(matrix1, dtype=float)
    return np.allclose(first / first[3, 3], second / second[3, 3])


# --- Euler angles -------------------------------------------------------------------------------


def euler_matrix(ai, aj, ak, axes="sxyz"):
    """Return the rotation by three angles, rad, about ``axes`` ("sxyz": roll, pitch, yaw)."""
    return t3d.affines.compose(_NO_TRANSLATION, t3d.euler.euler2mat(ai, aj, ak, axes), _NO_SCALE)


def euler_from_matrix(matrix, axes="sxyz"):
    """Return three angles, rad, about ``axes`` that make the rotation."""
    return t3d.euler.mat2euler(matrix, axes)


def euler_from_quaternion(quaternion, axes="sxyz"):
    """Return three angles, rad, about ``axes`` that make the rotation."""
    return euler_from_matrix(quaternion_matrix(quaternion), axes)


# --- quaternions --------------------------------------------------------------------------------


def quaternion_from_euler(ai, aj, ak, axes="sxyz"):
    """Return the rotation by three angles, rad, about ``axes`` ("sxyz": roll, pitch, yaw)."""
    return _xyzw(t3d.euler.euler2quat(ai, aj, ak, axes))


def quaternion_about_axis(angle, axis):
    """Return the rotation by ``angle`` rad about ``axis``."""
    return _xyzw(t3d.quaternions.axangle2quat(axis, angle))


def quaternion_matrix(quaternion):
    """Return the 4x4 matrix of a rotation."""
    rotation = t3d.quaternions.quat2mat(_wxyz(quaternion))
    return t3d.affines.compose(_NO_TRANSLATION, rotation, _NO_SCALE)


def quaternion_from_matrix(matrix):
    """Return the rotation of a 4x4 matrix."""
    return _xyzw(t3d.quaternions.mat2quat(t3d.affines.decompose(matrix)[1]))


def quaternion_multiply(quaternion1, quaternion0):
    """Return the product: ``quaternion0`` is applied first."""
    return _xyzw(t3d.quaternions.qmult(_wxyz(quaternion1), _wxyz(quaternion0)))


def quaternion_conjugate(quaternion):
    """Return the quaternion with its vector part turned round."""
    x, y, z, w = quaternion
    return np.array([-x, -y, -z, w], dtype=np.float64)


def quaternion_inverse(quaternion):
    """Return the inverse of a quaternion of any norm but zero."""
    return quaternion_conjugate(quaternion) / np.dot(quaternion, quaternion)


def quaternion_slerp(quat0, quat1, fraction, spin=0, shortestpath=True):
    """Return the rotation between ``quat0`` (fraction 0) and ``quat1`` (fraction 1).

    ``spin`` adds half turns on the way; ``shortestpath`` takes the nearer of the two ways.
    """
    start, end = unit_vector(quat0), unit_vector(quat1)
    if fraction in (0.0, 1.0):
        return end if fraction else start
    cosine = float(np.dot(start, end))
    if 1.0 - abs(cosine) < _NEARLY_PARALLEL:
        return start
    if shortestpath and cosine < 0.0:
        cosine, end = -cosine, -end
    angle = math.acos(cosine) + spin * math.pi
    weights = math.sin((1.0 - fraction) * angle), math.sin(fraction * angle)
    return (weights[0] * start + weights[1] * end) / math.sin(angle)


def random_quaternion(rand=None):
    """Return a rotation drawn uniformly; ``rand``: three numbers in [0, 1) to make it from."""
    u, v, w = np.random.rand(3) if rand is None else rand
    first, second = math.sqrt(1.0 - u), math.sqrt(u)
    a, b = 2.0 * math.pi * v, 2.0 * math.pi * w
    return np.array(
        [first * math.sin(a), first * math.cos(a), second * math.sin(b), second * math.cos(b)]
    )


def random_rotation_matrix(rand=None):
    """Return the 4x4 matrix of random_quaternion."""
    return quaternion_matrix(random_quaternion(rand))


# --- vectors ------------------------------------------------------------------------------------


def vector_norm(data, axis=None):
    """Return the Euclidean norm, along ``axis`` where given."""
    return np.linalg.norm(np.asarray(data, dtype=np.float64), axis=axis)


def unit_vector(data, axis=None):
    """Return ``data`` divided by its norm, along ``axis`` where given."""
    data = np.array(data, dtype=np.float64)
    norm = vector_norm(data, axis)
    return data / (norm if axis is None else np.expand_dims(norm, axis))
