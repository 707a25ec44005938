"""The rules and the page in a real Prometheus; skipped where there is none."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import eventually
from tests.supervisor.web.conftest import Site, free_port

MONITORING = Path("examples/monitoring")
TARGET, PACE = "raspberrypi:8080", "scrape_interval: 15s"


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="there is no Prometheus here; Debian's package is called `prometheus`")
def test_prometheus_reads_the_bench_and_every_rule_works(site: Site, tmp_path: Path) -> None:
    shutil.copy(MONITORING / "alerts.yml", tmp_path)
    text = (MONITORING / "prometheus.yml").read_text(encoding="utf-8")
    assert TARGET in text
    (tmp_path / "prometheus.yml").write_text(
        text.replace(TARGET, f"127.0.0.1:{site.port}").replace(PACE, f"{PACE.replace('15', '1')}\n  evaluation_interval: 1s"),
        encoding="utf-8",
    )
    port = free_port()
    options = (f"--config.file={tmp_path / 'prometheus.yml'}", f"--storage.tsdb.path={tmp_path / 'data'}")
    with subprocess.Popen(
        ["prometheus", *options, f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            eventually(lambda: asked(port, "query?query=pilotage_temperature_celsius")["result"], "it has read the bench", 40)
            eventually(lambda: set(health(port)) == {"ok"}, "every rule is evaluated", 40)
            assert len(health(port)) == 5
        finally:
            process.terminate()


def asked(port: int, question: str) -> Any:
    """Return what Prometheus answers; nothing while it starts."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{question}", timeout=10) as answer:
            return json.load(answer)["data"]
    except OSError:
        return {"result": [], "groups": []}


def health(port: int) -> list[str]:
    """Return how each rule is."""
    return [rule["health"] for group in asked(port, "rules")["groups"] for rule in group["rules"]]
