"""What the command line says to a person who got it wrong."""

import pytest

from supervisor.cli.main import main

WRONG = [
    ["run", "--port", "many"],
    ["run", "--port", "65536"],
    ["run", "--port", "-1"],
    ["run", "--simulate", "--hardware"],
    ["run", "--log-level", "loud"],
    ["run", "--speed", "0"],
    ["run", "--speed", "nan"],
    ["run", "--no-such-option"],
    ["run", "extra"],
    ["walk"],
    ["set", "ventilateur"],
    ["set", "ventilateur", "fast"],
    ["set", "ventilateur", "nan"],
    ["read"],
    ["read", "t_resistance", "--max-age", "inf"],
    ["fault", "t_resistance", "slow", "--delay", "nan"],
    ["retry"],
    ["reset"],
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_a_usage_error_is_64_and_says_where_help_is(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 64
    printed = capsys.readouterr()
    where = "pilotage" if arguments == ["walk"] else f"pilotage {arguments[0]}"
    assert printed.err.startswith(f"{where}: ")
    assert printed.err.endswith(f"\nTry: {where} --help\n")
    assert printed.out == ""


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["scan", "--help"], ["set", "--help"], ["status", "--help"], ["--version"]]
)
def test_help_is_no_error_and_shows_examples(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    printed = capsys.readouterr()
    assert "pilotage" in printed.out
    assert printed.err == ""
