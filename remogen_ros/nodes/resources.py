"""Where the files that belong to this package are: installed in its share, or in the source."""

from __future__ import annotations

from pathlib import Path

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory

from remogen_ros.errors import UserError

PACKAGE = "remogen_ros"


def share_folder() -> Path:
    """The folder that holds `models`, `config`, `bags`, `rviz` and `launch`.

    Raises:
        UserError: the package is not where ROS looks for packages.
    """
    source = Path(__file__).resolve().parents[2]
    if (source / "package.xml").is_file():
        return source
    try:
        return Path(get_package_share_directory(PACKAGE))
    except PackageNotFoundError as error:
        raise UserError(
            f"The package {PACKAGE} is not installed where ROS looks for it: source "
            "install/setup.bash, or start through ./remogen."
        ) from error


def shipped_folder(kind: str, name: str) -> Path:
    """A folder that a user gave by its path, or by the name under which it is shipped.

    Args:
        kind: "model" or "bag".
        name: path or name.

    Raises:
        UserError: there is neither; names those that are shipped.
    """
    given = Path(name).expanduser()
    shipped = share_folder() / f"{kind}s"
    if name and (shipped / name).is_dir():
        return shipped / name
    if name and given.exists():
        return given
    names = sorted(folder.name for folder in shipped.glob("*/") if folder.is_dir())
    raise UserError(
        f"'{kind}' is '{name}', which is neither a path nor a shipped {kind}; shipped are: "
        f"{', '.join(names) or 'none'}."
    )
