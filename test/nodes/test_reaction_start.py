"""Transitions of the node, and what it refuses to start with."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
import yaml
from rcl_interfaces.msg import ParameterType
from rclpy.context import Context
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter

from remogen_ros.errors import UserError
from remogen_ros.nodes import trackers
from remogen_ros.nodes.parameters import DEFAULT_WEIGHT
from remogen_ros.nodes.reaction import ReactionNode
from test.nodes.log import Log

Create = Callable[..., ReactionNode]
SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE


@pytest.fixture
def create(domain: int, model: Path) -> Iterator[Create]:
    """Makes a node with these parameters."""
    context = Context()
    rclpy.init(context=context, args=[])
    nodes = []

    def make(**parameters: Any) -> ReactionNode:
        values = {"model": str(model)} | parameters
        overrides = [Parameter(name.replace("__", "."), value=v) for name, v in values.items()]
        node = ReactionNode(context=context, parameter_overrides=overrides)
        nodes.append(node)
        return node

    yield make
    for node in nodes:
        node.destroy_node()
    context.try_shutdown()


def errors_of(node: ReactionNode, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    log = Log()
    monkeypatch.setattr(node, "get_logger", lambda: log)
    return log.lines


def test_goes_through_every_transition_and_back(create: Create) -> None:
    node = create()
    for step in (
        node.trigger_configure,
        node.trigger_activate,
        node.trigger_deactivate,
        node.trigger_activate,
        node.trigger_deactivate,
        node.trigger_cleanup,
        node.trigger_configure,
        node.trigger_shutdown,
    ):
        assert step() == SUCCESS, step.__name__


def test_a_model_that_is_nowhere_is_named(create: Create, monkeypatch: pytest.MonkeyPatch) -> None:
    node = create(model="no_such_model")
    lines = errors_of(node, monkeypatch)
    assert node.trigger_configure() == FAILURE
    (sentence,) = lines
    assert "no_such_model" in sentence and "shipped" in sentence


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


def missing(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("harm", [truncated, changed, missing])
def test_a_damaged_model_is_refused_with_the_file_named(
    create: Create,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    harm: Callable[[Path], None],
) -> None:
    copy = tmp_path / "damaged"
    shutil.copytree(model, copy)
    weights = copy / "prior" / "prior.safetensors"
    harm(weights)
    node = create(model=str(copy))
    lines = errors_of(node, monkeypatch)
    assert node.trigger_configure() == FAILURE
    (sentence,) = lines
    assert str(weights) in sentence
    # Once the file is there again, the same node starts.
    shutil.copy(model / "prior" / "prior.safetensors", weights)
    assert node.trigger_configure() == SUCCESS


def test_a_manifest_with_a_wrong_hash_is_refused(
    create: Create, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "rehashed"
    shutil.copytree(model, copy)
    manifest = yaml.safe_load((copy / "bundle.yaml").read_text())
    manifest["files"] = dict.fromkeys(manifest["files"], "0" * 64)
    (copy / "bundle.yaml").write_text(yaml.safe_dump(manifest))
    node = create(model=str(copy))
    lines = errors_of(node, monkeypatch)
    assert node.trigger_configure() == FAILURE
    assert "hash" in lines[0]


@pytest.mark.parametrize(
    "parameters, words",
    [
        ({"adapter_weights__hhi": -1.0}, ("adapter_weights.hhi", "-1")),
        ({"adapter_weights__hsi": float("nan")}, ("adapter_weights.hsi", "nan")),
        ({"adapter_weights__hsi": "much"}, ("adapter_weights.hsi", "much")),
        ({"embodiment": ""}, ("embodiment",)),
        ({"tracker": "eyes"}, ("tracker", "azure_kinect", "eyes")),
        ({"tf__pattern": "pelvis"}, ("tf.pattern", "pelvis", "{joint}_{body}")),
        ({"frame_prefix": "/left"}, ("frame_prefix", "/left", "slash")),
        ({"fixed_frame": "/map"}, ("fixed_frame", "/map", "slash")),
        ({"tf__rate": 0.0}, ("tf.rate", "0")),
        ({"start_pose": [1.0, 2.0]}, ("start_pose", "3")),
        ({"torch_threads": 0}, ("torch_threads",)),
        ({"torch_threads": "many"}, ("torch_threads", "many")),
        ({"tf_wait_s": float("inf")}, ("tf_wait_s",)),
        ({"partner__policy": "prettiest"}, ("policy", "prettiest", "nearest")),
        ({"partner__hold_s": -1.0}, ("partner.hold_s", "-1")),
        ({"partner__bridge_s": float("nan")}, ("partner.bridge_s", "10.0", "nan")),
        ({"partner__reassociate_m": float("inf")}, ("partner.reassociate_m", "inf")),
        ({"partner__lost_after_s": 0.1}, ("partner.lost_after_s", "partner.fresh_s", "0.1")),
        ({"occupancy__hit_votes": 0}, ("occupancy.hit_votes", "0")),
        ({"occupancy__max_range": float("nan")}, ("occupancy.max_range", "20.0", "nan")),
        ({"occupancy__floor_height": float("nan")}, ("occupancy.floor_height", "nan")),
        ({"occupancy__carve_radius": -1.0}, ("occupancy.carve_radius", "-1")),
        ({"occupancy__size": [44.0, 44.0, 20.0]}, ("occupancy.size", "38720000", "4000000")),
        ({"occupancy__size": [1e4, 1e4, 1e3]}, ("occupancy.size", "200", "10000")),
        ({"occupancy__size": [10.0, float("nan"), 2.0]}, ("occupancy.size", "finite", "nan")),
        ({"occupancy__size": [10.0, 10.0]}, ("occupancy.size",)),
        ({"partner__policy": "both"}, ("partner.policy", "nearest, locked, all", "'both'")),
        ({"start_pose": [0.0, float("nan"), 0.0]}, ("start_pose", "finite", "nan")),
    ],
    ids=str,
)
def test_a_parameter_that_is_not_allowed_is_refused_by_name(
    create: Create, parameters: dict[str, Any], words: tuple[str, ...]
) -> None:
    with pytest.raises(UserError) as caught:
        create(**parameters)
    sentence = str(caught.value)
    assert "\n" not in sentence
    for word in words:
        assert word in sentence


def test_a_weight_for_an_adapter_that_the_model_lacks_is_refused(
    create: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = create(adapters=["hhi", "robots"])
    lines = errors_of(node, monkeypatch)
    assert node.trigger_configure() == FAILURE
    assert "adapter_weights.robots" in lines[0] and "hhi" in lines[0]


def test_a_body_that_there_is_not_is_named(create: Create, monkeypatch: pytest.MonkeyPatch) -> None:
    node = create(embodiment="horse")
    lines = errors_of(node, monkeypatch)
    assert node.trigger_configure() == FAILURE
    assert "horse" in lines[0] and "unitree_g1" in lines[0]


def test_a_device_that_is_not_there_is_named(
    create: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = create(device="abacus")
    lines = errors_of(node, monkeypatch)
    assert node.trigger_configure() == FAILURE
    assert "abacus" in lines[0] and "\n" not in lines[0]


def test_a_tracker_whose_messages_are_not_installed_is_refused(
    create: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trackers, "message_type", lambda tracker: None)
    node = create(tracker="zed")
    lines = errors_of(node, monkeypatch)
    assert node.trigger_configure() == FAILURE
    (sentence,) = lines
    assert "'zed'" in sentence and "install zed_msgs" in sentence


def test_a_tracker_of_frames_starts_and_stops(create: Create) -> None:
    node = create(tracker="tf", tf__pattern="{body}/{joint}", tf__bodies="anna,leo")
    for step in (node.trigger_configure, node.trigger_activate, node.trigger_deactivate):
        assert step() == SUCCESS, step.__name__


def test_every_parameter_is_described(create: Create) -> None:
    node = create()
    own = [
        name
        for name in node._parameters
        if not name.startswith(("use_sim_time", "start_type_description_service"))
    ]
    assert {"model", "partner.policy", "occupancy.max_range", "adapter_weights.hhi"} <= set(own)
    assert [name for name in own if not node.describe_parameter(name).description] == []
    weight = node.describe_parameter("adapter_weights.hhi").floating_point_range[0]
    assert (weight.from_value, weight.to_value) == (0.0, 2.0)
    for name in own:  # A seed may be any number; of a list each number is checked.
        described = node.describe_parameter(name)
        if described.type == ParameterType.PARAMETER_DOUBLE:
            assert len(described.floating_point_range) == 1, name
        elif described.type == ParameterType.PARAMETER_INTEGER and name != "seed":
            assert len(described.integer_range) == 1, name


def test_a_whole_number_is_as_good_a_weight(create: Create) -> None:
    node = create()
    assert node.config.adapter_weights == {"hhi": DEFAULT_WEIGHT, "hsi": DEFAULT_WEIGHT}
    (result,) = node.set_parameters([Parameter("adapter_weights.hhi", value=1)])
    assert result.successful
    assert node.config.adapter_weights["hhi"] == 1.0


@pytest.mark.parametrize("value", [-1.0, 2.1, float("nan"), float("inf"), "much", True, 3])
def test_a_refused_weight_changes_nothing(create: Create, value: Any) -> None:
    node = create()
    before = node.config
    (result,) = node.set_parameters([Parameter("adapter_weights.hhi", value=value)])
    assert not result.successful
    assert "adapter_weights.hhi" in result.reason
    assert node.config == before
    assert node.get_parameter("adapter_weights.hhi").value == DEFAULT_WEIGHT
