"""How a bench's constants are found: an experiment step by step, a fit of all it showed, and a verdict in words; nothing has a clock.

| file | what |
|---|---|
| `tune.py` | `begin`, `step`: what an actor calls with every reading; `Tune`, `Action` and the `Outcome` at the end |
| `record.py` | `Record`: what was seen, thinned to what a fit needs |
| `fit.py` | `fit`: the whole record against the model of a bench |
| `verdict.py` | `judge`: whether that is to be believed, with reasons |
| `hindrance.py` | which interlocks would break it off, before it begins |
| `losses.py` | what a fan carries away, from the power that a hold takes |
"""
