"""The SROS 2 policy allows what the running nodes do, and nothing that none of them does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from lxml import etree
from rclpy.node import Node

from remogen_ros.nodes.resources import share_folder
from test.nodes.harness import Harness, running
from test.rendering.figures import free_port

NODES = ("reaction", "avatar_state", "simulator", "player", "recorder", "viewer")

ELSEWHERE = {
    # Trackers whose messages need not be installed.
    ("reaction", "subscribe"): {"/body_trk/skeletons", "/humans/bodies/tracked"},
    # Fixed frames, of which the avatar has none without REP-120.
    ("avatar_state", "publish"): {"/tf_static"},
    # What a recorded run holds; the bag that is played here is one camera's.
    ("player", "publish"): {
        *("/skeletons", "/body_trk/skeletons", "/humans/bodies/tracked", "/goal", "/intent"),
        *("/reaction", "/joint_states", "/joint_command", "/joint_trajectory", "/root_pose"),
        *("/root_trajectory", "/base_pose", "/diagnostics", "/measured_joint_states", "/map"),
        *("/markers", "/occupancy", "/robot_description"),
        *("/joint_targets", "/joint_trajectory_controller/joint_trajectory"),
    },
    # Nobody publishes these here.
    ("recorder", "subscribe"): {
        *("/body_trk/skeletons", "/humans/bodies/tracked", "/goal", "/measured_joint_states"),
        *("/map", "/joint_targets", "/joint_trajectory_controller/joint_trajectory"),
    },
}
"""What the policy allows, and these nodes do only with other parameters or packages."""

GRAPH: dict[str, Callable[[Node, str], list[tuple[str, list[str]]]]] = {
    "publish": lambda node, name: node.get_publisher_names_and_types_by_node(name, "/"),
    "subscribe": lambda node, name: node.get_subscriber_names_and_types_by_node(name, "/"),
    "reply": lambda node, name: node.get_service_names_and_types_by_node(name, "/"),
    "request": lambda node, name: node.get_client_names_and_types_by_node(name, "/"),
}
"""What a node does, by the attribute that allows it."""


@pytest.fixture(scope="module")
def policy() -> etree._ElementTree:
    tree = etree.parse(share_folder() / "policies" / "remogen.policy.xml")
    tree.xinclude()
    return tree


@pytest.fixture(scope="module")
def graph(
    harness: Harness, model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Node, Callable[[], bool]]]:
    """Sees every node of the package, each doing all that it can; and whether all are there."""
    bag = tmp_path_factory.mktemp("recorded") / "bag"
    parameters = {
        "reaction": (
            f"model:={model}",
            "command_rate:=100.0",
            "guard.start_topic:=measured_joint_states",
            "use_sim_time:=true",
        ),
        "avatar_state": ("use_sim_time:=true",),
        "simulator": ("clock:=true",),
        "player": (f"bag:={share_folder() / 'bags' / 'demo'}", "loop:=true"),
        "recorder": (f"out:={bag}", "use_sim_time:=true", "patience_s:=0.0"),
        "viewer": (f"port:={free_port()}", "use_sim_time:=true"),
    }
    with ExitStack() as stack:
        nodes = [stack.enter_context(running(name, *parameters[name])) for name in NODES]

        def all_there() -> bool:
            for name, node in zip(NODES, nodes, strict=True):
                assert node.process.poll() is None, f"{name} has ended:\n{node.text}"
            return set(NODES) <= set(harness.node.get_node_names())

        harness.wait(all_there)
        yield harness.node, all_there


def allowed(policy: etree._ElementTree, name: str, action: str) -> set[str]:
    """Full names of topics or services that a node may use in a way."""
    (profile,) = policy.iterfind(f".//profile[@node='{name}']")
    names = [e.text or "" for kind in profile if kind.get(action) == "ALLOW" for e in kind]
    return {
        text.replace("~", f"/{name}", 1) if text[0] == "~" else f"/{text.lstrip('/')}"
        for text in names
    }


@pytest.mark.parametrize("action", GRAPH)
@pytest.mark.parametrize("name", NODES)
def test_a_node_does_what_it_may(
    policy: etree._ElementTree,
    graph: tuple[Node, Callable[[], bool]],
    harness: Harness,
    name: str,
    action: str,
) -> None:
    observer, all_there = graph
    may = allowed(policy, name, action)
    # Every node hears /clock where it follows simulated time, which not all of these do.
    rare = ELSEWHERE.get((name, action), set()) | ({"/clock"} if action == "subscribe" else set())

    def does() -> list[set[str]]:
        """All that it does, once it does all that it may."""
        if not all_there():
            return []
        done = {topic for topic, _ in GRAPH[action](observer, name)}
        return [done] if may - rare <= done else []

    # On a busy machine, a node may be out of sight for a moment.
    (done,) = harness.wait(does)
    assert done <= may
    assert not rare - {"/clock"} - may


def test_every_enclave_is_one_node(policy: etree._ElementTree) -> None:
    assert policy.getroot().get("version") == "0.2.0"
    enclaves = {
        enclave.get("path"): [p.get("node") for p in enclave.iterfind("profiles/profile")]
        for enclave in policy.iterfind("enclaves/enclave")
    }
    assert enclaves == {f"/remogen/{name}": [name] for name in NODES}
    kinds = {"topics": {"publish", "subscribe"}, "services": {"reply", "request"}}
    for rule in policy.iterfind(".//profile/*"):
        given = {key: value for key, value in rule.attrib.items() if not key.endswith("}base")}
        assert set(given) <= kinds[rule.tag] and set(given.values()) == {"ALLOW"}
        assert all(child.tag == rule.tag.removesuffix("s") for child in rule)
