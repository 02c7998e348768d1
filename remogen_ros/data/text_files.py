"""Reading the text files of datasets."""

from __future__ import annotations

from pathlib import Path

from remogen_ros.errors import UserError


def read_lines(path: Path) -> list[str]:
    """The lines of a text file.

    Raises:
        UserError: it is missing or no text.
    """
    try:
        return path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        raise UserError(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}.") from None
