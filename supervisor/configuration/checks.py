"""What no single key of an entry shows: limits that contradict each other, frequencies nothing can make."""

from __future__ import annotations

from collections.abc import Sequence

from actors.drivers.base import Wiring
from pilotage.words import switches
from supervisor.configuration.entries import Entry
from supervisor.configuration.problems import Report, address, did_you_mean, gpio, number, shown
from supervisor.configuration.rules.near_misses import address_hint
from supervisor.configuration.rules.pwm import Rules

FEW_STEPS = 255
"""Below this, two neighbours of the usual 0 to 255 can be the same at the pin."""


def output(entry: Entry, report: Report, rules: Sequence[Rules]) -> None:
    """Check one output by itself; `rules` are those of every back end that may come to drive it."""
    limits(entry, report)
    wiring(entry, report)
    chip(entry, report)
    safety(entry, report)
    frequency(entry, report, rules)
    if entry.sound and entry.driver is not None:
        good = entry.good
        refused = entry.driver.refuse(
            Wiring(
                good["pin"],
                good["address"],
                good["pwm_frequency"],
                good["min"],
                good["max"],
                good["active_low"],
                good["safe"],
                good["channel"],
                good["full_scale"],
                entry.where,
            )
        )
        if refused:
            entry.error(report, "", refused, "")


def limits(entry: Entry, report: Report) -> None:
    """Refuse min >= max, a negative duty cycle, and a safe value that is neither 0 nor a set-point."""
    low, high, safe = entry.good.get("min"), entry.good.get("max"), entry.good.get("safe")
    if low is not None and low < 0 and not switches(entry.good.get("driver")):
        entry.error(report, "min", number(low), "0 or more: a duty cycle cannot be negative")
    if low is None or high is None:
        return
    if low >= high:
        entry.error(report, "min", f"{number(low)} with 'max' {number(high)}", "a 'min' less than 'max'")
    elif safe is not None and safe != 0 and not low <= safe <= high:
        entry.error(report, "safe", number(safe), f"0, or {number(low)} to {number(high)}")


def wiring(entry: Entry, report: Report) -> None:
    """Refuse an output with a pin and an address, or with neither."""
    if "pin" not in entry.good or "address" not in entry.good:
        return
    pin, chip = entry.good["pin"], entry.good["address"]
    if pin is None and chip is None:
        entry.error(report, "pin", "neither a pin nor an address", "one of the two")
    elif pin is not None and chip is not None:
        entry.error(report, "address", f"{address(chip)} beside {gpio(pin)}", "one of the two: with a pin, 'address' is None")


def chip(entry: Entry, report: Report) -> None:
    """Refuse a channel that the chip of an output does not have, and an output of a chip that does not say which."""
    if entry.driver is None or "channel" not in entry.good or entry.good.get("address") is None:
        return
    count, channel, name = entry.driver.outputs, entry.good["channel"], entry.good["driver"]
    if count and channel not in range(count):
        entry.error(report, "channel", "nothing" if channel is None else str(channel), f"0 to {count - 1}: which output of the {name}")
    elif not count and channel is not None:
        entry.error(report, "channel", str(channel), f"nothing: `{name}` has one output")
    possible, where = entry.driver.addresses, entry.good["address"]
    if possible and where not in possible:
        report.warn(entry.label, f"{name} is never at {address(where)}, only at {', '.join(map(address, possible))}")


def safety(entry: Entry, report: Report) -> None:
    """Refuse a heater that would be on without anybody asking, or that nobody would switch off if this program died; only fans linger."""
    taken = f"it is taken for {'an' if entry.kind == 'output' else 'a'} {entry.kind}: {entry.why}"
    if not entry.cools and entry.good.get("linger"):
        entry.error(report, "linger", number(entry.good["linger"]), "nothing here: only a fan runs on", taken)
    if not entry.heats:
        return
    if entry.driver is not None and not entry.driver.heats:
        allowed = f"'fan' or 'output': nothing outlives this program that could switch off what `{entry.good['driver']}` drives"
        entry.error(report, "kind", "'heater'", allowed, taken)
    if entry.good.get("safe"):
        entry.error(report, "safe", number(entry.good["safe"]), "0 for a heater", taken)
    if entry.good.get("restore"):
        entry.error(report, "restore", "True", "False: a heater comes back off", taken)


def frequency(entry: Entry, report: Report, rules: Sequence[Rules]) -> None:
    """Refuse a frequency that the pin cannot make; warn where it leaves few duty steps or is not used at all."""
    driver, pin, hertz = (entry.good.get(key) for key in ("driver", "pin", "pwm_frequency"))
    if "pwm_frequency" not in entry.good:
        return
    if switches(driver) and hertz is not None:
        report.warn(entry.label, f"'pwm_frequency' is not used by driver `{driver}`")
    if switches(driver) and entry.good.get("ramp") is not None:
        report.warn(entry.label, f"'ramp' is not used by driver `{driver}`: it is on or off")
    if driver != "PWM":
        return
    if hertz is None:
        entry.error(report, "pwm_frequency", "nothing", "a frequency in Hz: `PWM` needs one")
    elif pin is not None:
        _frequency_of(entry, pin, hertz, report, rules)


def _frequency_of(entry: Entry, pin: int, hertz: float, report: Report, rules: Sequence[Rules]) -> None:
    """Refuse what no back end makes; warn of what one of several does not make."""
    refused = {rule.where: text for rule in rules if (text := rule.refusal(pin, hertz))}
    if len(refused) == len(rules):
        entry.error(report, "pwm_frequency", "; ".join(dict.fromkeys(refused.values())), "")
        return
    for where, text in refused.items():
        report.warn(entry.label, f"{where} this output would be refused: {text}")
    if entry.heats and any(rule.block is not None and rule.channel(pin, hertz) is not None for rule in rules):
        text = "hardware PWM goes on by itself when every process of this program is killed at once"
        report.warn(entry.label, f"a heater at {number(hertz)} Hz through the kernel: {text}; at 100 Hz or less its line can be let go of")
    counts = [count for rule in rules if rule.where not in refused and (count := rule.steps(pin, hertz)) is not None]
    if counts and min(counts) < FEW_STEPS:
        text = f"{gpio(pin)} at {number(hertz)} Hz has only {min(counts)} duty steps: neighbouring set-points are the same there"
        report.warn(entry.label, text)


def sensor(entry: Entry, where: int | None, report: Report) -> None:
    """Check one sensor, at the address `where`, against its driver."""
    if entry.driver is None:
        return
    possible = entry.driver.addresses
    if where is not None and possible and where not in possible:
        text = f"{entry.good['driver']} is never at {address(where)}, only at {', '.join(map(address, possible))}"
        report.warn(entry.label, "; ".join(part for part in (text, address_hint(where, possible)) if part))
    period, fastest = entry.good.get("period"), entry.driver.min_period
    if period is not None and period < fastest:
        reason = "faster, the chip has nothing new or warms itself"
        entry.error(report, "period", f"{number(period)} s", f"{fastest:g} s or more for {entry.good['driver']}: {reason}")
    channels = [channel.name for channel in entry.channels]
    for name in entry.good.get("calibration", ()):
        if entry.channel(name) is None:
            entry.error(report, "calibration", f"channel {shown(name)}", ", ".join(channels), did_you_mean(name, channels))
