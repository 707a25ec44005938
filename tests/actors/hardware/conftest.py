"""What of the real hardware layer exists only on Linux is tested only there."""

from __future__ import annotations

import sys

collect_ignore = [] if sys.platform == "linux" else ["test_i2c.py", "test_lock.py"]
