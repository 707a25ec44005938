"""The manual page: up to date, complete, and good roff."""

import re

from hypothesis import given
from hypothesis import strategies as st

from supervisor.cli.main import build_parser
from supervisor.cli.manual import escaped, page
from tests.e2e.daemon import ROOT
from tests.supervisor.cli.conftest import Run

INSTALLED = ROOT / "man" / "pilotage.1"


def test_the_installed_page_is_up_to_date() -> None:
    assert INSTALLED.read_text(encoding="ascii") == page(build_parser()), "write it again: python3 -m supervisor man > man/pilotage.1"


def test_the_command_prints_the_page_where_there_is_no_terminal(run: Run) -> None:
    assert run("man") == (0, page(build_parser()), "")


def test_every_exit_code_of_the_documentation_is_in_the_page() -> None:
    table = (ROOT / "docs" / "use" / "command-line.md").read_text(encoding="utf-8")
    documented = re.findall(r"(?m)^\| (\d+) \|", table)
    assert documented == re.findall(r"(?m)^\.B (\d+)$", page(build_parser()))


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=40))
def test_any_text_stays_one_line_that_is_no_request(text: str) -> None:
    roff = escaped(text)
    assert not roff.startswith((".", "'"))
    assert roff.count("\\") == len(re.findall(r"\\(e|-|&|\([a-z]{2})", roff))
