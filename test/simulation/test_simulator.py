"""A robot in the real MuJoCo: it gets where it is told, within its limits, and is carried along."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import mujoco
import numpy as np
import pytest

from remogen_ros.embodiment.splines import Spline
from remogen_ros.errors import UserError
from remogen_ros.simulation.measures import Measures
from remogen_ros.simulation.robot import TIMESTEP, SimulatedRobot
from remogen_ros.simulation.simulator import HANGING_HEIGHT, Base, Simulator
from test.embodiment.robots import ROBOTS

ANY = pytest.mark.parametrize("name", ROBOTS)
ANY_SPEED = np.array(np.inf)


@cache
def robot(name: str = "unitree_g1") -> SimulatedRobot:
    return SimulatedRobot.load(name)


def standing(name: str = "unitree_g1", base: Base = "carried") -> Simulator:
    """A robot that was told to stand at the origin, and has done so for half a second."""
    simulator = Simulator(robot(name), base)
    tell(simulator, simulator.robot.robot.stand[simulator.robot.robot.qpos], 0.1)
    carry(simulator, np.zeros(2), 0.1)
    simulator.step_to(0.5)
    return simulator


def tell(simulator: Simulator, positions: np.ndarray, at: float) -> None:
    """Be at these joint positions at a time, at rest."""
    rest = np.zeros((1, len(positions)))
    simulator.command_joints(np.array([at]), positions[None], rest)


def carry(
    simulator: Simulator, place: np.ndarray, at: float, speed: tuple[float, float] = (0.0, 0.0)
) -> bool:
    """Have the root at this place of the floor at a time."""
    position = np.array([[*place, simulator.robot.robot.stand[2]]])
    rates = np.array([[*speed, 0.0, 0.0, 0.0, 0.0]])
    upright = np.array([[0.0, 0.0, 0.0, 1.0]])
    return simulator.command_root(np.array([at]), position, upright, rates)


@ANY
def test_it_stands_on_the_floor(name: str) -> None:
    state = standing(name).state()
    assert state.positions == pytest.approx(state.commanded, abs=0.02)
    assert state.root_position == pytest.approx(robot(name).robot.stand[:3], abs=2e-3)
    assert state.balls[:, 2] == pytest.approx(0.0, abs=5e-3)


@ANY
def test_servos_suit_the_inertia_that_they_turn(name: str) -> None:
    known = robot(name)
    model, dofs = known.mujoco, known.robot.dofs
    data, inertia = mujoco.MjData(model), np.zeros((model.nv, model.nv))
    data.qpos[: known.robot.stand.size] = known.robot.stand
    mujoco.mj_forward(model, data)
    mujoco.mj_fullM(model, data, inertia)
    turned = 1.0 / np.diag(np.linalg.inv(inertia[np.ix_(dofs, dofs)]))
    # Beyond 2, a step of the physics turns a velocity round, and the servo chatters.
    assert (known.damping * TIMESTEP / turned < 1.0).all()
    ratio = known.damping / (2.0 * np.sqrt(known.stiffness * turned))
    assert (ratio > 0.6).all() and (ratio < 1.6).all()


@ANY
def test_joints_that_are_far_off_are_no_faster_than_they_may_be_told(name: str) -> None:
    simulator = Simulator(robot(name), "fixed")
    known, here = simulator.robot.robot, simulator.state().positions
    fastest = 0.0
    for joint in range(len(here)):
        simulator.restart(0.0)
        tell(simulator, here, 0.1)
        simulator.step_to(0.2)
        far = here.copy()
        far[joint] = np.clip(here[joint] + 2.0, known.lower[joint], known.upper[joint])
        # At once, as no command may be: what a servo makes of a joint that is held up.
        simulator._joints = Spline.resting(far)
        for step in range(1, 200):
            simulator.step_to(0.2 + step * TIMESTEP)
            speed = np.abs(simulator.state().velocities[joint])
            fastest = max(fastest, speed / known.command_velocity[joint])
    assert fastest < 1.05


@ANY
def test_a_commanded_pose_is_reached(name: str) -> None:
    simulator = standing(name)
    known = simulator.robot.robot
    wanted = known.stand[known.qpos].copy()
    arms = [i for i, joint in enumerate(known.description.joints) if "elbow" in joint]
    wanted[arms] -= 0.6
    tell(simulator, wanted, 1.0)
    simulator.step_to(1.5)
    assert simulator.state().positions == pytest.approx(wanted, abs=0.03)


@ANY
def test_the_ends_of_the_ranges_hold(name: str) -> None:
    """Whatever is asked for."""
    simulator = Simulator(robot(name), "fixed")
    measures = Measures(simulator.robot.lower, simulator.robot.upper, ANY_SPEED)
    draw = np.random.default_rng(0)
    for tick in range(1, 21):
        beyond = draw.uniform(-4.0, 4.0, len(simulator.robot.lower))
        tell(simulator, np.clip(beyond, simulator.robot.lower, simulator.robot.upper), tick / 2)
        simulator.step_to(tick / 2 + 0.1)
        state = simulator.state()
        assert np.isfinite(state.positions).all()
        measures.add(state)
    assert measures.limit_violations == 0


def test_torques_stay_within_what_the_model_allows() -> None:
    simulator = standing()
    wrist = simulator.robot.robot.description.joints.index("left_wrist_pitch_joint")
    sudden = simulator.robot.robot.stand[simulator.robot.robot.qpos].copy()
    sudden[wrist] = 1.5
    tell(simulator, sudden, 0.51)
    torques = []
    for step in range(50):
        simulator.step_to(0.5 + step * TIMESTEP)
        torques.append(abs(simulator.state().torques[wrist]))
    assert 4.9 < max(torques) <= 5.0 + 1e-9


def test_a_carried_base_goes_where_it_is_told() -> None:
    simulator = standing()
    for tick in range(10):
        now = 0.5 + tick / 10
        carry(simulator, np.array([0.05 * (tick + 1), 0.0]), now + 0.1, (0.5, 0.0))
        simulator.step_to(now + 0.1)
    state = simulator.state()
    assert state.root_position[:2] == pytest.approx([0.5, 0.0], abs=0.01)
    assert state.root_rotation == pytest.approx([0.0, 0.0, 0.0, 1.0], abs=0.02)


def test_a_place_that_is_far_off_is_taken_at_once() -> None:
    simulator = standing()
    assert not carry(simulator, np.array([0.1, 0.0]), 0.6)
    assert carry(simulator, np.array([3.0, 1.0]), 0.7)
    assert simulator.state().root_position[:2] == pytest.approx([3.0, 1.0], abs=1e-6)


def test_a_fixed_base_hangs_where_it_is() -> None:
    simulator = standing(base="fixed")
    carry(simulator, np.array([1.0, 0.0]), 0.6)
    simulator.step_to(1.0)
    height = simulator.robot.robot.stand[2] + HANGING_HEIGHT
    assert simulator.state().root_position == pytest.approx([0.0, 0.0, height], abs=5e-3)


def test_the_same_commands_give_the_same_motion() -> None:
    first, second = standing(), standing()
    assert (first.qpos == second.qpos).all()


def test_whole_steps_up_to_a_time() -> None:
    simulator = Simulator(robot())
    assert simulator.step_to(0.011) == 5
    assert simulator.step_to(0.011) == 0
    assert simulator.step_to(0.0) == 0


def test_what_is_wrong_is_refused() -> None:
    simulator = Simulator(robot())
    joints = len(simulator.robot.lower)
    for times, positions in (
        (np.array([0.2, 0.1]), np.zeros((2, joints))),
        (np.array([0.1]), np.zeros((1, 3))),
        (np.array([0.1]), np.full((1, joints), np.nan)),
        (np.zeros(0), np.zeros((0, joints))),
    ):
        with pytest.raises(ValueError, match="a path"):
            simulator.command_joints(times, positions, np.zeros_like(positions))
    assert not simulator.is_told


def test_what_is_commanded_stays_within_the_joints_limits_whatever_is_told() -> None:
    simulator = Simulator(robot())
    lower, upper = simulator.robot.lower, simulator.robot.upper
    draw = np.random.default_rng(0)
    commanded: list[tuple[np.ndarray, np.ndarray]] = []
    for tick in range(20):
        now = tick / 10
        size = draw.choice((1.0, 1e3, 1e300))
        positions, velocities = size * draw.normal(size=(2, 3, len(lower)))
        simulator.command_joints(now + np.array([0.1, 0.2, 0.3]), positions, velocities)
        rates = size * draw.normal(size=(3, 6))
        roots, turns = draw.normal(size=(3, 3)), draw.normal(size=(3, 4))
        simulator.command_root(now + np.array([0.1, 0.2, 0.3]), roots, turns, rates)
        simulator.step_to(now + 0.1)
        state = simulator.state()
        assert all(np.isfinite(v).all() for v in (state.positions, state.velocities, state.torques))
        for step in range(1, 30):
            commanded.append(simulator._joints.at(now + step / 100))
    positions, rates = (np.array(each) for each in zip(*commanded, strict=True))
    assert (positions >= lower - 1e-9).all() and (positions <= upper + 1e-9).all()
    assert (np.abs(rates) <= simulator.robot.robot.command_velocity + 1e-9).all()
    for far, turn in ((1e300, 1.0), (1.1e4, 1.0), (0.0, 0.0), (0.0, 1e200)):
        with pytest.raises(ValueError, match="a root path"):
            simulator.command_root(
                np.array([9.0]), np.full((1, 3), far), np.full((1, 4), turn), np.zeros((1, 6))
            )


def test_a_robot_without_servos_is_refused(tmp_path) -> None:
    from remogen_ros.embodiment.robot_description import load_robot

    _, source = load_robot("unitree_g1")
    text = source.read_text().replace('  "*_hip_pitch_joint": 2400.0\n', "")
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(UserError, match="stiffness: fits no joint 'left_hip_pitch_joint'"):
        SimulatedRobot.load(str(tmp_path / "mine.yaml"))


def test_measures_count_what_is_off() -> None:
    simulator = standing()
    state = simulator.state()
    measures = Measures(state.positions - 1.0, state.positions + 1.0, ANY_SPEED)
    measures.add(state)
    assert measures.summary()["limit_violations"] == 0
    assert measures.summary()["tracking_error_rad.p95"] < 0.02
    narrow = Measures(state.positions + 0.1, state.positions + 1.0, ANY_SPEED)
    narrow.add(state)
    assert narrow.summary()["limit_violations"] == 1


def test_measures_count_joints_that_are_faster_than_they_may_be() -> None:
    state = standing().state()
    fastest = np.full(len(state.positions), 15.0)
    measures = Measures(state.positions - 1.0, state.positions + 1.0, fastest)
    for speed, count in ((15.0, 0), (-15.1, 1), (14.0, 1), (45.0, 2)):
        velocities = np.zeros(len(state.positions))
        velocities[3] = speed
        measures.add(replace(state, velocities=velocities))
        assert measures.summary()["velocity_violations"] == count
    assert measures.summary()["limit_violations"] == 0
    assert measures.summary()["velocity_share"] == pytest.approx(3.0)


def test_feet_skate_as_elsewhere_in_the_project() -> None:
    state = standing().state()
    for height, speed in ((0.0, 1.0), (0.03, 0.0)):
        measures = Measures(state.positions - 1.0, state.positions + 1.0, ANY_SPEED)
        measures.add(replace(state, balls=np.zeros((2, 3))))
        balls = np.tile([0.1, 0.0, height], (2, 1))
        measures.add(replace(state, time=state.time + 0.1, balls=balls))
        assert measures.summary()["foot_skate_m_s"] == pytest.approx(speed)
