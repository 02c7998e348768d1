"""Topics that may have another name: the arguments that say it, and what is remapped for them."""

from __future__ import annotations

from collections.abc import Mapping

from remogen_ros.nodes.topics import CLOUD, GOAL, INTENT, MAP, TRAJECTORY

RENAMED = {
    "points_topic": CLOUD,
    "map_topic": MAP,
    "goal_topic": GOAL,
    "intent_topic": INTENT,
    "trajectory_topic": TRAJECTORY,
}
"""The topic that each argument gives another name."""

DESCRIPTIONS = {
    "points_topic": "Topic of the point clouds, if not 'points'",
    "map_topic": "Topic of the flat map, if not 'map'",
    "goal_topic": "Topic of the goal, if not 'goal'",
    "intent_topic": "Topic of the intent, if not 'intent'",
    "trajectory_topic": "Topic of the joint trajectories, if not 'joint_trajectory'",
}


def renamed_topics(values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Topics and their other names, as the arguments in `RENAMED` say."""
    return [(topic, values[name]) for name, topic in RENAMED.items() if values[name]]
