"""Make the ROS wheels in this environment usable for building.

Their CMake files name the Python of the machine they were built on
(``.../include/python3.11`` and NumPy's headers below it). This replaces those
folders by the ones of the running Python. Running it again changes nothing.
"""

import re
import sys
import sysconfig
from pathlib import Path

import numpy as np

BUILD_PYTHON = r"/opt/python/cp\d+-cp\d+"
PYTHON_HEADERS = re.compile(BUILD_PYTHON + r"/include/python3\.\d+")
NUMPY_HEADERS = re.compile(BUILD_PYTHON + r"/lib/python3\.\d+/site-packages/numpy/_?core/include")


def main() -> None:
    python_headers = sysconfig.get_path("include")
    numpy_headers = np.get_include()
    for folder in (python_headers, numpy_headers):
        if not Path(folder).is_dir():
            sys.exit(f"{folder} does not exist: install the development headers of this Python.")
    for path in Path(sys.prefix, "share").rglob("*.cmake"):
        text = path.read_text()
        patched = PYTHON_HEADERS.sub(python_headers, text)
        patched = NUMPY_HEADERS.sub(numpy_headers, patched)
        if patched != text:
            path.write_text(patched)


if __name__ == "__main__":
    main()
