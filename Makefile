# Short names for `python3 dev.py ...`; ARGS are handed through: make test ARGS="-k lease"
PYTHON ?= python3
ARGS ?=
COMMANDS = run check test thorough cycles check-vm check-arm check-pymodaq format lock lowest newest wheel deb pictures bench soak slow life regulation attacks fuzz powercut history

.PHONY: $(COMMANDS)
$(COMMANDS):
	@$(PYTHON) dev.py $@ $(ARGS)
