"""The URDF of a robot, read by parsers of others, is the robot of its MuJoCo model."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import unquote, urlparse
from xml.etree import ElementTree

import mujoco
import numpy as np
import pytest
import yourdfpy

from remogen_ros.embodiment.link_tree import LinkTree
from remogen_ros.embodiment.robot_model import RobotModel
from remogen_ros.errors import UserError
from remogen_ros.simulation.robot_urdf import robot_urdf
from test.embodiment.robots import ROBOTS, data_at

ANY = pytest.mark.parametrize("name", ROBOTS)


def written(name: str) -> str:
    return ElementTree.tostring(robot_urdf(name), encoding="unicode")


@ANY
def test_frames_are_those_of_the_model(name: str) -> None:
    robot = RobotModel.load(name)
    urdf = yourdfpy.URDF.load(io.BytesIO(written(name).encode()), load_meshes=False)
    assert urdf.validate()
    assert sorted(urdf.actuated_joint_names) == sorted(robot.description.joints)
    assert sorted(LinkTree(written(name)).movable_joints) == sorted(robot.description.joints)
    random = np.random.default_rng(0)
    for _ in range(3):
        qpos = robot.stand.copy()
        qpos[:3] = 0.0
        qpos[robot.qpos] = random.uniform(robot.lower, robot.upper)
        data = data_at(robot, qpos)
        urdf.update_cfg(dict(zip(robot.description.joints, qpos[robot.qpos], strict=True)))
        for body in range(1, robot.mujoco.nbody):
            frame = urdf.get_transform(robot.mujoco.body(body).name)
            assert frame[:3, 3] == pytest.approx(data.xpos[body], abs=1e-5)
            assert frame[:3, :3] == pytest.approx(data.xmat[body].reshape(3, 3), abs=1e-5)


@ANY
def test_masses_and_limits_are_those_of_the_model(name: str) -> None:
    robot = RobotModel.load(name)
    tree = robot_urdf(name)
    # MuJoCo takes meshes of a URDF from its own folder only.
    for link in tree.iter("link"):
        for visual in list(link.iterfind("visual")):
            link.remove(visual)
    spec = mujoco.MjSpec.from_string(ElementTree.tostring(tree, encoding="unicode"))
    spec.compiler.fusestatic = False
    spec.body("pelvis").add_freejoint()
    read = spec.compile()
    assert read.body_mass.sum() == pytest.approx(robot.mujoco.body_mass.sum(), rel=1e-6)
    for body in range(1, robot.mujoco.nbody):
        mine, its = (m.body(robot.mujoco.body(body).name) for m in (read, robot.mujoco))
        assert mine.mass == pytest.approx(its.mass, rel=1e-6)
        assert mine.ipos == pytest.approx(its.ipos, abs=1e-6)
        assert np.sort(mine.inertia) == pytest.approx(np.sort(its.inertia), rel=1e-4, abs=1e-8)
    for joint in robot.description.joints:
        mine, its = read.joint(joint), robot.mujoco.joint(joint)
        assert mine.range == pytest.approx(its.range, abs=1e-6)
        assert mine.axis == pytest.approx(its.axis, abs=1e-6)


@ANY
def test_meshes_are_files_of_this_machine_where_the_model_has_them(name: str) -> None:
    tree = robot_urdf(name)
    names = [mesh.get("filename", "") for mesh in tree.iter("mesh")]
    assert len(names) > 10
    for filename in names:
        assert Path(unquote(urlparse(filename).path)).is_file()


def test_a_model_that_urdf_cannot_say_is_refused(tmp_path: Path) -> None:
    (tmp_path / "two.xml").write_text(
        """<mujoco><worldbody><body name="pelvis" pos="0 0 1"><freejoint/><geom size=".1"/>
        <body name="left" pos="0 .1 -1"><joint name="a"/><joint name="b" axis="0 1 0"/>
        <geom size=".1"/></body>
        <body name="right" pos="0 -.1 -1"><joint name="c"/><geom size=".1"/></body>
        </body></worldbody></mujoco>"""
    )
    (tmp_path / "two.yaml").write_text(
        """
name: two
model: {file: two.xml}
joints: [a, b, c]
targets:
  pelvis: {body: pelvis, position: 1.0}
  left_foot: {body: left, sole: [[0, 0, 0]]}
  right_foot: {body: right, sole: [[0, 0, 0]]}
velocity: {"*": 5.0}
"""
    )
    with pytest.raises(UserError, match=r"two\.yaml: model\.file: the joints of body 'left'"):
        robot_urdf(str(tmp_path / "two.yaml"))
