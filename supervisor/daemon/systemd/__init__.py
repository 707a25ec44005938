"""What systemd is told and asks: readiness, the watchdog, the status line. Nothing here decides about a child."""
