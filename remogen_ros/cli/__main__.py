"""Find the command that was asked for, and run it. Only its own module is imported."""

import importlib
import os
import sys
from types import ModuleType

from remogen_ros.errors import UserError

USAGE_ERROR = 2
INTERRUPTED = 130  # what a shell reports for Ctrl-C
UNREAD = 141  # what a shell reports for who is cut off by `head`

# name: (module with main(argv) -> exit code, one line for --help)
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("remogen_ros.cli.demo", "watch the avatar react to a recorded person in a room"),
    "up": ("remogen_ros.cli.up", "start the nodes on your own tracker and camera"),
    "joints": ("remogen_ros.cli.joints", "tell the trackers, and which joint becomes which"),
    "record": ("remogen_ros.cli.record", "record what goes in and comes out into a new bag"),
    "play": ("remogen_ros.cli.play", "replay a bag with its own timing and /clock"),
    "bag": ("remogen_ros.cli.bag", "build the demonstration recording"),
    "render": ("remogen_ros.cli.render", "draw a picture of a recorded moment"),
    "data": ("remogen_ros.cli.data", "prepare motion data and compose corpora"),
    "bench": ("remogen_ros.cli.bench", "measure how fast the parts are on this machine"),
    "evaluate": ("remogen_ros.cli.evaluate", "measure how good a model is"),
    "train": ("remogen_ros.cli.train", "train the prior, the adapters and the refinement"),
}


def main(argv: list[str]) -> int:
    """Run ``argv[0]`` with the rest as its arguments; return the exit code."""
    if not argv or argv[0] in ("-h", "--help"):
        print("\n".join(f"  {name:<9} {line}" for name, (_, line) in COMMANDS.items()))
        return 0
    name, *arguments = argv
    if name not in COMMANDS:
        return _refuse(f"There is no command {name!r}: ./remogen --help lists them.")
    try:
        return int(_module(name).main(arguments) or 0)
    except UserError as error:
        return _refuse(str(error))
    except KeyboardInterrupt:  # while it is imported, too: that takes seconds
        return INTERRUPTED


def _module(name: str) -> ModuleType:
    module_name, _ = COMMANDS[name]
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:
            raise
        raise UserError(
            f"The command {name!r} is not part of this version: {module_name} is missing."
        ) from error


def _refuse(sentence: str) -> int:
    print(f"remogen: {sentence}", file=sys.stderr)
    return USAGE_ERROR


def run() -> int:
    """Run the command line; who reads the output may stop reading before its end."""
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    return code


if __name__ == "__main__":
    sys.exit(run())
