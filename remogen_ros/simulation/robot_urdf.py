"""A robot's URDF, made from its MuJoCo model: for who knows no MJCF.

Links and joints have the names of the model's bodies and joints, and their frames. Angles, limits
and masses are the model's; greatest velocities are those of the robot's file.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

import mujoco
import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from remogen_ros.embodiment.robot_description import FEET, load_robot
from remogen_ros.embodiment.robot_model import RobotModel, build, robot_spec
from remogen_ros.errors import UserError
from remogen_ros.simulation.robot import SOLE_RADIUS, greatest_torque

UNLIMITED = 1e3
"""What stands for a limit that a model does not have: URDF asks for all of them."""

_UPRIGHT = Rotation.identity()


def robot_urdf(name: str) -> Element:
    """The element `robot` of a shipped robot by its name, or of a user's own by its YAML file.

    Meshes are named by the path that they have on this machine. Of collision shapes there are the
    soles alone, a small ball at each of their points, as in `simulation.robot`.

    Raises:
        UserError: the file is wrong, or the model has what URDF cannot say.
    """
    description, source = load_robot(name)
    robot = build(description, source, meshes=True)
    files = _mesh_files(robot_spec(description, source, meshes=True))
    model = robot.mujoco
    tree = Element("robot", name=description.name)
    for body in range(1, model.nbody):
        if body > 1:
            _add_joint(tree, robot, body, source)
        link = SubElement(tree, "link", name=model.body(body).name)
        _add_inertial(link, model, body)
        for geom in np.flatnonzero(model.geom_bodyid == body):
            _add_visual(link, model, int(geom), files)
    for foot, points in zip(FEET, robot.soles, strict=True):
        (link,) = tree.iterfind(f"link[@name='{description.targets[foot].body}']")
        for point in points:
            _add_ball(link, point + (0.0, 0.0, SOLE_RADIUS))
    return tree


def origin(parent: Element, xyz: ArrayLike, rotation: Rotation = _UPRIGHT) -> None:
    """Add where something is: (3,) metres, and how it is turned."""
    SubElement(parent, "origin", xyz=text(xyz), rpy=text(rotation.as_euler("xyz")))


def text(values: ArrayLike) -> str:
    """Numbers as URDF has them."""
    return " ".join(f"{value:.9g}" for value in np.atleast_1d(np.asarray(values, np.float64)))


def _add_joint(tree: Element, robot: RobotModel, body: int, source: Path) -> None:
    """How a body is fixed to the one above it."""
    model = robot.mujoco
    count, index = model.body_jntnum[body], model.body_jntadr[body]
    name, kind = f"{model.body(body).name}_fixed", "fixed"
    if count:
        name, kind = model.joint(index).name, "revolute"
        plain = model.jnt_type[index] == mujoco.mjtJoint.mjJNT_HINGE
        if count > 1 or not plain or model.jnt_pos[index].any():
            raise UserError(
                f"Robot file {source}: model.file: the joints of body '{model.body(body).name}' "
                "cannot be said in URDF, which knows one hinge through a body's origin."
            )
    joint = SubElement(tree, "joint", name=name, type=kind)
    origin(joint, model.body_pos[body], _rotation(model.body_quat[body]))
    SubElement(joint, "parent", link=model.body(model.body_parentid[body]).name)
    SubElement(joint, "child", link=model.body(body).name)
    if not count:
        return
    SubElement(joint, "axis", xyz=text(model.jnt_axis[index]))
    limited = bool(model.jnt_limited[index])
    lower, upper = model.jnt_range[index] if limited else (-UNLIMITED, UNLIMITED)
    moved = name in robot.description.joints
    velocity = robot.velocity[robot.description.joints.index(name)] if moved else np.inf
    SubElement(
        joint,
        "limit",
        lower=text(lower),
        upper=text(upper),
        effort=text(min(greatest_torque(model, name), UNLIMITED)),
        velocity=text(min(velocity, UNLIMITED)),
    )
    damping, friction = model.dof_damping[model.jnt_dofadr[index]], model.dof_frictionloss
    friction = friction[model.jnt_dofadr[index]]
    SubElement(joint, "dynamics", damping=text(damping), friction=text(friction))


def _add_inertial(link: Element, model: mujoco.MjModel, body: int) -> None:
    turned = _rotation(model.body_iquat[body]).as_matrix()
    (xx, xy, xz), (_, yy, yz), (_, _, zz) = turned @ np.diag(model.body_inertia[body]) @ turned.T
    inertial = SubElement(link, "inertial")
    origin(inertial, model.body_ipos[body])
    SubElement(inertial, "mass", value=text(model.body_mass[body]))
    values = {"ixx": xx, "ixy": xy, "ixz": xz, "iyy": yy, "iyz": yz, "izz": zz}
    SubElement(inertial, "inertia", {key: text(value) for key, value in values.items()})


def _add_visual(link: Element, model: mujoco.MjModel, geom: int, files: dict[str, Path]) -> None:
    """A mesh that is there to be seen; those that are there to collide are left out."""
    is_mesh = model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_MESH
    if not is_mesh or model.geom_contype[geom] or model.geom_conaffinity[geom]:
        return
    mesh = model.geom_dataid[geom]
    # MuJoCo puts a mesh at its centre of mass, along its axes of inertia; the file knows neither.
    turned = _rotation(model.geom_quat[geom]) * _rotation(model.mesh_quat[mesh]).inv()
    place = model.geom_pos[geom] - turned.apply(model.mesh_pos[mesh])
    visual = SubElement(link, "visual")
    origin(visual, place, turned)
    shape = SubElement(visual, "geometry")
    path, scale = files[model.mesh(mesh).name], model.mesh_scale[mesh]
    SubElement(shape, "mesh", filename=path.as_uri(), scale=text(scale))
    material = model.geom_matid[geom]
    colour = model.geom_rgba[geom] if material < 0 else model.mat_rgba[material]
    name = f"{link.get('name')}_{geom}"
    SubElement(SubElement(visual, "material", name=name), "color", rgba=text(colour))


def _add_ball(link: Element, place: ArrayLike) -> None:
    collision = SubElement(link, "collision")
    origin(collision, place)
    SubElement(SubElement(collision, "geometry"), "sphere", radius=text(SOLE_RADIUS))


def _mesh_files(spec: mujoco.MjSpec) -> dict[str, Path]:
    """Where each mesh of a model is on this machine, by its name."""
    folder = Path(spec.modelfiledir) / spec.meshdir
    return {mesh.name: (folder / mesh.file).resolve() for mesh in spec.meshes}


def _rotation(quaternion: ArrayLike) -> Rotation:
    """From (4,) wxyz."""
    return Rotation.from_quat(np.asarray(quaternion)[[1, 2, 3, 0]])
