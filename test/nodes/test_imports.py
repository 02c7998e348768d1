"""What the node imports is what it starts with: big packages that it does not use stay out."""

from __future__ import annotations

import subprocess
import sys

NOT_NEEDED = ("torch._dynamo", "sympy", "mujoco", "matplotlib", "pandas", "transformers")


def test_the_node_starts_without_what_it_does_not_use() -> None:
    code = (
        "import sys, remogen_ros.nodes.reaction; "
        f"print([name for name in {NOT_NEEDED!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
