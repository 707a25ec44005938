"""In the guest: hold one thread of a process where it is, as a library call that never comes back would; its process goes on.

hold_thread.py PID THREAD      says "held", then waits until the thread has ended with its process
"""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

SEIZE, INTERRUPT, CONTINUE = 0x4206, 0x4207, 7
"""Requests of ptrace(2)."""
ALL = 0x40000000
"""waitpid(2): threads, too."""
LONGEST = 120


def ptrace(request: int, thread: int) -> None:
    """Ask the kernel; raises OSError."""
    call = ctypes.CDLL(None, use_errno=True).ptrace
    call.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
    if call(request, thread, None, None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def main() -> None:
    """Stop the thread inside a system call, where it does not hold the interpreter's lock, and keep it."""
    process, thread = int(sys.argv[1]), int(sys.argv[2])
    signal.alarm(LONGEST)
    ptrace(SEIZE, thread)
    while True:
        ptrace(INTERRUPT, thread)
        os.waitpid(thread, ALL)
        if not Path(f"/proc/{process}/task/{thread}/syscall").read_text().startswith("-1"):
            break
        ptrace(CONTINUE, thread)
        time.sleep(0.01)
    sys.stdout.write("held\n")
    sys.stdout.flush()
    while not os.WIFEXITED(status := os.waitpid(thread, ALL)[1]) and not os.WIFSIGNALED(status):
        continue


if __name__ == "__main__":
    main()
