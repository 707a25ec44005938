"""An output process that is none: what it does is in the environment variable LIE."""

import contextlib
import os
import socket
import time
from pathlib import Path

LIE = os.environ["LIE"]


def main() -> None:
    connection = socket.socket(fileno=0)
    with Path(os.environ["LIVES"]).open("a", encoding="utf-8") as lives:
        lives.write(f"{os.getpid()}\n")
    if LIE == "silent":
        time.sleep(60)
    if LIE == "dies":
        raise SystemExit(3)
    connection.sendall(b'{"seq":0,"pid":1}\n')
    command = connection.recv(4096)
    if LIE == "garbage":
        connection.sendall(b"no json\n")
    if LIE == "endless":
        connection.sendall(b"x" * 5000)
    if LIE == "no object":
        connection.sendall(b"[1]\n")
    if LIE == "another's answer":
        connection.sendall(b'{"seq":99,"value":1,"tripped":[]}\n')
    if LIE == "leaves" and command:
        raise SystemExit(4)
    time.sleep(60)


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # nobody wanted it for long enough
        main()
