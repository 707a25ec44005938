"""Every event of the log, once: its level, its meaning, its sentence and its fields, in the words of `actors.core.vocabulary`.

The journal, the tests and `docs/reference/events.md` use these names.
A new event is one entry here and its use; the tests say what else is missing.
"""

from __future__ import annotations

from typing import Final

from actors.core.vocabulary import CHILD, ENTRIES, event

VOCABULARY: Final = ENTRIES
"""Every event by its name."""

# A few lines for each event, whatever the formatter would make of them.
# fmt: off
DAEMON_STARTED: Final = event(
    "daemon_started", "info", "The daemon has its hardware and starts the supervision tree.",
    "pilotage {version} starts, {mode}, with the bench of {config}", fields="version mode config bus gpio i2c_timeout_s")
DAEMON_READY: Final = event(
    "daemon_ready", "info", "The gateway has answered a request: clients are served.", "Ready on port {port}", fields="port"
)
PAGE_FAILED: Final = event(
    "page_failed", "warning", "The page in a browser cannot be had, or is there no more; the bench goes on without it.",
    "The bench goes on without its page: {reason}", fields="reason",
)
DAEMON_STOPPING: Final = event(
    "daemon_stopping", "info", "The end begins; outputs go to their safe values first.",
    "Stopping ({reason}): the outputs go to their safe values first", fields="reason")
DAEMON_STOPPED: Final = event("daemon_stopped", "info", "The last record of a run.", "Stopped, exit code {exit_code}", fields="exit_code")
DAEMON_FAILED: Final = event(
    "daemon_failed", "critical", "The daemon cannot start, or cannot go on.",
    "The daemon cannot go on: {reason}", fields="error_code reason", ids="7e616492855d484bb706213f6f1b6f93")
CONFIG_WARNING: Final = event(
    "config_warning", "warning", "Something in `config.py` works but is probably not meant.", "{reason}", fields="reason"
)
CONFIG_RELOADED: Final = event(
    "config_reloaded", "info", "Another `config.py` was taken over while the daemon served; what it does not mention went on.",
    "{config} is in force: added {added}; changed {changed}; removed {removed}", fields="config added changed removed")
CONFIG_REFUSED: Final = event(
    "config_refused", "error", "A changed `config.py` has errors, one record each; the bench goes on as it was.",
    "The bench goes on as it was: {reason}", fields="reason")
REACH_FAILED: Final = event(
    "reach_failed", "warning", "Where the daemon is reached could not be written down: commands on its computer need `--endpoint`.",
    "Where the daemon is reached could not be written down: {reason}", fields="reason")
NOTIFY_FAILED: Final = event(
    "notify_failed", "warning", "Nobody takes what the daemon tells the service manager (`NOTIFY_SOCKET`); clients are served.",
    "The service manager does not take what it is told: {reason}", fields="reason")
CONFIG_POSTPONED: Final = event(
    "config_postponed", "warning", "A setting was changed that only a restart of the daemon can take over.",
    "{setting} has changed in config.py, which takes effect with the next restart", fields="setting")
CHILD_STARTED: Final = event("child_started", "info", "A sensor, an output or the gateway serves.", "{actor} is running", fields=CHILD)
CHILD_RESTARTED: Final = event(
    "child_restarted", "info", "A child that was lost serves again.", "{actor} was restarted and is running again",
    fields=f"{CHILD} restarts", ids="56156768c236480c8d6b2c843460e60b", steady="state")
CHILD_LOST: Final = event(
    "child_lost", "warning", "A child gave its device up; it is started again after a back-off.",
    "{actor} is lost: {reason}", fields=f"{CHILD} back_off_s", steady="state")
CHILD_CRASHED: Final = event(
    "child_crashed", "error", "A bug ended a child; it is started again.",
    "{actor} crashed: {reason}", fields=CHILD, ids="11cbe22611c740b89a07be6bdf41a86b", steady="crash")
CHILD_HUNG: Final = event(
    "child_hung", "error", "A child does not come back from its hardware and was fenced off.",
    "{actor} hangs: {reason}", fields=CHILD, ids="796bab73533d47d8ae8e88610b524e73", steady="state")
CHILD_RETURNED: Final = event(
    "child_returned", "info", "The thread of a child that hung came back and ended.",
    "The thread of {actor} that hung has come back", fields="actor child generation", steady="state")
CHILD_FAILED: Final = event(
    "child_failed", "error", "A child was lost too often in a short time; it is probed slowly from now on.",
    "{actor} failed too often and is tried slowly from now on: {reason}",
    fields=f"{CHILD} next_probe_s", ids="569b055b98264b2998b864aac261c96e", steady="state")
BUS_STUCK: Final = event(
    "bus_stuck", "error", "No chip can finish a transfer: a line of the bus is held, or its supply is gone.",
    "{reason}", fields="bus error_code reason", ids="6e4bebcb09e94a079704f8e228341326", steady="state",
)
BUS_LOST: Final = event(
    "bus_lost", "error", "The I2C adapter is not there or may not be opened.",
    "{reason}", fields="bus error_code reason", ids="73ad580f85d943a9b2611f059ba74e37", steady="state",
)
BUS_RECOVERED: Final = event(
    "bus_recovered", "info", "The bus works again; its children are started at once.", "{bus} works again", fields="bus", steady="state"
)
SENSOR_ABSENT: Final = event(
    "sensor_absent", "warning", "No chip answers at the address; it is looked for again and again.",
    "{actor} is absent: {reason}", fields=CHILD, ids="550fe9e5394a43528552b688da335261", steady="state",
)
SENSOR_DEGRADED: Final = event(
    "sensor_degraded", "warning", "A measurement failed; the sensor is tried further before it counts as lost.",
    "{actor} did not measure: {reason}", fields=CHILD, steady="state",
)
SENSOR_RECOVERED: Final = event(
    "sensor_recovered", "info", "Measurements succeed again.", "{actor} measures again", fields=CHILD, steady="state"
)
SENSOR_CONTACT_BAD: Final = event(
    "sensor_contact_bad", "warning", "Many transfers with a chip fail and are repeated; its values are right.",
    "{actor}: {reason}", fields=CHILD, steady="state",
)
SENSOR_CONTACT_GOOD: Final = event(
    "sensor_contact_good", "info", "Hardly any transfer with the chip fails any more.", "{actor} answers reliably again",
    fields=CHILD, steady="state",
)
CHANNEL_FAULT: Final = event(
    "channel_fault", "warning", "One channel of a sensor has no value; the others keep theirs.",
    "{actor}.{channel} has no value: {reason}", fields=f"{CHILD} channel", steady="channel",
)
CHANNEL_RECOVERED: Final = event(
    "channel_recovered", "info", "The channel has a value again.",
    "{actor}.{channel} has a value again", fields=f"{CHILD} channel", steady="channel",
)
CHIP_SETTINGS_WRITTEN: Final = event(
    "chip_settings_written", "info", "A driver changed registers of a chip, which another user of that chip may notice.",
    "{chip} at {address}: settings written", fields="chip address registers",
)
SET_POINT: Final = event(
    "set_point", "info", "A client drove an output to another value.",
    "{client} set {actor} from {before} to {value}", "{client} set {actor} to {value}",
    fields=f"{CHILD} value before units client", steady="driven",
)
SET_POINT_CLAMPED: Final = event(
    "set_point_clamped", "warning", "A set-point outside the limits was brought to the nearest one.",
    "{client} asked {actor} for {asked}, beyond its limits: {value} was set",
    fields=f"{CHILD} asked value units client", steady="clamped",
)
SET_POINT_REFUSED: Final = event(
    "set_point_refused", "warning", "A set-point came too late and was not applied.",
    "The set-point {value} of {client} for {actor} was refused ({error_code})", fields=f"{CHILD} value client", steady="refused",
)
OUTPUT_SAFE: Final = event(
    "output_safe", "info warning", "An output went to its safe value.",
    "{actor} is at its safe value, {value} ({reason}, asked by {client})",
    "{actor} is at its safe value, {value} ({reason})", "{actor} is at its safe value ({reason})",
    fields=f"{CHILD} value units client", ids="ac1b05113bea445e8c8bfef6ba9f2a28", steady="driven",
)
OUTPUT_FAULT: Final = event(
    "output_fault", "error critical", "An output does not do what it was told, or cannot be reached.",
    "{actor}: {reason}", fields=CHILD,
    ids={"": "5f80cbcecf7f45f59d416c1b196e4e7f", "pwm_untrue": "a4805d6cba884ec98f4f2ec943289df1"}, steady="state",
)
OUTPUT_LINGERS: Final = event(
    "output_lingers", "info", "A fan runs on after a heater was switched off.", "{actor} runs on ({reason})", fields=f"{CHILD} value units"
)
SET_POINTS_UNKEPT: Final = event(
    "set_points_unkept", "warning", "Set-points to be restored cannot be written down or read.", "{reason}", fields="reason"
)
INTERLOCK_TRIPPED: Final = event(
    "interlock_tripped", "critical", "An interlock drives its outputs.", "Interlock {interlock} has tripped: {reason}",
    fields="interlock kind reason outputs", ids="886a6e6762834b2590d319e5130a8196",
)
INTERLOCK_CLEARED: Final = event(
    "interlock_cleared", "info", "A trip is over.", "Interlock {interlock} is clear ({reason})", fields="interlock kind reason outputs"
)
OUTPUT_CHANGED: Final = event(
    "output_changed", "error", "An output moved without a command: somebody else drives it.",
    "{reason}", fields=CHILD, ids="48071409967d4391ab314e9915856eeb", steady="state",
)
OUTPUT_RESTORED: Final = event(
    "output_restored", "info", "An output that is no heater went back to its set-point after a restart.",
    "{actor} is back at {value}", fields=f"{CHILD} value units", steady="state",
)
OUTPUT_RECOVERED: Final = event(
    "output_recovered", "info", "An output does what it is told again.", "{actor} obeys again", fields=CHILD, steady="state"
)
LEASE_EXPIRED: Final = event(
    "lease_expired", "critical warning", "A lease ran out: what survives the daemon switched the output off. Critical if it was on.",
    "The lease of {actor} ran out: {reason}", fields=f"{CHILD} value units", ids="008bb6bb63234ddc88d2c3a88d75ec55",
)
LEASE_RESET: Final = event(
    "lease_reset", "info", "A lease that had run out was reset; the output is still at its safe value.",
    "The lease of {actor} was reset ({reason})", fields=CHILD,
)
LEASE_REMOVED: Final = event(
    "lease_removed", "info", "A lease script that an earlier daemon or connection left in pigpiod was removed, its pin made safe.",
    "A lease script of {pin} from before was removed", fields="pin count",
)
SAFE_LIST_FAILED: Final = event(
    "safe_list_failed", "warning", "What `pilotage safe` must know of the outputs could not be written: it then needs a good `config.py`.",
    "The list of outputs for `pilotage safe` could not be written: {reason}", fields="reason",
)
GATEWAY_BOUND: Final = event(
    "gateway_bound", "info", "The gateway has a port; one for each way to connect.",
    "Listening on {endpoint} (security: {security})", fields="endpoint port security",
)
ACCESS_OPEN: Final = event(
    "access_open", "warning", "No rule says who may drive: `ALLOW` in `config.py` would.",
    "Everybody who reaches {endpoint} may drive this bench; ALLOW in config.py says who may", fields="endpoint",
)
ACCESS_CHANGED: Final = event(
    "access_changed", "info", "Other rules of access, or other keys, are in force after a reload.",
    "Who may connect has changed: {reason}", fields="reason",
)
CLIENT_REFUSED: Final = event(
    "client_refused", "warning info", "Somebody was not let in, or may read but not drive; one record a minute for each address.",
    "{client} was refused: {reason} (not recorded before this one: {count})", "{client} was refused: {reason}",
    fields="client reason count",
)
GATEWAY_STALLED: Final = event(
    "gateway_stalled", "warning", "The gateway stood still, e.g. because the process was stopped; old commands are refused.",
    "The gateway stood still for {gap_s} s: commands from before are refused", fields="gap_s",
)
LECO_JOINED: Final = event(
    "leco_joined", "info", "The bench is in the laboratory's LECO network, or again.",
    "This bench is in the LECO network of {endpoint} as {component}", fields="endpoint namespace component", steady="network",
)
LECO_LOST: Final = event(
    "leco_lost", "warning", "The bench is not in its LECO network; it comes back by itself.",
    "This bench is not in its LECO network: {reason}", fields="endpoint error_code reason", steady="network",
)
GRABS_UNKEPT: Final = event("grabs_unkept", "warning", "Live grabs over LECO cannot be written down or read.", "{reason}", fields="reason")
LECO_OPEN: Final = event(
    "leco_open", "warning", "`LECO` lets this bench be driven by whoever reaches the coordinator: LECO knows no keys.",
    "Everybody who reaches the LECO coordinator {endpoint} may drive this bench", fields="endpoint",
)
REQUEST: Final = event("request", "debug", "A request that is not answered at once.", "{client} asks {type}", fields="type client")
REQUEST_REFUSED: Final = event(
    "request_refused", "debug", "A request that cannot be understood.", "A request of {client} is refused: {reason}",
    fields="error_code reason client",
)
CLIENT_DISPLACED: Final = event(
    "client_displaced", "warning", "Two connections have the same ZeroMQ identity: the former one was closed. Again after 30 s without it.",
    "{client} has the same ZeroMQ identity as {former}, whose connection was closed: a client that came back, or two programs with one "
    "copied settings file, which then disturb each other", fields="client former",
)
REPLY_DROPPED: Final = event(
    "reply_dropped", "warning debug", "An answer could not be delivered.", "An answer to {client} was dropped: {reason}",
    fields="client reason", steady="reply",
)
GATEWAY_OUTGROWN: Final = event(
    "gateway_outgrown", "warning", "What clients sent, or do not read, takes too much memory: the gateway ends and begins anew at once.",
    "The daemon had grown by {mib} MiB: every connection is closed, and the gateway begins anew", fields="mib", steady="cut",
)
CONNECTION_CUT: Final = event(
    "connection_cut", "warning", "A connection was ended because it, or their number, was too much, or it may not come in any more.",
    "The connection of {client} was cut: {reason}", fields="client reason", steady="cut",
)
INTERNAL_ERROR: Final = event(
    "internal_error", "error", "A bug in the daemon; it was recorded and answered, and work goes on.",
    "A bug in {actor}: {problem}", fields=f"{CHILD} problem", ids="8c73fe7feb884ad5b7ae5e567563397c", steady="bug",
)
FAULT_INJECTED: Final = event(
    "fault_injected", "warning", "Somebody broke something on a simulated bench.",
    "Fault injected: {kind} at {target}", fields="target kind",
)
LOOP_SET: Final = event(
    "loop_set", "info", "A loop was given another set-point.",
    "{client} set {actor} from {before} to {value}", fields="actor value before units client", steady="driven",
)
LOOP_MODE: Final = event(
    "loop_mode", "info warning", "A loop was switched on or off, or somebody else drives its output.",
    "Loop {actor} is {mode}: {reason}", fields="actor mode reason client", steady="state",
)
LOOP_SETTLED: Final = event(
    "loop_settled", "info", "A loop has its value where it is to be.", "{actor} has settled at {value}",
    fields="actor value units", steady="state",
)
LOOP_UNSETTLED: Final = event(
    "loop_unsettled", "info", "A value that had settled is away.", "{actor} is off {value}", fields="actor value units", steady="state"
)
LOOP_SATURATED: Final = event(
    "loop_saturated", "warning", "All of its power does not bring a loop to its set-point.", "{actor} cannot reach {value}: {reason}",
    fields="actor value units reason", steady="state",
)
LOOP_IMPLAUSIBLE: Final = event(
    "loop_implausible", "error warning", "A loop's power does not fit its value.", "{actor}: {reason}", fields="actor reason"
)
LOOP_LOST: Final = event("loop_lost", "error", "A loop cannot go on, and is off.", "Loop {actor} is off: {reason}", fields="actor reason")
LOOPS_UNKEPT: Final = event("loops_unkept", "warning", "What was tuned cannot be written down or read.", "{reason}", fields="reason")
TUNE_STARTED: Final = event("tune_started", "info", "A loop is being tuned.", "{client} has {actor} tuned", fields="actor client")
TUNE_DONE: Final = event("tune_done", "info", "A loop was tuned.", "{actor} is tuned: {reason}", fields="actor reason")
TUNE_REFUSED: Final = event("tune_refused", "warning", "A tuning gave nothing.", "{actor} is not tuned: {reason}", fields="actor reason")
LOG_LEVEL_CHANGED: Final = event(
    "log_level_changed", "info", "Records from another level on are kept now.",
    "Records are kept from {threshold} on (before: {before})", fields="threshold before",
)
RECORDS_DROPPED: Final = event(
    "records_dropped", "warning", "Records were lost because the journal, or whoever reads the output, did not keep up.",
    "{count} records were lost here: they were not taken in time", fields="count", ids="0020f5e6f7464457bdfedd57d5f81298",
)
COMMAND_FAILED: Final = event(
    "command_failed", "warning", "A command of `ON_EVENT` failed; it is not mentioned again until it has succeeded.",
    "{program}, started for {event_of}, failed: {reason}",
    fields="program event_of reason", ids="dd3c7cd6b085429290e19d5a7aaf2f1e",
)
LIVENESS_LOST: Final = event(
    "liveness_lost", "critical", "Gateway and supervisor do not answer; systemd is not told any more that all is well.",
    "Gateway and supervisor have not answered for {gap_s} s", fields="gap_s", ids="741e0864e5ec4dd4a0f60bd4e7f3e08c",
)
LIVENESS_BACK: Final = event(
    "liveness_back", "info", "Gateway and supervisor answer again.", "Gateway and supervisor answer again, after {gap_s} s", fields="gap_s"
)
THREAD_STACK: Final = event(
    "thread_stack", "info error", "Where a thread stands: asked for by SIGUSR1, or before an end that is not in good order.",
    "Thread {thread}:\n{text}", fields="thread thread_id text",
)
SUPERVISION_TREE: Final = event(
    "supervision_tree", "info error", "The state of every child, asked for by SIGUSR1.",
    "Supervision tree, {part} of {parts}:\n{text}", fields="part parts text",
)
# fmt: on
