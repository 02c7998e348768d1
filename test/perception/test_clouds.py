"""Clouds of every layout give the same points; malformed ones are refused in a sentence."""

from __future__ import annotations

import array
from types import SimpleNamespace as Message

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remogen_ros.perception.clouds import placed_cloud, points_from_cloud
from remogen_ros.perception.transforms import apply_transform

POINTS = np.array([[1.0, 2.0, 3.0], [-0.5, 0.25, 8.0], [0.0, -1.0, 0.125], [7, 8, 9]], np.float32)


def field(name: str, offset: int, datatype: int = 7) -> Message:
    return Message(name=name, offset=offset, datatype=datatype, count=1)


def cloud(points=POINTS, *, height=1, offsets=(0, 4, 8), step=12, pad=0, kind="f4", big=False):
    """A PointCloud2 of `points`, whose padding bytes are all 0xFF."""
    width = len(points) // height
    row_step = width * step + pad
    data = np.full((height, row_step), 0xFF, np.uint8)
    size = int(kind[1])
    for i, point in enumerate(points):
        row, column = divmod(i, width)
        for offset, value in zip(offsets, point, strict=True):
            at = column * step + offset
            encoded = np.array([value], (">" if big else "<") + kind).view(np.uint8)
            data[row, at : at + size] = encoded
    return Message(
        height=height,
        width=width,
        fields=[field(n, o, 7 if kind == "f4" else 8) for n, o in zip("xyz", offsets, strict=True)],
        is_bigendian=big,
        point_step=step,
        row_step=row_step,
        data=array.array("B", data.tobytes()),
        is_dense=True,
    )


@given(
    height=st.sampled_from([1, 2, 4]),
    kind=st.sampled_from(["f4", "f8"]),
    order=st.permutations([0, 1, 2]),
    gap=st.integers(0, 9),
    pad=st.integers(0, 17),
    big=st.booleans(),
)
def test_every_layout_gives_the_same_points(height, kind, order, gap, pad, big) -> None:
    size = int(kind[1])
    offsets = tuple(gap + place * (size + gap) for place in order)
    step = 3 * (size + gap) + gap
    message = cloud(height=height, offsets=offsets, step=step, pad=pad, kind=kind, big=big)
    points = points_from_cloud(message)
    assert points.dtype == np.float32
    np.testing.assert_array_equal(points, POINTS)


@given(count=st.integers(1, 9), at_most=st.integers(1, 9), pad=st.integers(0, 5))
def test_of_a_larger_cloud_every_nth_point_is_used(count, at_most, pad) -> None:
    points = np.arange(6 * count, dtype=np.float32).reshape(-1, 3)
    found = points_from_cloud(cloud(points, height=2, pad=pad), at_most)
    assert 1 <= len(found) <= at_most
    every = -(-2 * count // at_most)
    np.testing.assert_array_equal(found, points[::every])


def test_a_placed_cloud_is_a_transformed_one() -> None:
    rng = np.random.default_rng(0)
    points = points_from_cloud(cloud(rng.normal(0, 3, (500, 3)).astype(np.float32)))
    where, turn = rng.normal(0, 3, 3), rng.normal(size=4)
    placed = placed_cloud(points, where, turn)
    assert placed.dtype == np.float32
    np.testing.assert_allclose(placed, apply_transform(points, where, turn), atol=1e-5)
    with pytest.raises(ValueError, match="no orientation"):
        placed_cloud(points, where, np.zeros(4))


@pytest.mark.parametrize("wrap", [bytes, bytearray, lambda d: np.frombuffer(d, np.uint8)])
def test_data_may_be_any_buffer(wrap) -> None:
    message = cloud()
    message.data = wrap(message.data.tobytes())
    np.testing.assert_array_equal(points_from_cloud(message), POINTS)


def test_points_that_are_not_finite_are_left_out() -> None:
    points = POINTS.copy()
    points[1, 2] = np.nan
    points[2, 0] = np.inf
    np.testing.assert_array_equal(points_from_cloud(cloud(points)), POINTS[[0, 3]])
    huge = POINTS.astype(np.float64)
    huge[0, 0] = 1e300
    assert len(points_from_cloud(cloud(huge, offsets=(0, 8, 16), step=24, kind="f8"))) == 3


def test_an_empty_cloud_has_no_points() -> None:
    message = cloud()
    message.height, message.width, message.data = 0, 0, array.array("B")
    assert points_from_cloud(message).shape == (0, 3)


def change(**changes) -> Message:
    message = cloud(height=2)
    message.__dict__.update(changes)
    return message


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (change(fields=[field("x", 0), field("y", 4)]), "no field 'z'"),
        (change(fields=[field("x", 0), field("y", 4, 5), field("z", 8)]), "datatype 5"),
        (change(fields=[field("x", 0), field("y", 4), field("z", 10)]), "past its point_step"),
        (change(row_step=20), "row_step of 20 bytes is too short"),
        (change(data=array.array("B", b"123")), "holds 3 bytes"),
    ],
)
def test_malformed_clouds_are_refused(message: Message, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        points_from_cloud(message)
