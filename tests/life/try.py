import os, sys, time
from hypothesis import settings, Phase, HealthCheck, seed
from hypothesis.stateful import run_state_machine_as_test
from tests.life.model import Life
from tests.life import world, promises, benches, model, hardware
n, steps, s = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
skip = sys.argv[4].split(",") if len(sys.argv) > 4 else []
if "A1" in skip:
    real = world.World.send
    def send(self, client, request):
        if not self.serving and request["type"] in ("PI",): request = {"type": "scan"}
        return real(self, client, request)
    world.World.send = send
if "D1" in skip:
    promises.Promises._listed = lambda self, on: None
if "A3" in skip:
    benches.BROKEN = benches.BROKEN[:9]
if "flood" in skip:
    hardware.CALL = 0.0002
if "odd" in skip:
    benches.ODD_NAMES = ("odd",)
if "standstill" in skip:
    import actors.poller
    pass
if "N" in skip:
    model.PIGPIOD_FAULTS = ("drop",)
    Life.come_back = None if False else Life.come_back
import faulthandler; faulthandler.dump_traceback_later(300)
for i in range(s, s + n):
    t=time.time()
    L=seed(i)(Life)
    try:
        run_state_machine_as_test(L, settings=settings(max_examples=6, stateful_step_count=steps, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), report_multiple_bugs=False))
        print(i, "ok", time.time()-t, flush=True)
    except BaseException as e:
        import traceback
        tb = traceback.extract_tb(e.__traceback__)[-1]
        text = str(e)
        if hasattr(e, "exceptions"): e = e.exceptions[0]; text = "FLAKY "+str(e); tb = traceback.extract_tb(e.__traceback__)[-1]
        print("SEED", i, type(e).__name__, tb.filename[-20:], tb.lineno, text[:int(os.environ.get("CHARS", "700"))], "\n".join(getattr(e,"__notes__",[])), "time", time.time()-t, flush=True)
