"""What of the real hardware layer exists only on Linux is tested only there."""

import sys

collect_ignore = [] if sys.platform == "linux" else ["test_i2c.py", "test_lock.py"]
