"""docs/use/add-a-sensor.md is run as it stands: its blocks are put into a copy of the project."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "use" / "add-a-sensor.md"
DRIVER, REGISTRY, TEST, CONFIG = (
    "actors/drivers/air/hdc1080.py",
    "actors/drivers/registry.py",
    "tests/actors/drivers/test_hdc1080.py",
    "config.py",
)
BLOCK = re.compile(r'^```python title="(?P<file>[^"]+)"\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL)
LAST_SENSOR = re.compile(r'^    "SIMULE": .*\n', re.MULTILINE)
COPIED = ("actors", "supervisor", "pyproject.toml", "tests/__init__.py", "tests/conftest.py", "tests/fakes.py", "tests/leftovers.py")


def blocks() -> dict[str, str]:
    return {found["file"]: found["text"] for found in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the page builds on, with what the page adds."""
    for name in (*COPIED, "tests/actors/drivers/fakebus.py"):
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    page = blocks()
    for name in (DRIVER, TEST):
        (tmp_path / name).write_text(page[name], encoding="utf-8")
    registry = tmp_path / REGISTRY
    registry.write_text(LAST_SENSOR.sub(lambda last: last[0] + page[REGISTRY], registry.read_text(encoding="utf-8")), encoding="utf-8")
    (tmp_path / CONFIG).write_text(f"ACTUATORS_CONFIG = []\nSENSORS_CONFIG = {{\n{page[CONFIG]}}}\n", encoding="utf-8")
    return tmp_path


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=project, capture_output=True, text=True, encoding="utf-8", check=False, timeout=50
    )


def run_its_test(project: Path) -> subprocess.CompletedProcess[str]:
    return run(project, "-B", "-m", "pytest", "-p", "no:cacheprovider", TEST)


def test_the_page_adds_one_short_file_one_line_one_test_file_and_one_config_entry() -> None:
    page = blocks()
    assert list(page) == [DRIVER, REGISTRY, TEST, CONFIG]
    assert page[DRIVER].count("\n") <= 60
    assert page[REGISTRY].count("\n") == page[CONFIG].count("\n") == 1


def test_the_pages_own_test_passes_on_the_pages_driver(project: Path) -> None:
    done = run_its_test(project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d\d passed", done.stdout, re.MULTILINE), done.stdout


def test_the_pages_own_test_notices_each_rule_that_is_broken(project: Path) -> None:
    broken = {
        "IDS, TransientError)": "{}, TransientError)",
        "IDS: Final = {0xFE: (2, 0xFFFF, 0x5449), 0xFF: (2, 0xFFFF, 0x1050)}": "IDS: Final = {0xFE: (2, 0xFFFF, 0x5449)}",
        "if frame.count(0xFF) == 4 or": "if",
        "/ 65536 * 165 - 40": "/ 65536 * 165 - 45",
        "& ~0x0800": "& ~0x0000",
    }
    driver = project / DRIVER
    text = driver.read_text(encoding="utf-8")
    for right, wrong in broken.items():
        assert right in text
        text = text.replace(right, wrong)
    driver.write_text(text, encoding="utf-8")
    failed = re.findall(r"^FAILED \S+::(\w+)", run_its_test(project).stdout, re.MULTILINE)
    assert sorted(failed) == [
        "test_a_frame_is_its_temperature_and_humidity",
        "test_a_frame_is_its_temperature_and_humidity",
        "test_a_frame_is_its_temperature_and_humidity",
        "test_a_frame_of_nothing_is_an_error",
        "test_another_chip_is_refused_before_anything_is_written",
        "test_only_settings_of_another_program_are_written_over",
        "test_what_is_no_measurement_is_an_error",
    ]


def test_the_registry_and_the_configuration_know_the_new_sensor(project: Path) -> None:
    done = run(project, "-B", "-c", "from actors.drivers import SENSOR_DRIVER_REGISTRY as known; print(known['HDC1080'].chip)")
    assert (done.stdout.strip(), done.returncode) == ("HDC1080", 0), done.stderr
    done = run(project, "-B", "-m", "supervisor", "check-config", "--config", CONFIG)
    assert done.returncode == 0, done.stdout + done.stderr


def test_without_the_line_in_the_registry_the_configuration_refuses_it(project: Path) -> None:
    shutil.copyfile(ROOT / REGISTRY, project / REGISTRY)
    done = run(project, "-B", "-m", "supervisor", "check-config", "--config", CONFIG)
    assert done.returncode == 78, done.stdout + done.stderr
    assert "HDC1080" in done.stdout + done.stderr
