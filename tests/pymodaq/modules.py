"""PyMoDAQ's own control modules, off screen, in the hands of whoever writes lines into this process. Run by a Python that has PyMoDAQ.

A line is `[id, name, what, arguments...]` in JSON; the answer `{"id": ..., "value": ...}`, or `"error"`. Modules are what a dashboard makes
of them: with their windows, their threads and their timers, and the plugin "LECODirector" that comes with PyMoDAQ.
"""

import inspect
import json
import os
import queue
import sys
import threading
import time
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pymodaq.control_modules.daq_move import DAQ_Move
from pymodaq.control_modules.daq_viewer import DAQ_Viewer
from pymodaq.utils.data import DataActuator
from qtpy import QtCore, QtWidgets

try:  # 5.2 and newer
    from pymodaq_gui.qt_utils import mkQApp
except ImportError:
    from pymodaq_gui.utils.utils import mkQApp

PLUGIN = "LECODirector"


def viewer_window() -> Any:
    """Return what a viewer is put into: a dock area in 5.1, any window since."""
    if "area" in inspect.signature(DAQ_Viewer.__init__).parameters:
        return QtWidgets.QWidget()
    from pymodaq_gui.utils.dock import DockArea

    return DockArea()


class Module:
    """One control module: `seen` is what it was given, in order, `states` whether it was initialised, each time that changed."""

    window: Any

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.done: list[float] = []
        self.states: list[bool] = []
        self.said: list[str] = []
        self.module = self._make()
        self.module.init_signal.connect(self.states.append)
        self.module.status_sig.connect(self.said.append)

    def _make(self) -> Any:
        raise NotImplementedError

    def set(self, settings: dict[str, Any]) -> None:
        """Type into the settings of the plugin."""
        groups = self.module.settings.children()
        (group,) = [each for each in groups if "actor_name" in [child.name() for child in each.children()]]
        for name, value in settings.items():
            group.child(name).setValue(value)

    def init(self, on: bool = True) -> None:
        """Press the button `init`."""
        self.module.init_hardware_ui(on)

    def state(self) -> dict[str, Any]:
        """Return all that was noticed of it."""
        return {"initialized": bool(self.module.initialized_state), "states": self.states, "seen": self.seen, "said": self.said}

    def picture(self, path: str, width: int, height: int) -> None:
        """Take a picture of its window."""
        self.window.resize(width, height)
        self.window.show()
        QtWidgets.QApplication.processEvents()
        self.window.grab().save(path)

    def settings(self, path: str, width: int, height: int) -> None:
        """Take a picture of what can be typed into the plugin's settings, without the others."""
        window = self.module.settings_tree
        for group in self.module.settings.children():
            group.setOpts(visible="actor_name" in [child.name() for child in group.children()])
        window.show()
        tree = next(iter(window.findChildren(QtWidgets.QTreeWidget)), window)
        tree.setColumnWidth(0, width // 2)
        tree.setMinimumWidth(width)
        QtWidgets.QApplication.processEvents()
        tree.grab(QtCore.QRect(0, 0, width, height)).save(path)

    def quit(self) -> None:
        """Close it."""
        self.module.quit_fun()


class Mover(Module):
    """A module that sets an output."""

    def _make(self) -> Any:
        self.window = QtWidgets.QWidget()
        module = DAQ_Move(self.window, title="mover")
        module.actuator = PLUGIN
        module.current_value_signal.connect(lambda position: self.seen.append(float(position.value())))
        module.move_done_signal.connect(lambda position: self.done.append(float(position.value())))
        return module

    def state(self) -> dict[str, Any]:
        """Return that, the units it shows, and where it has arrived."""
        return {**super().state(), "units": str(self.module.units), "done": self.done}

    def move(self, position: float, how: str = "abs") -> None:
        """Type a position and press the button, in the units that it shows."""
        value = DataActuator("mover", data=position, units=self.module.units)
        getattr(self.module, f"move_{how}")(value)

    def home(self) -> None:
        """Press `home`."""
        self.module.move_home()

    def stop(self) -> None:
        """Press `stop`."""
        self.module.stop_motion()


class Viewer(Module):
    """A module that shows readings."""

    def _make(self) -> Any:
        self.window = viewer_window()
        module = DAQ_Viewer(self.window, title="viewer", daq_type="DAQ0D")
        module.detector = PLUGIN
        module.grab_done_signal.connect(self._frame)
        return module

    def _frame(self, frame: Any) -> None:
        labels = [label for data in frame for label in data.labels]
        self.seen.append([labels, [float(each[0]) for data in frame for each in data]])

    def snap(self) -> None:
        """Press `snap`."""
        self.module.snap()

    def grab(self) -> None:
        """Press `grab`: it begins, or ends if it was under way."""
        self.module.grab()


def main() -> None:
    """Do as the lines say until they end."""
    application = mkQApp("check")
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what PyMoDAQ prints is no answer

    def read() -> None:
        for line in sys.stdin:
            lines.put(line)
        lines.put("")

    threading.Thread(target=read, daemon=True).start()
    modules: dict[str, Module] = {}
    kinds = {"mover": Mover, "viewer": Viewer}
    while True:
        application.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, 20)
        try:
            line = lines.get_nowait()
        except queue.Empty:
            time.sleep(0.005)
            continue
        if not line:
            break
        number, name, what, *arguments = json.loads(line)
        try:
            if what in kinds:
                modules[name], value = kinds[what](), None
            else:
                value = getattr(modules[name], what)(*arguments)
            answer = {"id": number, "value": value}
        except Exception as error:
            answer = {"id": number, "error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    os._exit(0)  # its threads may be in the middle of anything


if __name__ == "__main__":
    main()
