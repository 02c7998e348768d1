from pathlib import Path

from setuptools import find_packages, setup

PACKAGE = "remogen_ros"
SHARE = f"share/{PACKAGE}"

# Installed into the share folder with the layout they have here.
SHARED_FOLDERS = ("launch", "config", "models", "rviz", "bags", "policies")
_MADE = {"__pycache__", ".exports"}


def shared_files() -> list[tuple[str, list[str]]]:
    """Return (folder of the share, files) for every folder that holds any."""
    by_folder: dict[str, list[str]] = {}
    for root in SHARED_FOLDERS:
        for path in sorted(Path(root).rglob("*")):
            if path.is_file() and not _MADE.intersection(path.parts):
                by_folder.setdefault(f"{SHARE}/{path.parent}", []).append(str(path))
    return list(by_folder.items())


setup(
    name=PACKAGE,
    version="0.1.0",
    packages=find_packages(include=[PACKAGE, f"{PACKAGE}.*"]),
    package_data={"": ["*.yaml", "*.md", "*/*.yaml"]},
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{PACKAGE}"]),
        (SHARE, ["package.xml", "LICENSE"]),
        *shared_files(),
    ],
    install_requires=["setuptools"],
    zip_safe=False,
    maintainer="remogen_ros founders",
    maintainer_email="maintainers@remogen-ros.org",
    description="A humanoid or avatar that reacts, live, to the people and the room around it.",
    license="Apache-2.0",
    entry_points={
        "console_scripts": [
            "avatar_state = remogen_ros.nodes.avatar_state:main",
            "player = remogen_ros.nodes.player:main",
            "reaction = remogen_ros.nodes.reaction:main",
            "recorder = remogen_ros.nodes.recorder:main",
            "simulator = remogen_ros.nodes.simulator:main",
            "viewer = remogen_ros.nodes.viewer:main",
        ]
    },
)
