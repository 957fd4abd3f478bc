# The commands of the project; what each does: README.md
PYTHON ?= python3
VENV := .venv/bin

.PHONY: demo run test unit screens lint clean setup lock sim sim-tests rehearsals setup-sim

setup:
	@$(PYTHON) robot_ws/setup_workspace.py

demo: setup
	@$(VENV)/kiosk demo --out out/demo

run: setup
	@$(VENV)/kiosk run

test: setup
	@$(VENV)/python -m pytest

# One citizen's whole visit in the headless hall; pictures and report in out/sim/.
sim: setup-sim
	@$(VENV)/kiosk rehearse whole_visit --record --out out/sim

# Every scenario of config/scenarios/.
rehearsals: setup-sim
	@$(VENV)/kiosk rehearse --out out/rehearsals

# The tests that need the hall; `make test` leaves them out where it is not installed.
sim-tests: setup-sim
	@$(VENV)/python -m pytest tests/drivers/test_twin.py tests/drivers/test_recording.py

setup-sim:
	@$(PYTHON) robot_ws/setup_workspace.py sim

# The pure core, no ROS, no processes: a few seconds.
unit:
	@$(VENV)/python -m pytest tests/unit -q -m "not thorough"

# Pictures of every screen, in docs/screens/, as the tests see them.
screens: setup
	@mkdir -p docs/screens && KIOSK_SCREENS=docs/screens $(VENV)/python -m pytest tests/web -q -k "screen or phone or page"

lint: setup
	@$(VENV)/ruff check . && $(VENV)/ruff format --check . && $(VENV)/mypy && $(VENV)/lint-imports

# Renew the locks from pyproject.toml.
lock:
	@$(VENV)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --extra ros --extra dev \
	  --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	@$(VENV)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --extra whisper \
	  --constraints requirements.lock --custom-compile-command "make lock" pyproject.toml \
	  -o requirements.whisper.lock
	@$(VENV)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --group sim \
	  -c requirements.lock --custom-compile-command "make lock" -o requirements-sim.lock

clean:
	rm -rf out var robot_ws/build robot_ws/log robot_ws/install .venv
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
