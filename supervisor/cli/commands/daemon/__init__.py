"""Commands about the daemon and its machine: run, check, install, examine, make safe."""
