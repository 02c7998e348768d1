"""``python -m remogen_ros.cli``: the right command with the right arguments, or one sentence."""

import os
import subprocess
import sys
from types import ModuleType

import pytest

from remogen_ros.cli import __main__ as dispatcher
from remogen_ros.errors import UserError


@pytest.fixture
def command(monkeypatch):
    """Register a command ``try`` whose main is the test's."""

    def register(main):
        module = ModuleType("tried_command")
        module.main = main
        monkeypatch.setitem(sys.modules, "tried_command", module)
        monkeypatch.setitem(dispatcher.COMMANDS, "try", ("tried_command", "a test"))

    return register


def test_arguments_and_exit_code_pass_through(command):
    command(lambda argv: len(argv))
    assert dispatcher.main(["try", "--a", "b"]) == 2
    command(lambda argv: None)
    assert dispatcher.main(["try"]) == 0


def test_user_errors_are_one_sentence_without_traceback(command, capsys):
    def fail(argv):
        raise UserError("bags/none.mcap does not exist: name a recording.")

    command(fail)
    assert dispatcher.main(["try"]) == 2
    assert capsys.readouterr().err == "remogen: bags/none.mcap does not exist: name a recording.\n"


def test_other_errors_are_not_hidden(command):
    def fail(argv):
        raise ZeroDivisionError

    command(fail)
    with pytest.raises(ZeroDivisionError):
        dispatcher.main(["try"])


def test_interruption_is_no_error(command):
    def interrupt(argv):
        raise KeyboardInterrupt

    command(interrupt)
    assert dispatcher.main(["try"]) == 130


def test_interruption_while_a_command_is_imported_is_no_error(monkeypatch, tmp_path):
    (tmp_path / "slow_command.py").write_text("raise KeyboardInterrupt")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(dispatcher.COMMANDS, "try", ("slow_command", "a test"))
    assert dispatcher.main(["try"]) == 130


def test_unknown_commands_are_refused(capsys):
    assert dispatcher.main(["dance"]) == 2
    assert "no command 'dance'" in capsys.readouterr().err


def test_a_command_without_its_module_is_refused(monkeypatch, capsys):
    monkeypatch.setitem(dispatcher.COMMANDS, "try", ("remogen_ros.cli.no_such_module", ""))
    assert dispatcher.main(["try"]) == 2
    assert "remogen_ros.cli.no_such_module is missing" in capsys.readouterr().err


def test_help_names_every_command(capsys):
    assert dispatcher.main(["--help"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == list(dispatcher.COMMANDS)


@pytest.mark.parametrize("arguments", [["--help"], ["joints"]], ids=str)
def test_who_stops_reading_early_gets_no_traceback(arguments):
    command = [sys.executable, "-m", "remogen_ros.cli", *arguments]
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert process.returncode != 0
    assert process.stderr.decode() == ""
