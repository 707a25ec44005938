"""What Python and ZeroMQ cost before any supervisor exists: a bare ROUTER loop in one thread, on our wire.

`floor` decodes the request, looks the values up in a dict and encodes the reply; `echo` sends the body back as it came.
"""

from __future__ import annotations

import json
import sys

import zmq


def main() -> None:
    """Serve until killed: `floor.py floor|echo`; prints its port."""
    mode = sys.argv[1]
    context = zmq.Context()
    router = context.socket(zmq.ROUTER)
    port = router.bind_to_random_port("tcp://127.0.0.1")
    print(port, flush=True)
    values = dict.fromkeys(range(0x08, 0x400), 22.0625)
    outputs = {18: 0.0}
    lists = {"actuator": [], "detector": [{"name": f"s{n}", "address": f"0x{n:02x}", "units": "C", "pin": None} for n in range(6)]}

    def one(part: dict[str, object]) -> float:
        if part["register"] == "pin":
            pin = int(str(part["pin"]))
            if "value" in part:
                outputs[pin] = float(str(part["value"]))
            return outputs[pin]
        return values[int(str(part["add"]), 16)]

    while True:
        *envelope, body = router.recv_multipart()
        if mode == "echo":
            router.send_multipart([*envelope, body])
            continue
        request = json.loads(body)
        match request["type"]:
            case "AQ" | "PI":
                value: object = one(request)
            case "AQ-MULTI":
                value = [one(part) for part in request["components"]]
            case _:
                value = lists
        router.send_multipart([*envelope, json.dumps({"state": "ACK", "value": value}).encode()])


if __name__ == "__main__":
    main()
