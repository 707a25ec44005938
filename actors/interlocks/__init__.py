"""The rules that switch an output off, or hold it, for a reason. Pure: no thread, no clock of their own, no hardware."""
