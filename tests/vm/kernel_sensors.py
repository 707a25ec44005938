"""Two buses of the kernel in one bench: six chips that the daemon reads itself, and an LM75 that a driver of the kernel reads for it."""

from functools import partial

from pilotage.client import ClientError
from tests.vm.machine import Vm, until
from tests.vm.report import Report
from tests.vm.running import CONFIG, serving, state

DEVICE = "0-004c"
"""A place of i2c-stub, the second bus of the machine: registers that hold what is written into them."""
ENTRY = f"""
SENSORS_CONFIG["t_stub"] = {{"driver": "hwmon", "device": "i2c:{DEVICE}", "channels": {{"temp": "temp1"}}, "wire": 0x94C}}
"""
DRIVER = "/sys/bus/i2c/drivers/lm75"


def feels(vm: Vm, degrees: float) -> None:
    """Put a temperature into the chip, in its steps of half a degree; the lower byte of a word comes first on the bus."""
    word = (round(degrees * 2) << 7 & 0xFFFF).to_bytes(2, "big")
    vm.shell(f"i2cset -f -y 0 0x4c 0x00 0x{word[::-1].hex()} w")


def reads(vm: Vm, degrees: float) -> bool:
    """Return whether a new reading gives `degrees`."""
    with vm.client() as client:
        return client.read("t_stub", max_age=0) == degrees


def code(vm: Vm) -> str:
    """Return why there is no value, or an empty text."""
    with vm.client() as client:
        try:
            client.read("t_stub", max_age=0)
        except ClientError as error:
            return error.code
    return ""


def bound_and_unbound(vm: Vm, report: Report) -> None:
    """Read it, take its driver away and give it back; the six others notice nothing."""
    vm.shell(f"modprobe lm75; echo lm75 0x4c >/sys/bus/i2c/devices/i2c-0/new_device; cp {CONFIG} /root/one_bus.py")
    feels(vm, 25.5)
    vm.put("/root/two_buses.py", ENTRY)
    vm.shell(f"cat /root/two_buses.py >>{CONFIG}; systemctl reload pilotage")
    try:
        report.check("an LM75 on the second bus is read through hwmon", until(partial(reads, vm, 25.5), 60), code(vm))
        feels(vm, -10.5)
        report.check("what it feels is what a client gets", until(partial(reads, vm, -10.5), 30))
        vm.shell(f"echo {DEVICE} >{DRIVER}/unbind")
        report.check("without its driver it is no device, and no number", until(lambda: code(vm) == "no_device", 30), code(vm))
        report.check("the six on the first bus serve", until(partial(serving, vm), 30))
        feels(vm, 30.0)
        vm.shell(f"echo {DEVICE} >{DRIVER}/bind")
        report.check("bound again it comes back by itself, with a new value", until(partial(reads, vm, 30.0), 90), state(vm, "t_stub"))
    finally:
        vm.shell(f"cp /root/one_bus.py {CONFIG}; systemctl reload pilotage; echo 0x4c >/sys/bus/i2c/devices/i2c-0/delete_device")
    report.check("without its entry all is as before", until(partial(serving, vm), 60))
