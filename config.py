"""The bench: what is wired where. The only file to adapt from one bench to another; docs/reference/configuration.md lists every key.

`pilotage check-config` reads this file and names everything that is wrong in it.
"""

I2C_BUS_ID = 1  # /dev/i2c-1

# Who may connect, and drive; without a list everybody may. docs/use/access.md tells more, also of keys.
# ALLOW = ["192.168.1.20"]
# READ_ONLY = ["192.168.1.0/24"]

# Outputs: pins in BCM numbering.
VENTILATEUR_PIN = 18  # fan, PWM 25000 Hz (hardware PWM)
RESISTANCE_PIN = 23  # heating resistor, PWM 100 Hz, through a MOSFET

# Sensors: I2C addresses.
CAPTEUR_AHT10 = 0x38
CAPTEUR_TMP102_RESISTANCE = 0x48
CAPTEUR_TMP102_DISSIPATEUR = 0x49
CAPTEUR_TMP102_ENTREE = 0x4A
CAPTEUR_TMP102_SORTIE = 0x4B
CAPTEUR_EMC2101 = 0x4C

ACTUATORS_CONFIG = [
    {
        "pin": VENTILATEUR_PIN,
        "title": "Ventilateur",
        "name": "ventilateur",
        "driver": "PWM",
        "units": "%",
        "min": 0,
        "max": 255,
        "address": None,
        "pwm_frequency": 25000,
        # Optional: "ramp": 50 changes by at most 50 of the 255 per second.
        # Optional: "restore": True applies the last set-point again after a restart of the daemon.
        # Optional: "linger": 60 lets the fan run on for 60 s when it is switched off together with the heater.
    },
    {
        "pin": RESISTANCE_PIN,
        "title": "Résistance chauffante",
        "name": "resistance",
        "driver": "PWM",
        "units": "%",
        "min": 0,
        "max": 255,
        "address": None,
        "pwm_frequency": 100,
        # Optional: "kind": "heater" is understood already, as of everything that is not plainly a fan; a valve says "kind": "output".
    },
]

SENSORS_CONFIG = {
    CAPTEUR_AHT10: {
        "driver": "AHT10",
        "title": "Humidité de sortie",
        "name": "rh_sortie",
        "units": "RH",
        # Optional: "period": 10, "max_age": 10 measure every 10 s only: the chip warms itself a little each time.
    },
    CAPTEUR_TMP102_RESISTANCE: {
        "driver": "TMP102",
        "title": "Température de la résistance",
        "name": "t_resistance",
        "units": "°C",
        # Optional: "calibration": {"temp": {"offset": -0.3, "scale": 1.0}}: shown value = raw value * scale + offset.
    },
    CAPTEUR_TMP102_DISSIPATEUR: {
        "driver": "TMP102",
        "title": "Température du dissipateur",
        "name": "t_dissipateur",
        "units": "°C",
        # Optional: "coupling": 0.6 in the simulation: 1 is at the heater, 0 in the air of the room.
    },
    CAPTEUR_TMP102_ENTREE: {
        "driver": "TMP102",
        "title": "Température d'entrée",
        "name": "t_entree",
        "units": "°C",
    },
    CAPTEUR_TMP102_SORTIE: {
        "driver": "TMP102",
        "title": "Température de sortie",
        "name": "t_sortie",
        "units": "°C",
    },
    CAPTEUR_EMC2101: {
        "driver": "EMC2101",
        "title": "Contrôleur de ventilateur",
        "name": "T_emc",
        "units": "°C",
    },
    # A template to copy for a new sensor, under its address; never a device.
    "default": {
        "driver": "Unknown",
        "title": "Capteur",
        "name": "capteur",
        "units": "",
    },
}

# What switches the heater off by itself: docs/use/interlocks.md. A trip stays until `pilotage reset NAME`, once its cause is gone.
INTERLOCKS = [
    # Above 90 °C: heater off, fan to full. "hysteresis": it counts as cool again below 85 °C.
    {
        "name": "too_hot",
        "kind": "limit",
        "sensor": "t_resistance",
        "above": 90,
        "hysteresis": 5,
        "outputs": {"resistance": 0, "ventilateur": 255},
    },
    # No good reading for 5 s: heater off. Nobody would see it overheat.
    {"name": "sensor_lost", "kind": "stale", "sensor": "t_resistance", "seconds": 5, "outputs": ["resistance"]},
    # At 20 % or more for 60 s and not 2 °C warmer: the heater, or the sensor, has come off.
    {"name": "not_heating", "kind": "progress", "sensor": "t_resistance", "output": "resistance"},
    # Off for 2 min and yet 5 °C warmer within 60 s: its transistor is shorted. The fan cools what can no longer be switched off.
    {
        "name": "stuck_on",
        "kind": "stuck_on",
        "sensor": "t_resistance",
        "output": "resistance",
        "outputs": {"ventilateur": 255},
    },
    # Optional, a line each; whoever sets a value and leaves wants none of the first two:
    # off 10 s after the last client that drove it has gone: {"name": "client_gone", "kind": "client_lost", "outputs": ["resistance"]},
    # off after an hour without any request: {"name": "nobody_asks", "kind": "idle", "seconds": 3600, "outputs": ["resistance"]},
    # only while the fan is above 20 %:
    # it needs {"name": "fan_needed", "kind": "requirement", "needs": "ventilateur", "above": 20, "outputs": ["resistance"]},
    # never on for more than two hours: {"name": "on_too_long", "kind": "max_on", "output": "resistance", "seconds": 7200},
    # never above half power: {"name": "half_power", "kind": "max_duty", "output": "resistance", "duty": 50},
]

# What holds a value by itself: docs/use/regulation.md. It is off, and has to be tuned once: `pilotage tune chauffe`.
LOOPS = [
    {
        "name": "chauffe",
        "title": "Consigne de la résistance",
        "sensor": "t_resistance",
        "output": "resistance",
        "fan": "ventilateur",
        "pin": 1000,  # virtual: by it PyMoDAQ sets the temperature
        "min": 20,
        "max": 80,
        # Optional: "ambient": "t_entree" is a sensor of the air around; "ramp": 10 changes the set-point by at most 10 °C per minute.
    },
]

# Optional, with their defaults: PORT = 5555; BIND = "*" (every network interface; "127.0.0.1" is this computer alone);
# DEADLINE = 1.5 (seconds within which every request is answered);
# I2C_TIMEOUT = 0.1 (seconds after which the I2C adapter gives up a transfer);
# FRAME_INTERVAL = 0.1 (seconds that an eager client waits for something new; 0: never).
