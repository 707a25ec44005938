"""Two owners of a pin, of a chip or of a PWM channel; on one physical bus a chip is seen from the root and from every channel."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from actors.bench.buses import BusPath
from supervisor.configuration.entries import Entry, option_names
from supervisor.configuration.problems import Report, address, gpio
from supervisor.configuration.rules.pwm import Rules

I2C_PINS: Final = {0: {0: "SDA", 1: "SCL"}, 1: {2: "SDA", 3: "SCL"}}
"""Bus number -> BCM pin -> line, on every Raspberry Pi header."""


def check(outputs: list[Entry], sensors: list[Entry], main: int | None, report: Report, rules: Sequence[Rules]) -> None:
    """Refuse a second owner of a pin, a chip or a PWM channel; `main` is the number of the bench's own bus, which has two pins."""
    lines = {} if main is None else I2C_PINS.get(main, {})
    holders: dict[Hashable, str] = {("pin", pin): f"{line} of I2C bus {main}" for pin, line in lines.items()}
    for entry in outputs:
        pin, where = entry.good.get("pin"), entry.good.get("address")
        if pin is not None:
            _claim(entry, "pin", pin, gpio(pin), holders, report)
            _claim_channel(entry, pin, holders, report, rules)
        if where is not None and "bus" in entry.good:
            place = entry.good["bus"], where, entry.good.get("channel")
            if place[2] is not None:
                _claim(entry, "channel", place, entry.where, holders, report)
    for entry in sensors:
        at = entry.driver.place(entry.options) if entry.options is not None else ""
        if at and _below(entry) is None:
            _claim(entry, option_names([entry.driver])[0], at, at, holders, report)
    _check_frequencies(outputs, report)
    chips = [*_chips(sensors, main), *_chips(outputs, main)]
    _check_chips(chips, report)
    _check_all_calls(chips, report)
    _check_muxes(chips, report)


def _check_frequencies(outputs: Iterable[Entry], report: Report) -> None:
    """Refuse two frequencies of one chip that has a single one."""
    first: dict[Hashable, Entry] = {}
    for entry in outputs:
        if entry.driver is None or entry.driver.frequencies is None or "bus" not in entry.good or "pwm_frequency" not in entry.good:
            continue
        other = first.setdefault((entry.good["bus"], entry.good.get("address")), entry)
        if other.good["pwm_frequency"] != entry.good["pwm_frequency"]:
            text = f"that of {other.label}: all outputs of a {entry.good['driver']} have one frequency"
            entry.error(report, "pwm_frequency", str(entry.good["pwm_frequency"]), text)


class _Chip(NamedTuple):
    entry: Entry
    bus: BusPath
    address: int
    key: str = "address"
    """The key of its entry that says where it is."""


def _below(entry: Entry) -> tuple[BusPath, int] | None:
    """Return bus and address of the chip that the kernel reads for an entry."""
    found: tuple[BusPath, int] | None = None if entry.options is None else entry.driver.below(entry.options)
    return found


def _chips(entries: Iterable[Entry], main: int | None) -> Iterator[_Chip]:
    for entry in entries:
        if (below := _below(entry)) is not None:
            yield _Chip(entry, *below, "device")
            continue
        where, bus = entry.good.get("address"), entry.good.get("bus", "")
        if where is not None and bus != "" and entry.driver is not None:
            yield _Chip(entry, BusPath(-1 if main is None else main) if bus is None else bus, where)


def _check_chips(chips: Sequence[_Chip], report: Report) -> None:
    """Refuse two entries that would talk to one chip; between two multiplexers that is so only while both leave a channel connected."""
    for number, chip in enumerate(chips):
        for other in chips[:number]:
            if chip.address != other.address or chip.bus.root != other.bus.root or _same_chip(chip.entry, other.entry):
                continue
            if chip.bus.mux is None or other.bus.mux is None or chip.bus == other.bus:
                seen = "" if chip.bus == other.bus else f"; a channel of a multiplexer sees what is on {BusPath(chip.bus.root).words} too"
                text = f"{chip.entry.where}, which {other.entry.label} has{seen}"
                allowed = "one chip per address" if chip.key == other.key else "one owner: the kernel's driver, or this program"
                chip.entry.error(report, chip.key, text, allowed)
            elif chip.bus.mux != other.bus.mux:
                text = f"{other.entry.label} has {address(chip.address)} behind another multiplexer of {BusPath(chip.bus.root).words}"
                report.warn(chip.entry.label, f"{text}: both must disconnect when idle, `pilotage doctor` tells how")


def _check_all_calls(chips: Sequence[_Chip], report: Report) -> None:
    """Refuse a chip at an address at which another one takes orders, too."""
    for chip in chips:
        for other in chips:
            meet = chip.bus.root == other.bus.root and (chip.bus == other.bus or None in {chip.bus.mux, other.bus.mux})
            if meet and other.address in getattr(chip.entry.driver, "also_answers", ()):
                text = (
                    f"{address(other.address)}, at which the {chip.entry.good['driver']} of {chip.entry.label} takes orders too (all-call)"
                )
                other.entry.error(report, other.key, text, "another address, or another bus")


def _check_muxes(chips: Sequence[_Chip], report: Report) -> None:
    """Refuse a chip that answers at the address of a multiplexer on its bus."""
    muxes = {(chip.bus.root, chip.bus.mux): chip.entry.label for chip in chips if chip.bus.mux is not None}
    for chip in chips:
        for answers in (chip.address, *getattr(chip.entry.driver, "also_answers", ())):
            holder = muxes.get((chip.bus.root, answers))
            if holder is None:
                continue
            text = f"{address(answers)}, which is the multiplexer of {holder}"
            if answers == chip.address:
                chip.entry.error(report, chip.key, text, "one chip per address")
            else:
                also = f"a {chip.entry.good['driver']} answers at {address(answers)} too (all-call)"
                chip.entry.error(report, "address", f"{also}: {text}", "another bus, or a multiplexer at another address")


def _claim(entry: Entry, key: str, value: Hashable, name: str, holders: dict[Hashable, str], report: Report) -> None:
    holder = holders.setdefault((key, value), entry.label)
    if holder != entry.label:
        entry.error(report, key, f"{name}, which {holder} has", f"one owner per {key}")


def _claim_channel(entry: Entry, pin: int, holders: dict[Hashable, str], report: Report, rules: Sequence[Rules]) -> None:
    """Claim the hardware PWM channel of `pin`, if this output makes PWM there; warn where it is free with one back end only."""
    if entry.good.get("driver") != "PWM" or holders["pin", pin] != entry.label:
        return
    taken = {}
    for rule in rules:
        channel = rule.channel(pin, entry.good.get("pwm_frequency") or 0.0)
        holder = entry.label if channel is None else holders.setdefault((rule.where, channel), entry.label)
        if channel is not None and holder != entry.label:
            shared = " and ".join(map(gpio, rule.shared(channel)))
            taken[rule.where] = (f"{gpio(pin)}, whose hardware PWM {holder} has", f"one of {shared}: they share frequency and duty cycle")
    if len(taken) == len(rules):
        entry.error(report, "pin", *next(iter(taken.values())))
        return
    for where, (found, allowed) in taken.items():
        report.warn(entry.label, f"{where} this output would be refused: found {found}; allowed: {allowed}")


def _same_chip(one: Entry, other: Entry) -> bool:
    """Tell whether two entries share a chip by right: two outputs of one that has several, or an EMC2101_FAN with its EMC2101."""
    first, second = str(one.good.get("driver")), str(other.good.get("driver"))
    if first == second:
        return bool(getattr(one.driver, "outputs", 0))
    return first.startswith(f"{second}_") or second.startswith(f"{first}_")
