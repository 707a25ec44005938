"""The rules that switch an output off, or hold it, for a reason: one file per kind in `kinds/`, one actor that looks at them all.

Nothing but the actor has a thread or a clock; nothing here touches hardware.
"""
