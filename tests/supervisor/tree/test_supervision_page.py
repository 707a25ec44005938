"""docs/understand/supervision.md says the numbers and names that the code has."""

import re
from pathlib import Path

import pytest

from actors import errors, sensor
from actors.drivers.base import SensorDriver
from actors.hardware.i2c.breaker import BUS_CODES
from supervisor import exits
from supervisor.daemon.stages import END_BOUND
from supervisor.tree import supervisor as actor
from supervisor.tree.children import interlock as interlock_child
from supervisor.tree.children.restart_policy import ABSENT_CODES, Policy
from supervisor.tree.children.specs import GATEWAY_POLICY, OUTPUT_POLICY, SENSOR_POLICY
from supervisor.tree.watch import hangs

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "understand" / "supervision.md").read_text(encoding="utf-8")


def row(name: str) -> list[str]:
    """Return the cells of a table's row, without its name."""
    found = re.search(rf"^\| {re.escape(name)} \|(.*)\|$", PAGE, re.MULTILINE)
    assert found, name
    return [cell.strip() for cell in found.group(1).split("|")]


@pytest.mark.parametrize(
    ("column", "policy"), [(0, SENSOR_POLICY), (1, OUTPUT_POLICY), (2, GATEWAY_POLICY), (2, interlock_child.POLICY)], ids="sogi"
)
def test_the_policys_numbers_are_those_of_the_code(column: int, policy: Policy) -> None:
    assert row("first back-off")[column] == f"{policy.first:g} s"
    assert row("factor, jitter")[column] == f"{policy.factor:g}, +-{policy.jitter * 100:g} %"
    assert row("longest back-off")[column] == f"{policy.cap:g} s"
    assert row("back-off starts anew after")[column].startswith(f"{policy.stable:g} s")
    assert row("intensity and period")[column] == f"{policy.intensity} in {policy.period:g} s"
    assert row("probe while `failed`")[column] == f"{policy.slow:g} s"


def test_every_error_of_the_kernel_has_its_line_with_its_class() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("| `")]
    for kind, code, _text in errors._OS_ERRORS.values():
        (line,) = [line for line in lines if f"`{code}`" in line.split("|")[1]]
        assert (
            line.split("|")[3].strip() == {"TransientError": "transient", "PermanentError": "permanent", "BusError": "bus"}[kind.__name__]
        )


def test_every_state_has_its_line() -> None:
    for state in ("starting", "running", "degraded", "absent", "backoff", "failed"):
        assert row(f"`{state}`")


def test_the_other_numbers_and_codes_are_those_of_the_code() -> None:
    assert (
        row("a bus transfer does not come back, or the bus cannot even be opened")[1]
        == f"{SensorDriver.patience:g} s + {actor.LOOK_EVERY:g} s"
    )
    assert f"or {hangs.MAX_ABANDONED} threads in all" in PAGE
    assert f"stood still for more than {hangs.STANDSTILL:g} s" in PAGE
    assert f"exit code {exits.EX_SOFTWARE}" in PAGE
    assert f"{interlock_child.HANG:g} s (interlocks)" in PAGE
    assert f"after {END_BOUND:g} s in all" in PAGE
    assert (sensor.RETRIES, sensor.RETRY_PAUSE, sensor.MAX_FAILURES) == (2, 0.01, 3)
    assert "two more tries 10 ms apart, unless" in PAGE
    assert "three failed measurements" in PAGE
    assert f"unless the measurement took {sensor.RETRY_WITHIN:g} s already" in PAGE
    assert f"every {SENSOR_POLICY.slow:g} s at least" in PAGE
    assert f"every {SENSOR_POLICY.cap * (1 + SENSOR_POLICY.jitter):g} s" in PAGE
    assert {"no_ack"} == ABSENT_CODES
    assert all(f"`{code}`" in PAGE for code in BUS_CODES)
