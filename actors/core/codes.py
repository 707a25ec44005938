"""Every code that an ERROR may carry, once, with what it means: the table of docs/reference/protocol.md is made from it."""

from __future__ import annotations

from typing import Final

TABLE: Final[tuple[tuple[str, str], ...]] = (
    ("bad_json bad_encoding bad_request bad_frames body_too_large unknown_type", "the request as a whole"),
    ("bad_component bad_register bad_pin bad_address bad_channel bad_value bad_max_age bad_level", "one field of it"),
    (
        "unknown_pin unknown_address unknown_channel unknown_child unknown_interlock unknown_loop driven_by_pin",
        "what it names is not there",
    ),
    ("out_of_range", "a set-point of a loop outside its 'min' to 'max': refused, never clamped; 0 is off"),
    ("not_tuned tuning", "a loop that has no model yet: `pilotage tune`; a loop that is being tuned"),
    ("read_only_pin", "the two virtual pins behind that of a loop can only be read"),
    ("loop_lost", "the state of a loop that is off because it could not go on; the sentence says why"),
    ("unknown_target unknown_fault unknown_option bad_option not_simulated", "a `fault` that cannot be injected"),
    ("too_many_components", "more than one request may hold; nothing was read or driven"),
    (
        "busy",
        (
            "too many requests of this client, or of all, wait for their answers, or it does not read those it got; "
            "also a chip that is still measuring when it is asked for the third time: the sentence says which"
        ),
    ),
    (
        "deadline expired withdrawn",
        "no answer in time; a command that is too old, or may be older than its connection; a command overtaken by `off`",
    ),
    ("client_gone", "a command whose connection had ended before it was looked at; whoever has the same identity may hear of it"),
    (
        "displaced",
        (
            "another connection has the same ZeroMQ identity and has taken this one's place; "
            "ask again, and give each program an identity of its own"
        ),
    ),
    ("read_only not_allowed", "this client may read, and not drive; it may not even read any more, see [access.md](../use/access.md)"),
    ("not_joined name_taken", "the bench is not in its LECO network, or a name of it belongs to somebody else there"),
    ("unknown_parameter unknown_action", "over LECO: a name that `get_parameters`, `set_parameters` or `call_action` does not know"),
    ("interlock", "a set-point refused by an interlock; the sentence names it, why, since when, and how to reset it"),
    (
        "lease_expired lease_tripped",
        "the proof of life of the daemon stopped, and the output is held at its safe value until it is reset",
    ),
    ("lease_unavailable no_lease", "the output cannot get a lease at the moment, or has none that could be reset: it is not driven"),
    (
        "shutting_down",
        "the daemon ends: its outputs go to their safe values and stay there; ask again when it has been started again",
    ),
    ("outgrown", "a gateway that took too much memory ended and begins anew, see [supervision.md](../understand/supervision.md)"),
    ("not_all_safe", "`off` could not switch off every output; the sentence names them"),
    (
        "stopped unavailable vanished revoked replaced removed",
        "that child has ended, is not there yet or has a successor; a changed `config.py` no longer has it",
    ),
    (
        (
            "no_ack bad_contact bus_io bus_timeout arbitration_lost bus_stuck bus_closed no_adapter no_permission kernel_owned no_mux "
            "mux_absent "
            "unsupported_transfer"
        ),
        "the I2C bus, see [supervision.md](../understand/supervision.md)",
    ),
    (
        "wrong_chip not_calibrated not_converted asleep settings_lost checksum bad_frame library_missing",
        "what the chip says, see [supervision.md](../understand/supervision.md)",
    ),
    (
        "library_stuck library_error foreign_address driver_broken",
        "a chip that a library reads: it waits without end, gives up, or talks to another chip; a driver file that does not import",
    ),
    (
        "no_device ambiguous no_channel no_spi no_answer not_believed",
        (
            "a sensor of the kernel that is not there, that several devices could be, or that lacks that quantity; no SPI, nobody there; "
            "a driver of the kernel that is known to tell what is not true"
        ),
    ),
    ("over_range under_range", "hotter, or more, than the chip can tell; colder, or less: a true measurement without a number"),
    ("probe_open probe_fault probe_short bridge_fault diode_open diode_short forced", "one channel of a chip is broken"),
    ("no_tachometer no_diode", "a channel that is not there because `config.py` says so"),
    (
        "gpio_unavailable gpio_refused gpio_untrue gpio_not_output gpio_busy gpio_io gpio_no_chip gpio_no_library gpio_no_permission",
        "the GPIO back end cannot be reached or used, refuses, or the pin does not follow",
    ),
    ("pwm_untrue pwm_unknown pwm_refused fan_untrue output_untrue output_changed", "an output does not do what it was set to"),
    (
        "pwm_unsupported pwm_no_chip pwm_no_channel pwm_channel_taken pwm_other_pin pwm_not_ready pwm_read_only",
        "the kernel has no PWM for that pin, or does not let the daemon use it",
    ),
    ("hung", "a device that does not come back"),
    ("no_log", "`log-level`, to a daemon that was started as a part of another program, without a log of its own"),
    ("internal_error", "a fault of this program, which its log explains"),
)
"""Codes with blanks between them, and their meaning."""
CLIENT: Final[tuple[tuple[str, str], ...]] = (
    ("bad_endpoint bad_key bad_list", "where the daemon is, the file of the key, or the list of benches cannot be meant so"),
    ("unreachable", "nobody answered in time"),
    ("unknown_name ambiguous_name no_output", "a name that nothing has, or several have, or that is no output's"),
    (
        "history_lost no_history no_library",
        "what a stream was to give next is not known any more; the recorder has no answer; a library for a format is not installed",
    ),
    ("not_settled loop_off", "a loop that was waited for: it has not settled in time; it holds nothing any more"),
    ("not_logged_in", "the page in a browser: driving wants a session, which `pilotage web-login` opens"),
    ("closed no_resources error", "the client was closed; this computer has no connection to spare; a refusal without a code"),
)
"""The same of what the Python client says by itself."""
UNSENT: Final = frozenset({"bad_bind", "port_in_use", "bad_setting", "no_lock"})
"""Codes that end a daemon before it serves anybody: its log and the terminal have them."""
CODES: Final = frozenset(code for codes, _ in TABLE for code in codes.split())
"""Every code that a reply may carry."""
