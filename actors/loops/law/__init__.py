"""The law of a loop as pure functions: `regulate.advance` takes a reading and gives the next memory and command.

| file | what |
|---|---|
| `regulate.py` | `engage`, `aim`, `follow`, `advance`: all that an actor calls |
| `memory.py` | `Sample`, `Memory`, `Command`, `Finding`: what goes in and comes out |
| `model.py` | `Model`: the constants of a bench, `reachable`, and the gains that follow from them |
| `takeover.py`, `step.py` | beginning without a jump, one step of the law |
| `reference.py` | the working set-point: what may be asked for, and what can be there by now |
| `program.py`, `settled.py`, `plausible.py` | programs, at rest or not, whether the power is credible |
| `on_off.py` | outputs that are off or on |

Every duty is a share of the output's full scale, 0..1, and `ramp` is per minute; all else is in units of the channel and seconds.
Nothing here has a thread, a clock or a log, and nothing but `advance` decides what an output does.
"""
