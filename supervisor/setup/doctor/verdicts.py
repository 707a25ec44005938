"""A verdict per sensor and output: from the daemon if one answers, else from the bus and the pins themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from actors.bench.devices import Bench, OutputSpec
from pilotage.endpoints import DEFAULT_TIMEOUT
from pilotage.words import number
from supervisor.setup.doctor import gpio_checks, leco_checks, sensor_checks
from supervisor.setup.doctor.findings import Finding
from supervisor.setup.host import Host

KNOCK: Final = 0.5
"""Seconds after which nobody is there, where nobody takes the connection."""


def check(host: Host, bench: Bench, endpoint: str) -> list[Finding]:
    """Return one finding per sensor and output, behind one that says who was asked."""
    from pilotage import ClientError, UnreachableError

    try:
        document = _ask(endpoint)
    except UnreachableError as error:
        if error.somebody:
            return [_no_answer(endpoint, error)]
    except ClientError as error:
        return [_no_answer(endpoint, error)]
    else:
        return _from_daemon(host, bench, endpoint, document)
    first = Finding("note", "daemon", f"nothing answers at {endpoint}; the hardware was asked directly", ("sudo systemctl start pilotage",))
    if host.ask("systemctl", "is-active", "pilotage.service") == "active":
        text = f"pilotage.service runs, but nothing answers at {endpoint}: no command of this machine reaches it there"
        first = Finding("fix", "daemon", text, ("journalctl -u pilotage -n 50", "sudo systemctl restart pilotage"))
    return [first, *leco_checks.directly(bench), *sensor_checks.check(host, bench), *_outputs(host, bench)]


def _ask(endpoint: str) -> dict[str, Any]:
    """Return what the daemon says of itself; raises ClientError. It is asked as any client asks, and so records nothing of it."""
    from pilotage import Client, UnreachableError

    with Client(endpoint, KNOCK, curve="") as client:
        try:
            document: Any = client.status()
        except UnreachableError as error:
            if not error.somebody:
                raise
            client.timeout = DEFAULT_TIMEOUT
            document = client.status()
        return dict(document)


def _no_answer(endpoint: str, error: Exception) -> Finding:
    text = f"{endpoint} accepts connections but does not answer as pilotage does: {error}"
    return Finding("fix", "daemon", text, ("sudo ss -ltnp", "journalctl -u pilotage -n 50"))


def _from_daemon(host: Host, bench: Bench, endpoint: str, document: dict[str, Any]) -> list[Finding]:
    findings = [Finding("ok", "daemon", f"pilotage {document['version']} answers at {endpoint}; it was asked")]
    if document["simulated"]:
        findings.append(Finding("note", "daemon", "it runs SIMULATED: what follows is no hardware"))
    findings += leco_checks.from_daemon(bench, document)
    levels = {output.id: output.level for output in bench.outputs}
    for name in [*(sensor.id for sensor in bench.sensors), *(output.id for output in bench.outputs)]:
        child = document["children"].get(name)
        if child is None:
            text = "the daemon does not know it: config.py was changed since it was read"
            findings.append(Finding("fix", name, text, ("sudo systemctl reload pilotage",)))
        else:
            findings.append(_child(name, child, document, levels.get(name, number)))
    return findings if document["simulated"] else _moved(host, bench, document, findings)


def _moved(host: Host, bench: Bench, document: dict[str, Any], findings: list[Finding]) -> list[Finding]:
    """Return `findings` with the other bus of this machine on which a sensor answers that the daemon calls absent."""
    own = [sensor for sensor in bench.sensors if sensor.bus is None and sensor_checks.is_asked(sensor)]
    absent = [sensor for sensor in own if document["children"].get(sensor.id, {}).get("state") == "absent"]
    places = sensor_checks.elsewhere(host, bench, {sensor.address: sensor.driver for sensor in absent})
    numbers = {sensor.id: places.get(sensor.address) for sensor in absent}
    return [sensor_checks.moved(finding, numbers.get(finding.subject)) for finding in findings]


def _child(name: str, child: dict[str, Any], document: dict[str, Any], shown: Callable[[float], str]) -> Finding:
    where, state = child["where"], child["state"]
    if state != "running":
        reason = child["error"]["message"] if child["error"] else "it has not served yet"
        return Finding("fix", name, f"{where} is {state}: {reason}")
    output = document["outputs"].get(name)
    if output is not None:
        found = output["read_back"]
        return Finding("ok", name, f"{where} reads back {shown(found)}" if found is not None else f"{where} runs")
    last = child.get("last") or {"values": {}}
    if last.get("broken"):
        return Finding("fix", name, f"{where}: " + "; ".join(f"{channel}: {last['faults'][channel]}" for channel in last["broken"]))
    values = ", ".join(f"{channel} {value:.2f}" for channel, value in last["values"].items() if value is not None)
    return Finding("ok", name, f"{where} reads {values}" if values else f"{where} runs")


def _outputs(host: Host, bench: Bench) -> list[Finding]:
    """Return whether each output could be driven; none is: a doctor must not switch a heater."""
    trouble = [finding for finding in gpio_checks.check(host, bench) if finding.level == "fix"]
    return [_output(output, trouble) for output in bench.outputs]


def _output(output: OutputSpec, trouble: list[Finding]) -> Finding:
    if output.pin is None:
        return Finding("ok", output.id, f"{output.where} is driven by its chip")
    mine = [finding for finding in trouble if finding.subject in {"GPIO", f"PWM of {output.name}"}]
    if mine:
        return Finding("fix", output.id, f"GPIO{output.pin} cannot be driven, see above: {mine[0].sentence}")
    return Finding("ok", output.id, f"GPIO{output.pin} can be driven")
