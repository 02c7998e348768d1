"""Messages of any content: every tracker's function returns, and gives what can be used or nothing.

Each example is a batch of messages drawn by NumPy from a seed, so that over ten thousand of each
type are tried in seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace as Message
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remogen_ros.cues.occupancy import FREE, OCCUPIED, UNSEEN, OccupancyGrid
from remogen_ros.perception.azure_kinect import detections_from_marker_array
from remogen_ros.perception.clouds import points_from_cloud
from remogen_ros.perception.completion import detection_on_smpl
from remogen_ros.perception.detections import NANOSECONDS, SkeletonDetection
from remogen_ros.perception.flat_map import FREE_TO, OCCUPIED_FROM, grid_from_message
from remogen_ros.perception.frames import common_stamp, detection_from_frames, frame_naming
from remogen_ros.perception.joint_mapping import shipped_joint_map, shipped_joint_maps
from remogen_ros.perception.native import detections_from_skeleton_array
from remogen_ros.perception.occupancy_config import OccupancyConfig
from remogen_ros.perception.occupancy_map import OccupancyMap
from remogen_ros.perception.partner_config import PartnerConfig
from remogen_ros.perception.partners import PartnerTracker
from remogen_ros.perception.people import MOST_PEOPLE
from remogen_ros.perception.ros4hri import body_ids
from remogen_ros.perception.sanity import BodyChecks
from remogen_ros.perception.zed import detections_from_zed_objects

BATCH = 110
EXAMPLES = 100
SPECIAL = (np.nan, np.inf, -np.inf, 1e300, -1e300, 3.4e38, 1e-320, 0.0, -0.0, 1e7, 1e8)
NAMES = ("", "pelvis", "left_hip", "LShoulder", "NOSE", "left", "l", "_", " ", "\u00e9\n{joint}")
SECONDS = (0, 1, -1, 12, 2**31 - 1, -(2**31))

Random = np.random.Generator
CHECKS = BodyChecks()
MAPS = shipped_joint_maps()


def numbers(random: Random, *shape: int) -> np.ndarray:
    """Mostly of the size of a room; one in five is not."""
    ordinary = random.normal(size=shape)
    return np.where(random.random(shape) < 0.2, random.choice(SPECIAL, shape), ordinary)


def header(random: Random) -> Message:
    stamp = Message(sec=int(random.choice(SECONDS)), nanosec=int(random.integers(0, 2**32)))
    return Message(stamp=stamp, frame_id=str(random.choice(("", "map", "camera"))))


def points(random: Random, count: int) -> list[Message]:
    return [Message(x=x, y=y, z=z) for x, y, z in numbers(random, count, 3).tolist()]


def markers(random: Random) -> Message:
    count = int(random.integers(0, 40))
    ids = np.where(
        random.random(count) < 0.2,
        random.choice((-1, 0, 100, 131, 132, 2**31 - 1), count),
        random.integers(100, 360, count),
    )
    headers = [header(random), header(random)]
    made = zip(
        ids.tolist(),
        random.integers(-1, 5, count).tolist(),
        (random.random(count) < 0.1).astype(int).tolist(),
        points(random, count),
        strict=True,
    )
    return Message(
        markers=[
            Message(id=i, action=a, header=headers[h], pose=Message(position=p))
            for i, a, h, p in made
        ]
    )


def skeletons(random: Random) -> Message:
    def skeleton() -> Message:
        count = int(random.integers(0, 35))
        other = int(random.choice((count, count, count, 0, count + 1)))
        joints = shipped_joint_map(str(random.choice(MAPS))).joints
        return Message(
            body_id=str(random.choice(NAMES)),
            joint_names=random.choice((*joints, *NAMES), count).tolist(),
            positions=points(random, other),
            confidences=numbers(random, int(random.choice((0, other, 1)))),
        )

    bodies = [skeleton() for _ in range(random.integers(0, 4))]
    return Message(header=header(random), skeletons=bodies)


def zed_objects(random: Random) -> Message:
    def body() -> Message:
        count = int(random.choice((38, 70, 17, 0)))
        with np.errstate(over="ignore"):
            slots = numbers(random, count, 3 if random.random() < 0.95 else 2).astype(np.float32)
        return Message(
            label_id=int(random.integers(-2, 3)),
            confidence=float(numbers(random)),
            tracking_state=int(random.integers(-2, 5)),
            skeleton_available=bool(random.random() < 0.9),
            body_format=int(random.integers(-1, 5)),
            skeleton_3d=Message(keypoints=[Message(kp=slot) for slot in slots]),
        )

    bodies = [body() for _ in range(random.integers(0, 3))]
    return Message(header=header(random), objects=bodies)


def clouds(random: Random) -> Message:
    height, width = (int(n) for n in random.choice((0, 1, 2, 5, 2**31), 2))
    step = int(random.choice((0, 4, 12, 16, 2**32 - 1)))
    names = random.choice(("x", "y", "z", "rgb", ""), 3) if random.random() < 0.2 else "xyz"
    fields = [
        Message(
            name=str(name),
            offset=4 * place if random.random() < 0.9 else int(random.integers(0, 2**32)),
            datatype=int(random.choice((7, 7, 7, 7, 7, 7, 7, 8, 2, 0))),
            count=1,
        )
        for place, name in enumerate(names)
    ]
    return Message(
        height=height,
        width=width,
        fields=fields[: int(random.choice((0, 2, 3, 3, 3, 3)))],
        is_bigendian=bool(random.random() < 0.2),
        point_step=step,
        row_step=int(random.choice((0, step * width, step * width + 3, 2**32 - 1))),
        data=random.bytes(int(random.choice((0, 7, 24, 160, 400)))),
        is_dense=bool(random.random() < 0.5),
    )


def place(random: Random) -> tuple[list[float], list[float]]:
    """Where a map lies, and how it is turned: mostly about z alone."""
    if random.random() < 0.2:
        return numbers(random, 3).tolist(), numbers(random, 4).tolist()
    half = random.uniform(-np.pi, np.pi)
    turned = (0.0, 0.0, np.sin(half), np.cos(half)) + 0.01 * random.normal(size=4)
    return random.normal(size=3).tolist(), (turned * random.uniform(0.1, 3.0)).tolist()


def flat_maps(random: Random) -> Message:
    rows, columns = (int(n) for n in random.integers(0, 9, 2))
    more = int(random.choice((0, 0, 0, 0, 0, 0, 0, 1, -1)))
    values = random.choice((-128, -1, 0, 25, 26, 64, 65, 100, 127), max(rows * columns + more, 0))
    if random.random() < 0.05:
        rows = int(random.choice((2**31, 2**32 - 1)))
    at, turned = place(random)
    # The finest takes longest.
    ordinary = float(random.choice((0.05, 0.1, 0.3) if random.random() < 0.98 else (0.01, 0.02)))
    return Message(
        header=header(random),
        info=Message(
            width=columns,
            height=rows,
            resolution=ordinary if random.random() < 0.9 else float(numbers(random)),
            origin=Message(
                position=Message(**dict(zip("xyz", at, strict=True))),
                orientation=Message(**dict(zip("xyzw", turned, strict=True))),
            ),
        ),
        data=values.tolist(),
    )


def check(detections: list[SkeletonDetection], problems: list[str]) -> None:
    ids = [detection.body_id for detection in detections]
    assert len(set(ids)) == len(ids)
    assert all(isinstance(problem, str) and problem for problem in problems)
    for detection in detections:
        assert detection.stamp_ns > 0 and detection.frame_id
        observed = np.isfinite(detection.positions).all(axis=1)
        # Wholly observed or wholly not; nothing infinite; and confidence goes with it.
        assert (np.isnan(detection.positions).all(axis=1) == ~observed).all()
        assert ((detection.confidence >= 0) & (detection.confidence <= 1)).all()
        assert not detection.confidence[~observed].any()
        CHECKS.news(detection)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(
    "message, detect",
    [
        (markers, detections_from_marker_array),
        (skeletons, detections_from_skeleton_array),
        (
            skeletons,
            lambda m: detections_from_skeleton_array(m, shipped_joint_map("mediapipe_33")),
        ),
        (zed_objects, detections_from_zed_objects),
    ],
    ids=["markers", "skeletons", "skeletons with a map", "zed objects"],
)
@settings(max_examples=EXAMPLES)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_message_is_survived(
    message: Callable[[Random], Message], detect: Callable[[Any], Any], seed: int
) -> None:
    random = np.random.default_rng(seed)
    partners = PartnerTracker(PartnerConfig(policy="all"))
    for _ in range(BATCH):
        detections, problems = detect(message(random))
        check(detections, problems)
        partners.add(detections, str(random.integers(2)))
    now = int(random.choice([d.stamp_ns for d in detections] or [NANOSECONDS]))
    window = partners.window(now, np.zeros(2)).window
    assert window.positions.isfinite().all() and len(window.positions) <= MOST_PEOPLE


@pytest.mark.filterwarnings("error::RuntimeWarning")
@settings(max_examples=EXAMPLES)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_frames_are_survived(seed: int) -> None:
    random = np.random.default_rng(seed)
    for _ in range(BATCH):
        naming = frame_naming("", shipped_joint_map(str(random.choice(MAPS))))
        body = str(random.choice(("", "a", "{joint}", "\n")))
        frames = naming.frames(body)
        naming.bodies_among([*frames, *NAMES, body])
        stamps = random.choice((0, 1, 2**62, -5, 10**18), len(frames))
        stamp = common_stamp(dict(zip(frames, map(int, stamps), strict=True)))
        places = dict(zip(frames, numbers(random, len(frames) // 2, 3), strict=False))
        check([detection_from_frames(body, stamp or 1, "odom", places, naming)], [])


@settings(max_examples=EXAMPLES)
@given(st.lists(st.text()), st.integers(0, 2**32 - 1))
def test_any_ids_are_survived(ids: list[str], seed: int) -> None:
    random = np.random.default_rng(seed)
    for _ in range(BATCH):
        drawn = [*ids, *random.choice(NAMES, random.integers(0, 9)).tolist()]
        kept, problems = body_ids(Message(ids=drawn))
        assert "" not in kept and len(set(kept)) == len(kept)
        assert bool(problems) == ("" in drawn)


def clouds_read(random: Random, count: int) -> int:
    """How many clouds of so many are read; the others are refused in a sentence."""
    read = 0
    for _ in range(count):
        message = clouds(random)
        try:
            points = points_from_cloud(message)
        except ValueError as error:
            assert "cloud" in str(error)
        else:
            read += 1
            assert points.dtype == np.float32 and points.shape == (len(points), 3)
            assert np.isfinite(points).all()
    return read


@settings(max_examples=EXAMPLES)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_cloud_is_points_or_a_sentence(seed: int) -> None:
    clouds_read(np.random.default_rng(seed), BATCH)


def test_of_these_clouds_some_are_read_and_some_refused() -> None:
    """Of one batch often none is: one cloud in eighteen is read. Of all examples together, some."""
    count = BATCH * EXAMPLES
    assert 0 < clouds_read(np.random.default_rng(0), count) < count


def maps_read(random: Random, count: int) -> list[OccupancyGrid]:
    """The cells of so many flat maps, but for those that are refused in a sentence."""
    read = []
    for _ in range(count):
        message = flat_maps(random)
        try:
            grid = grid_from_message(message, place(random), 0.3)
        except ValueError as error:
            assert "map" in str(error) or "quaternion" in str(error)
            continue
        read.append(grid)
        told, states = np.array(message.data), grid.cells.numpy()
        assert grid.corner.isfinite().all() and states.shape[2] == 3
        assert set(np.unique(states)) <= {FREE, OCCUPIED, UNSEEN}
        # Nothing that is occupied slips through, and nothing is made up.
        assert (states == OCCUPIED).any() == (told >= OCCUPIED_FROM).any()
        assert not (states == FREE).any() or ((told >= 0) & (told <= FREE_TO)).any()
    return read


@pytest.mark.filterwarnings("error::RuntimeWarning")
@settings(max_examples=EXAMPLES)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_map_is_cells_or_a_sentence(seed: int) -> None:
    grids = maps_read(np.random.default_rng(seed), BATCH)
    assert 0 < len(grids) < BATCH
    room = OccupancyMap(OccupancyConfig(size=(4.0, 4.0, 1.0)))
    room.know(grids)
    known = room.snapshot()
    assert known is not None and known.corner.isfinite().all()
    assert set(np.unique(known.cells)) <= {FREE, OCCUPIED, UNSEEN}


@pytest.mark.filterwarnings("error::RuntimeWarning")
@settings(max_examples=EXAMPLES)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_joints_are_filled_in_finitely(seed: int) -> None:
    """Bodies that are mostly there, with a few joints of any value: every rule has its turn."""
    random = np.random.default_rng(seed)
    joint_map = shipped_joint_map("smpl")
    for _ in range(BATCH):
        positions = random.normal(size=(22, 3)) * random.choice((1e-9, 1.0, 1e6))
        for joint in random.choice(22, 6):
            positions[joint, random.integers(3)] = numbers(random)
        confidence = numbers(random, 22)
        check([detection_on_smpl("1", 1, "map", joint_map, positions, confidence)], [])
