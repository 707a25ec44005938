"""What the benchmarks found, as text, and in docs/understand/performance.md with its pictures."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"(<!-- measured -->\n).*?(<!-- end -->)", re.DOTALL)


def write(result: dict[str, Any], folder: Path) -> None:
    """Write performance.json and the pictures into `folder`, and the table into its performance.md."""
    from benchmarks.pictures import draw

    (folder / "performance.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    draw(result, folder)
    page = folder / "performance.md"
    text = f"Measured on {result['date']} on {result['machine']}:\n\n```text\n{report(result)}\n```\n"
    page.write_text(BLOCK.sub(lambda found: found[1] + text + found[2], page.read_text(encoding="utf-8")), encoding="utf-8")


def report(result: dict[str, Any]) -> str:
    """Return the table."""
    lines = [f"{'request':<14}{'us':>8}{'floor us':>10}{'ratio':>8}{'quartiles':>14}{'limit':>8}"]
    for kind, row in result["latency"]["table"].items():
        quartiles = "{:.2f}..{:.2f}".format(*row["quartiles"]) if "quartiles" in row else ""
        limit = f"{row['limit']:.2f}" if row.get("limit") else "-"
        lines.append(f"{kind:<14}{row['us']:>8.0f}{row.get('floor_us', 0):>10.0f}{row['ratio']:>8.2f}{quartiles:>14}{limit:>8}")
    for name, unit in (("clients", "idle clients"), ("sensors", "sensors"), ("components", "components")):
        row = ", ".join(f"{n}: {entry['ratio']:.2f}" for n, entry in result[name].items())
        lines.append(f"ratio to the floor with {unit}: {row}")
    row = ", ".join(f"{n}: {entry['per_second']:.0f}/s ({entry['share_of_floor']:.2f})" for n, entry in result["saturation"].items())
    lines.append(f"requests per second (share of the floor) with clients: {row}")
    used = result["memory"]
    lines.append(
        f"memory: {used['whole_mib']:.1f} MiB, {used['per_sensor_kib']:.1f} KiB a sensor, {used['per_client_kib']:.1f} KiB a client, "
        f"growth over {used['requests']} requests {used['daemon']['growth_kib']} KiB (floor {used['floor']['growth_kib']} KiB)"
    )
    lines.append(
        f"processor time a request: {used['daemon']['cpu_us_per_request']:.0f} us (floor {used['floor']['cpu_us_per_request']:.0f} us)"
    )
    lines.append(f"idle: {result['idle']['percent_of_a_core']:.2f} % of a core, {result['idle']['resident_mib']:.1f} MiB")
    begun = result["start"]
    lines.append(f"start to the first good AQ: {begun['first_answer_s']:.2f} s; import supervisor: {begun['import_supervisor_s']:.3f} s")
    lines += [f"  import {entry['module']}: {entry['ms']:.1f} ms" for entry in begun["slowest_imports"]]
    return "\n".join(lines)
