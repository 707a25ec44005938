"""A Pi Zero bench: a fan and a heater that are only on or off, and a PT-100 probe behind an ADS1115 in place of one TMP102."""

I2C_BUS_ID = 1  # /dev/i2c-1

# Who may connect, and drive; without a list everybody may. docs/use/access.md tells more, also of keys.
# ALLOW = ["192.168.1.20"]
# READ_ONLY = ["192.168.1.0/24"]

# Outputs: pins in BCM numbering.
VENTILATEUR_PIN = 13
RESISTANCE_PIN = 19  # heating resistor, through a MOSFET

# Sensors: I2C addresses. An ADS1115 and a TMP102 share 0x48 to 0x4B, so one of the four TMP102 makes room.
CAPTEUR_AHT10 = 0x38
CAPTEUR_PT100 = 0x48
CAPTEUR_EMC2101 = 0x4C

ACTUATORS_CONFIG = [
    {
        "pin": VENTILATEUR_PIN,
        "title": "Ventilateur",
        "name": "ventilateur",
        "driver": "DIGITAL",
        "units": "",
        "min": 0,
        "max": 1,
        "address": None,
        # Optional: "active_low": True if the wire is low when the output is on, as on many relay boards.
    },
    {
        "pin": RESISTANCE_PIN,
        "title": "Résistance chauffante",
        "name": "resistance",
        "driver": "DIGITAL",
        "units": "",
        "min": 0,
        "max": 1,
        "address": None,
    },
]

SENSORS_CONFIG = {
    CAPTEUR_AHT10: {
        "driver": "AHT10",
        "title": "Humidité de sortie",
        "name": "rh_sortie",
        "units": "RH",
    },
    CAPTEUR_PT100: {
        "driver": "PT-100",
        "title": "Température de la résistance",
        "name": "t_resistance",
        "units": "°C",
        # Optional: "law": "iec60751" instead of the straight line, which is wrong by 1 °C at 150 °C and by 3 °C at 200 °C.
    },
    0x49: {
        "driver": "TMP102",
        "title": "Température du dissipateur",
        "name": "t_dissipateur",
        "units": "°C",
    },
    0x4A: {
        "driver": "TMP102",
        "title": "Température d'entrée",
        "name": "t_entree",
        "units": "°C",
    },
    0x4B: {
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
    "default": {
        "driver": "Unknown",
        "title": "Capteur",
        "name": "capteur",
        "units": "",
    },
}

# What switches the heater off by itself: docs/use/interlocks.md.
INTERLOCKS = [
    {
        "name": "too_hot",
        "kind": "limit",
        "sensor": "t_resistance",
        "above": 90,
        "hysteresis": 5,
        "outputs": {"resistance": 0, "ventilateur": 1},
    },
    {"name": "sensor_lost", "kind": "stale", "sensor": "t_resistance", "seconds": 5, "outputs": ["resistance"]},
    {"name": "not_heating", "kind": "progress", "sensor": "t_resistance", "output": "resistance"},
    {"name": "stuck_on", "kind": "stuck_on", "sensor": "t_resistance", "output": "resistance", "outputs": {"ventilateur": 1}},
]
