"""The guard: nothing is changed that need not be, nothing wrong goes out, and nothing jumps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from remogen_ros.cues.occupancy import OCCUPIED, OccupancyGrid
from remogen_ros.embodiment.ego_pose import EgoPose
from remogen_ros.embodiment.guard import INTERVENTIONS, Around, Guard
from remogen_ros.embodiment.guard_config import GuardConfig
from remogen_ros.embodiment.shown import is_sound
from test.embodiment.frames import ELBOW, HEIGHT, Frame

NOTHING = Around()


def frame(
    x: float = 0.0, y: float = 0.0, elbow: float = 0.0, yaw: float = 0.0, z: float = HEIGHT
) -> Frame:
    """Upright at a place, one elbow bent and the whole turned (degrees); two frames to come."""
    root = np.array((x, y, z), np.float32)
    rotations = np.tile(np.array((0, 0, 0, 1), np.float32), (22, 1))
    rotations[ELBOW] = Rotation.from_euler("z", elbow, degrees=True).as_quat()
    rotations[0] = Rotation.from_euler("z", yaw, degrees=True).as_quat()
    joints = EgoPose.of(root, rotations).positions.astype(np.float32)
    return Frame(root, rotations, joints, np.stack((root, root)), np.stack((rotations, rotations)))


def elbow_of(shown: Frame) -> float:
    return float(np.rad2deg(Rotation.from_quat(shown.joint_rotations[ELBOW]).magnitude()))


def shown_by(guard: Guard, generated: Frame, around: Around = NOTHING, hold: bool = False) -> Frame:
    shown = guard.guarded(generated, around, hold)
    assert shown is not None and is_sound(shown)
    # What is shown fits together.
    joints = EgoPose.of(shown.root_position, shown.joint_rotations).positions
    np.testing.assert_allclose(shown.joint_positions, joints, atol=1e-5)
    assert shown.root_position.dtype == shown.joint_rotations.dtype == np.float32
    assert shown.horizon_root_positions.shape == (2, 3)
    assert shown.horizon_joint_rotations.shape == (2, 22, 4)
    return shown


def wall_at(x: float) -> OccupancyGrid:
    """A wall 0.1 m thick along y, from x on; the map covers 4 m x 4 m around the origin."""
    cells = torch.zeros(40, 40, 20, dtype=torch.uint8)
    cells[round((x + 2.0) / 0.1)] = OCCUPIED
    return OccupancyGrid(cells, torch.tensor((-2.0, -2.0, 0.0)))


def counted(guard: Guard) -> dict[str, int]:
    return {name: count for name, count in guard.counts.items() if count}


# --- where nothing is wrong ---------------------------------------------------------------------


def test_a_walk_within_all_limits_goes_through_as_it_is():
    around = Around(np.array([(3.0, 0.0)]), wall_at(1.9))
    guard = Guard()
    for tick in range(20):
        generated = frame(x=0.08 * tick, elbow=10.0 * tick, yaw=5.0 * tick)
        assert guard.guarded(generated, around) is generated
    assert counted(guard) == {}


@given(st.lists(st.tuples(*[st.floats(-0.15, 0.15)] * 2, *[st.floats(-40, 40)] * 2), max_size=8))
def test_any_motion_within_the_limits_goes_through_as_it_is(moves: list):
    guard, x, y, elbow, yaw = Guard(), 0.0, 0.0, 0.0, 0.0
    for dx, dy, bend, turn in moves:
        x, y, elbow, yaw = x + dx, y + dy, elbow + bend, yaw + turn
        generated = frame(x, y, elbow, yaw)
        assert guard.guarded(generated, Around(np.array([(5.0, 5.0)]))) is generated


def test_a_quaternion_of_the_other_sign_is_no_turn():
    guard = Guard(GuardConfig(max_joint_speed=1.0))
    guard.guarded(frame(elbow=30.0), NOTHING)
    same = frame(elbow=30.0)
    same.joint_rotations[:] *= -1
    assert guard.guarded(same, NOTHING) is same


def test_limits_that_are_off_are_off():
    guard = Guard(GuardConfig(min_partner_distance=0.0, avoid_occupied=False))
    around = Around(np.array([(0.3, 0.0)]), wall_at(0.2))
    for tick in range(5):
        generated = frame(x=0.1 * tick)
        assert guard.guarded(generated, around) is generated


# --- each limit ---------------------------------------------------------------------------------


def test_root_speed_by_hand_and_the_way_back():
    guard = Guard(GuardConfig(max_root_speed=1.0, return_speed=0.5))
    shown_by(guard, frame())
    # 0.3 m in a tick: 0.1 m is allowed; then back by 0.2 * 0.2 m, and by 0.2 * 0.16 m.
    places = [shown_by(guard, frame(x=0.3)).root_position[0] for _ in range(3)]
    assert places == pytest.approx([0.1, 0.14, 0.172])
    assert counted(guard) == {"root_speed": 1}
    target = frame(x=0.3)
    shown = [guard.guarded(target, NOTHING) for _ in range(30)]
    assert shown[-1] is target


def test_joint_speed_by_hand():
    guard = Guard(GuardConfig(max_joint_speed=np.deg2rad(300.0)))
    shown_by(guard, frame())
    bent = [elbow_of(shown_by(guard, frame(elbow=80.0))) for _ in range(3)]
    assert bent == pytest.approx([30, 60, 80], abs=0.1)
    # At the first tick what was to come was too fast, too.
    assert counted(guard) == {"joint_speed": 2, "horizon": 1}


def test_a_person_is_not_walked_into():
    guard = Guard(GuardConfig(min_partner_distance=0.5))
    around = Around(np.array([(1.0, 0.0)]))
    places = [
        float(shown_by(guard, frame(x=0.1 * tick), around).root_position[0]) for tick in range(20)
    ]
    assert places[5] == pytest.approx(0.5)
    assert max(places) == pytest.approx(0.5, abs=1e-4)
    assert guard.counts["partner_distance"] >= 14
    # Gestures go on meanwhile.
    assert elbow_of(shown_by(guard, frame(x=2.0, elbow=45.0), around)) == pytest.approx(45, abs=0.1)


def test_a_wall_is_not_walked_into_and_what_is_to_come_does_not_go_through_it():
    guard = Guard(GuardConfig(clearance=0.0))
    around = Around(room=wall_at(0.5))
    for tick in range(20):
        shown = shown_by(guard, frame(x=0.08 * tick), around)
        assert shown.root_position[0] < 0.5
        assert tick < 8 or (shown.horizon_root_positions == shown.root_position).all()
    assert shown.root_position[0] > 0.35
    assert guard.counts["occupied"] > 10


def test_a_frame_that_is_not_sound_is_never_shown():
    guard = Guard()
    for bad in (np.nan, np.inf, -np.inf):
        for name in Frame.__dataclass_fields__:
            broken = frame(x=1.0)
            getattr(broken, name).flat[-1] = bad
            assert not is_sound(broken), name
            assert guard.guarded(broken, NOTHING) is None
    zero = replace(frame(), joint_rotations=np.zeros((22, 4), np.float32))
    assert guard.guarded(zero, NOTHING) is None
    assert counted(guard) == {"not_finite": 16}


def test_the_last_good_pose_is_held_while_frames_are_not_finite():
    guard = Guard()
    shown_by(guard, frame(x=0.1, elbow=20.0))
    good = shown_by(guard, frame(x=0.2, elbow=25.0))
    for _ in range(3):
        broken = replace(frame(), root_position=np.full(3, np.nan, np.float32))
        held = shown_by(guard, broken)
        np.testing.assert_array_equal(held.joint_positions, good.joint_positions)
        np.testing.assert_array_equal(held.joint_rotations, good.joint_rotations)
    assert counted(guard) == {"not_finite": 3}


# --- hold, and back -----------------------------------------------------------------------------


def test_a_held_body_brakes_by_half_a_tick_and_stands():
    guard = Guard()
    for tick in range(3):
        shown_by(guard, frame(x=0.1 * tick, elbow=8.0 * tick))
    held = [shown_by(guard, frame(x=9.0), hold=True) for _ in range(16)]
    assert [f.root_position[0] for f in held[:3]] == pytest.approx([0.25, 0.275, 0.2875])
    assert [elbow_of(f) for f in held[:3]] == pytest.approx([20, 22, 23], abs=0.1)
    np.testing.assert_array_equal(held[-1].joint_positions, held[-2].joint_positions)
    assert (held[-1].horizon_root_positions == held[-1].root_position).all()
    assert counted(guard) == {"held": 16}


def test_braking_does_not_lead_into_a_wall():
    guard = Guard(GuardConfig(clearance=0.0))
    around = Around(room=wall_at(0.2))
    shown_by(guard, frame(x=0.05), around)
    shown_by(guard, frame(x=0.19), around)
    held = [shown_by(guard, frame(x=0.19), around, hold=True) for _ in range(8)]
    assert max(f.root_position[0] for f in held) < 0.2


def test_after_a_hold_motion_starts_from_rest_and_comes_to_what_is_generated():
    guard = Guard(GuardConfig(ease_s=0.5))
    shown = shown_by(guard, frame())
    shown = shown_by(guard, frame(), hold=True)
    before, steps, bends = shown, [], []
    for tick in range(60):
        generated = frame(x=1.0 + 0.1 * tick, elbow=90.0)
        shown = guard.guarded(generated, NOTHING)
        steps.append(float(shown.root_position[0] - before.root_position[0]))
        bends.append(elbow_of(shown))
        before = shown
    # smoothstep after 1 .. 5 of 5 ticks
    assert bends[:5] == pytest.approx([90 * s for s in (0.104, 0.352, 0.648, 0.896, 1)], abs=0.1)
    assert steps[0] < 0.01
    # From there no tick is faster than walking and coming back together.
    assert max(steps) <= 0.1 + 0.05 + 1e-6
    assert np.abs(np.diff(steps)).max() < 0.06
    assert shown is generated


def test_height_comes_back_with_the_joints():
    guard = Guard(GuardConfig(ease_s=0.5))
    shown_by(guard, frame())
    shown_by(guard, frame(), hold=True)
    shown = [shown_by(guard, frame(x=0.5, elbow=90.0, z=HEIGHT - 0.4)) for _ in range(5)]
    lowered = [(HEIGHT - f.root_position[2]) / 0.4 for f in shown]
    assert lowered == pytest.approx([0.104, 0.352, 0.648, 0.896, 1.0], abs=1e-3)


def test_easing_across_the_mirror_image_does_not_jump():
    guard = Guard(GuardConfig(ease_s=1.0))
    shown_by(guard, frame(yaw=0.0))
    shown = shown_by(guard, frame(yaw=0.0), hold=True)
    for tick in range(14):
        after = shown_by(guard, frame(yaw=150.0 + 10.0 * tick))
        turn = Rotation.from_quat(shown.joint_rotations[0]).inv()
        turn *= Rotation.from_quat(after.joint_rotations[0])
        assert np.rad2deg(turn.magnitude()) < 60.0
        shown = after
    assert shown.joint_rotations == pytest.approx(frame(yaw=280.0).joint_rotations)


def test_what_is_to_come_is_eased_too():
    guard = Guard(GuardConfig(ease_s=0.5))
    shown_by(guard, frame())
    shown_by(guard, frame(), hold=True)
    first = shown_by(guard, frame(elbow=90.0))
    foreseen = Rotation.from_quat(first.horizon_joint_rotations[:, ELBOW]).magnitude()
    coming = [elbow_of(shown_by(guard, frame(elbow=90.0))) for _ in range(2)]
    assert np.rad2deg(foreseen) == pytest.approx(coming, abs=0.1)


def test_a_body_that_may_not_jump_comes_to_another_start_as_slowly_as_it_is_told():
    guard = Guard(GuardConfig(ease_s=0.5, return_speed=0.5))
    shown_by(guard, frame())
    guard.ease(2.0)
    shown = [shown_by(guard, frame(x=3.0, elbow=90.0)) for _ in range(100)]
    # smoothstep after 1 and 10 of 20 ticks
    assert [elbow_of(shown[tick]) for tick in (0, 9)] == pytest.approx([90 * 0.00725, 45], abs=0.1)
    steps = np.diff([0.0, *(f.root_position[0] for f in shown)])
    assert steps.max() <= 0.05 + 1e-6 and steps[0] < 0.001
    assert shown[-1].root_position[0] == pytest.approx(3.0, abs=0.01)


def test_a_hold_before_the_first_pose_shows_it():
    guard = Guard()
    generated = frame()
    assert guard.guarded(generated, NOTHING, hold=True) is generated
    assert shown_by(guard, frame(x=1.0), hold=True).root_position[0] == 0.0


def test_reset_forgets_where_the_body_was():
    guard = Guard()
    shown_by(guard, frame())
    shown_by(guard, frame(), hold=True)
    guard.reset()
    far = frame(x=5.0, elbow=90.0)
    assert guard.guarded(far, NOTHING) is far


# --- whatever comes -----------------------------------------------------------------------------

wild = st.tuples(
    st.sampled_from(["show", "show", "show", "hold", "nan"]),
    st.floats(-2.0, 2.0),
    st.floats(-2.0, 2.0),
    st.floats(-180.0, 180.0),
    st.floats(-180.0, 180.0),
)


@given(st.lists(wild, min_size=2, max_size=12), st.tuples(st.floats(-2, 2), st.floats(-2, 2)))
def test_whatever_is_generated_the_limits_hold(ticks: list, person: tuple):
    config = GuardConfig(max_root_speed=2.0, max_joint_speed=6.0, min_partner_distance=0.6)
    guard = Guard(config)
    around = Around(np.array([person]), wall_at(0.5))
    last = shown_by(guard, frame())
    for what, x, y, elbow, yaw in ticks:
        generated = frame(x, y, elbow, yaw)
        if what == "nan":
            generated.joint_rotations[3, 1] = np.nan
        shown = shown_by(guard, generated, around, hold=what == "hold")
        moved = np.linalg.norm(shown.root_position - last.root_position)
        assert moved <= 0.2 + 1e-5
        turns = Rotation.from_quat(last.joint_rotations).inv()
        turns *= Rotation.from_quat(shown.joint_rotations)
        assert turns.magnitude().max() <= 0.6 + 2e-3
        before, after = (np.hypot(*(f.root_position[:2] - person)) for f in (last, shown))
        assert after >= min(before, 0.6) - 1e-5
        # The wall is thicker than a step over it: the pelvis stays on its side.
        assert shown.root_position[0] < 0.5
        last = shown


def test_interventions_are_all_counted_from_the_start():
    assert dict(Guard().counts) == dict.fromkeys(INTERVENTIONS, 0)
