"""Nodes start no type lookup of Fast DDS, and leave a user's own settings in force."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from remogen_ros.nodes.middleware import PROFILES_FILE, without_type_lookup
from remogen_ros.nodes.resources import share_folder
from test.nodes.harness import Harness, NodeProcess, running

OWN = """<dds xmlns="http://www.eprosima.com"><profiles>
<participant profile_name="own" is_default_profile="true"><rtps/></participant>
</profiles></dds>"""


def threads(node: NodeProcess) -> set[str]:
    """Names of the threads of a process."""
    names = set()
    for task in Path(f"/proc/{node.process.pid}/task").iterdir():
        with suppress(OSError):  # It has ended meanwhile.
            names.add((task / "comm").read_text().strip())
    return names


@pytest.fixture(params=["", "own.xml"])
def own_file(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The user's file of settings; empty where there is none."""
    monkeypatch.delenv(PROFILES_FILE, raising=False)
    if request.param:
        (tmp_path / request.param).write_text(OWN)
        monkeypatch.setenv(PROFILES_FILE, str(tmp_path / request.param))
    yield request.param


@pytest.mark.skipif(
    os.environ.get("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp") != "rmw_fastrtps_cpp",
    reason="another middleware has no such threads",
)
def test_a_node_has_threads_of_type_lookup_only_by_the_users_own_settings(
    own_file: str, harness: Harness
) -> None:
    # Under a name of its own: the graph may still remember the node before.
    name = "by_own_settings" if own_file else "by_shipped_settings"
    with running("avatar_state", renamed=[f"__node:={name}"]) as node:
        harness.wait(lambda: name in harness.node.get_node_names())
        names = threads(node)
    assert any(thread.startswith("dds.") for thread in names)
    assert any(thread.startswith("dds.tls") for thread in names) == bool(own_file)


@pytest.mark.parametrize("name", [PROFILES_FILE, "FASTRTPS_DEFAULT_PROFILES_FILE"])
def test_settings_of_the_user_stay(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PROFILES_FILE, raising=False)
    monkeypatch.setenv(name, "/home/ann/dds.xml")
    without_type_lookup()
    assert os.environ[name] == "/home/ann/dds.xml"
    assert os.environ.get(PROFILES_FILE, "/home/ann/dds.xml") == "/home/ann/dds.xml"


def test_the_shipped_settings_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROFILES_FILE, "")
    without_type_lookup()
    assert Path(os.environ[PROFILES_FILE]) == share_folder() / "config" / "fastdds.xml"
    assert Path(os.environ[PROFILES_FILE]).is_file()
