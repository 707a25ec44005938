"""`gpiod.line`, as far as it is used."""

from enum import Enum


class Value(Enum):
    INACTIVE = 0
    ACTIVE = 1


class Direction(Enum):
    INPUT = 1
    OUTPUT = 2
