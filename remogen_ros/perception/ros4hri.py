"""ROS4HRI (REP-155): who is tracked comes as hri_msgs/IdsList, where they are as TF frames.

The frames are those of the joint map `ros4hri`, each named <link>_<id>; `frames` makes detections
of them.
"""

from __future__ import annotations

from typing import Any


def body_ids(msg: Any) -> tuple[list[str], list[str]]:
    """The bodies that are tracked at present.

    Args:
        msg: an IdsList, or anything with its attributes.

    Returns:
        Their ids in the order of the message, each once; and what was wrong with the message, a
        sentence each.
    """
    ids = list(dict.fromkeys(str(body) for body in msg.ids))
    if "" in ids:
        ids.remove("")
        return ids, ["a body without an id is left out"]
    return ids, []
