"""Tables of many numbers in a narrow terminal."""

import io

from rich.console import Console

from remogen_ros.cli.reports import numbers_table


def test_numbers_are_whole_in_a_narrow_terminal() -> None:
    numbers = [f"{number}.25" for number in range(101, 109)]
    table = numbers_table("name", *(f"n{i}" for i in range(8)), caption="What it means.")
    table.add_row("a name of several words", *numbers)
    out = io.StringIO()
    Console(file=out, width=80).print(table)
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert all(number in out.getvalue() for number in numbers)
    starts = [line[:15].strip() for line in lines]
    assert "a name of" in starts and "several words" in starts
