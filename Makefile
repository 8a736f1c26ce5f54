# Thin names for `python3 dev.py COMMAND`; see `make help`. Arguments: make test ARGS="tests/core -x"
PYTHON ?= python3
COMMANDS = help demo test test-all lint screenshots docs bench lock setup clean

.PHONY: $(COMMANDS)
$(COMMANDS):
	@$(PYTHON) dev.py $@ $(ARGS)
