"""`./remogen evaluate robot`: how truly a robot in MuJoCo follows what a model does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import torch
import tyro
from rich.console import Console
from rich.table import Table

from remogen_ros.cli.evaluate_strips import of_many_kinds
from remogen_ros.cli.reports import numbers_table, progress_bar
from remogen_ros.data.corpus import Record, open_corpus
from remogen_ros.embodiment.choosing import AVATAR, embodiment_named
from remogen_ros.embodiment.colours import EGO, PARTNER
from remogen_ros.errors import UserError
from remogen_ros.evaluation.takes import Takes
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.rendering.compared_strip import Actor, ComparedStrip
from remogen_ros.rendering.scene import Surface
from remogen_ros.streaming.generator import Generator

if TYPE_CHECKING:
    from remogen_ros.embodiment.robot_model import RobotModel
    from remogen_ros.evaluation.robot_following import Following, Reaction

TABLE = "robot.json"


@dataclass(frozen=True)
class RobotEvaluation:
    """Let a robot in MuJoCo follow a model's reactions to the partners of test clips.

    What the live nodes do, tick by tick and without ROS: generator, guard, inverse kinematics,
    servos; the base is carried along. One row a reaction, and pictures of the first ones: the
    model's ego above, the robot below.
    """

    out: Path
    """Folder of the pictures, and of the numbers (robot.json)."""
    duet: Path
    """Corpus of pairs."""
    model: Path = Path("models/demo")
    """Folder of the model's bundle."""
    embodiment: Annotated[str, tyro.conf.arg(metavar="ROBOT")] = "unitree_g1"
    """A shipped robot, or the path of a robot's YAML file."""
    clips: tuple[str, ...] = ()
    """Test clips to react to, by name; drawn at random if left out."""
    count: int = 10
    """Clips where none are named, each of another rule while there are."""
    pictures: int = 3
    """How many of them to draw."""
    seed: int = 0
    """Of the clips and of all noise."""
    threads: Annotated[int, tyro.conf.arg(aliases=["-j"])] = 1
    """CPU threads."""

    def run(self, console: Console) -> None:
        """Print the table; write it and the pictures.

        Raises:
            UserError: anything the user can mend.
        """
        if self.count < 1 or self.threads < 1 or self.seed < 0 or self.pictures < 0:
            raise UserError(
                "--count and --threads must be at least 1, --seed and --pictures at least 0."
            )
        if self.embodiment == AVATAR:
            raise UserError("--embodiment must be a robot, such as unitree_g1.")
        torch.set_num_threads(self.threads)
        # Says what is missing, should it be what robots need.
        embodiment_named(self.embodiment)
        from remogen_ros.embodiment.robot_model import RobotModel
        from remogen_ros.evaluation.robot_following import follow, react
        from remogen_ros.simulation.robot import SimulatedRobot

        corpus = open_corpus(self.duet)
        if corpus.partner is None:
            raise UserError(f"There is nobody to react to in the corpus {self.duet}.")
        takes = Takes(corpus)
        chosen = self._chosen(takes.records)
        generator, robot = Generator.load(self.model), SimulatedRobot.load(self.embodiment)
        looks = RobotModel.load(self.embodiment, meshes=True)
        self.out.mkdir(parents=True, exist_ok=True)
        rows = []
        with progress_bar(console) as progress:
            for number, clip in enumerate(progress.track(chosen, description="following")):
                reaction = react(generator, takes.take([clip]), self.seed)
                following = follow(robot, reaction)
                rows.append(_row(clip, reaction, following))
                if number < self.pictures:
                    caption = corpus.texts[takes.captions(clip)[0]]
                    path = self.out / f"{clip.name.replace('/', '_').replace(' ', '-')}.png"
                    self._strip(clip, caption, reaction, following, looks).save(path)
                    progress.console.print(f"wrote {path}")
        (self.out / TABLE).write_text(json.dumps(rows, indent=2, allow_nan=False) + "\n")
        console.print(self._table(rows))

    def _chosen(self, records: tuple[Record, ...]) -> list[Record]:
        if not self.clips:
            return of_many_kinds(records, self.count, self.seed)
        by_name = {clip.name: clip for clip in records}
        if missing := [name for name in self.clips if name not in by_name]:
            raise UserError(
                f"No test clip {missing[0]!r} is long enough and has a caption in {self.duet}: "
                "`./remogen data list CORPUS` tells what is in it."
            )
        return [by_name[name] for name in self.clips]

    def _table(self, rows: list[dict[str, Any]]) -> Table:
        table = numbers_table(
            "reaction to",
            *("s", "off", "p95", "ahead", "feet", "ego's", "over", "fastest", "held", "IK", "p99"),
            title=f"{self.embodiment} follows {self.model.name}",
            caption="joints off what they are told (p50, p95), and that off the pose that comes "
            "(ahead, p95), mrad; feet that skate, m/s, the robot's and the ego's; states over a "
            "joint's range or velocity, and the greatest share of that; ticks held by the guard; "
            "IK a tick, ms of processor time",
        )  # fmt: skip
        for row in rows:
            table.add_row(
                row["clip"].removeprefix("test/").replace("-", " "),
                f"{row['seconds']:.1f}",
                f"{1e3 * row['tracking_error_rad']['p50']:.1f}",
                f"{1e3 * row['tracking_error_rad']['p95']:.0f}",
                f"{1e3 * row['forecast_error_rad']['p95']:.0f}",
                f"{row['foot_skate_m_s']:.3f}",
                f"{row['ego_foot_skate_m_s']:.3f}",
                str(row["limit_violations"] + row["velocity_violations"]),
                f"{row['velocity_share']:.2f}",
                str(sum(row["guard"].values())),
                f"{row['ik_ms']['processor']['p50']:.1f}",
                f"{row['ik_ms']['processor']['p99']:.1f}",
            )
        return table

    def _strip(
        self,
        clip: Record,
        caption: str,
        reaction: Reaction,
        following: Following,
        looks: RobotModel,
    ) -> ComparedStrip:
        # A configuration is what a tick has led to: it goes with the next tick's ego.
        ego, partner = reaction.joints[1:], reaction.partner_joints[1:]
        seen = Actor("partner", PARTNER, partner)
        shape = partial(_surface, looks, following.qpos)
        return ComparedStrip(
            f'"{caption}"',
            f"{clip.name} · model {self.model.name}, hhi, told nothing, seed {self.seed}",
            [
                [Actor("ego, generated", EGO, ego), seen],
                [Actor(f"{self.embodiment} in MuJoCo", EGO, ego, shape), seen],
            ],
        )


def _row(clip: Record, reaction: Reaction, following: Following) -> dict[str, Any]:
    p50, p95 = following.tracking_error
    wall, processor = 1e3 * following.ik_seconds[1:].T
    return {
        "clip": clip.name,
        "rule": clip.rule,
        "seconds": round(len(reaction.frames) / FRAME_RATE, 1),
        "tracking_error_rad": {"p50": round(p50, 5), "p95": round(p95, 5)},
        "forecast_error_rad": {
            name: round(value, 5)
            for name, value in zip(("p50", "p95"), following.forecast_error, strict=True)
        },
        "foot_skate_m_s": round(following.foot_skate, 4),
        "ego_foot_skate_m_s": round(following.ego_foot_skate, 4),
        "limit_violations": following.limit_violations,
        "velocity_violations": following.velocity_violations,
        "velocity_share": round(following.velocity_share, 3),
        "guard": following.interventions,
        "ik_ms": {
            name: {f"p{p}": round(float(np.percentile(values, p)), 2) for p in (50, 99)}
            for name, values in (("wall", wall), ("processor", processor))
        },
    }


def _surface(looks: RobotModel, qpos: np.ndarray, frame: int) -> Surface:
    from remogen_ros.simulation.surface import robot_surface

    now = qpos[frame]
    joints = dict(zip(looks.description.joints, now[looks.qpos], strict=True))
    return Surface(*robot_surface(looks, joints, now[:3], now[[4, 5, 6, 3]], EGO))
