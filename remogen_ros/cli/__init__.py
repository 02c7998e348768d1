"""The commands behind ``./remogen``: one module each, with ``main(argv) -> exit code``."""
