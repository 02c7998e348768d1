"""Where the files that ship with the package are: models, bags, configuration."""

from __future__ import annotations

import os
from pathlib import Path

from remogen_ros.errors import UserError

_SOURCE_TREE = Path(__file__).resolve().parents[1]


def _roots() -> list[Path]:
    installed = os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)
    shares = [Path(prefix) / "share" / "remogen_ros" for prefix in installed if prefix]
    return [*shares, _SOURCE_TREE]


def resource(folder: str, name: str) -> Path:
    """A file or folder that the package ships, or one of the user's own by its path.

    Args:
        folder: `models`, `bags`, `config`, `rviz` or `launch`.
        name: a name inside that folder, or any existing path.

    Raises:
        UserError: it is in neither place; the sentence lists what there is.
    """
    if name and Path(name).exists() and (os.sep in name or Path(name).is_file()):
        return Path(name).resolve()
    for root in _roots():
        if name and (root / folder / name).exists():
            return root / folder / name
    known = sorted({p.name for root in _roots() for p in (root / folder).glob("*")})
    raise UserError(
        f"there is no '{name}' in {folder}/: give a path, or one of {', '.join(known) or 'none'}"
    )
