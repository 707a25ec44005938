"""Commands about many benches at once, and how they are told which; no command about one bench alone."""
