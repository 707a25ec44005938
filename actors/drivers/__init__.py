"""The drivers, and the registries that name them. A new device is one file here and one line there."""

from actors.drivers.registry import ACTUATOR_DRIVER_REGISTRY, SENSOR_DRIVER_REGISTRY

__all__ = ["ACTUATOR_DRIVER_REGISTRY", "SENSOR_DRIVER_REGISTRY"]
