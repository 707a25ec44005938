"""docs/use/access.md: its commands exist, its settings load, and the reasons it explains are those that are given."""

import inspect
import re
import shlex

import pytest

from actors.bench.access import Role, Rules
from actors.core.requests import HARMLESS, REQUESTS
from actors.gateway.auth import authorizer
from actors.gateway.auth.authorizer import FAILURES
from supervisor.cli.main import build_parser
from tests.project.sources import ROOT
from tests.supervisor.configuration.benches import accepted

PAGE = (ROOT / "docs/use/access.md").read_text(encoding="utf-8")


def boxes(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def test_every_command_exists() -> None:
    typed = [line for text in boxes("sh") for line in text.splitlines()] + re.findall(r"`((?:sudo )?pilotage [a-z][^`]*)`", PAGE)
    found = [words for line in typed if (words := shlex.split(line.partition("#")[0].removeprefix("sudo ")))[:1] == ["pilotage"]]
    assert len(found) >= 4
    for words in found:
        build_parser().parse_args(words[1:])


@pytest.mark.parametrize("text", boxes("python"))
def test_every_setting_loads(text: str) -> None:
    names: dict[str, object] = {}
    exec(text, names)  # noqa: S102 - settings of our own page
    accepted(**{name: value for name, value in names.items() if name.isupper()})


def test_the_first_example_does_what_is_said_of_it() -> None:
    names: dict[str, object] = {}
    exec(boxes("python")[0], names)  # noqa: S102 - the same
    rules = Rules(accepted(ALLOW=names["ALLOW"], READ_ONLY=names["READ_ONLY"]).access)
    assert [rules.role(address) for address in ("192.168.1.20", "192.168.1.99", "10.0.0.1", "127.0.0.1")] == [
        Role.DRIVE,
        Role.READ,
        Role.NONE,
        Role.DRIVE,
    ]


def test_every_request_that_changes_something_is_named() -> None:
    (sentence,) = re.findall(r"answered `read_only` for everything that changes something: (.*)\.", PAGE)
    assert set(re.findall(r"`([^`]+)`", sentence)) == set(REQUESTS) - HARMLESS


def test_every_reason_is_one_that_is_given() -> None:
    table = PAGE.partition("| reason | what to do |")[2].partition("\n\n")[0]
    reasons = [row.split(" | ")[0].removeprefix("| ") for row in table.splitlines() if row.startswith("| ") and "---" not in row]
    assert len(reasons) == 7
    given = inspect.getsource(authorizer) + " ".join(FAILURES.values())
    assert [reason for reason in reasons if reason.removeprefix("it ") not in given] == []
