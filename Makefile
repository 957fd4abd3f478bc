# The commands of the project; what each does: README.md
PYTHON ?= python3
VENV := .venv/bin

.PHONY: demo run test unit lint clean setup lock

setup:
	@$(PYTHON) robot_ws/setup_workspace.py

demo: setup
	@$(VENV)/kiosk demo --out out/demo

run: setup
	@$(VENV)/kiosk run

test: setup
	@$(VENV)/python -m pytest

# The pure core, no ROS, no processes: a few seconds.
unit:
	@$(VENV)/python -m pytest tests/unit -q -m "not thorough"

lint: setup
	@$(VENV)/ruff check . && $(VENV)/ruff format --check . && $(VENV)/mypy && $(VENV)/lint-imports

# Renew requirements.lock and requirements.whisper.lock from pyproject.toml.
lock:
	@$(VENV)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --extra ros --extra dev \
	  --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	@$(VENV)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --extra whisper \
	  --constraints requirements.lock --custom-compile-command "make lock" pyproject.toml \
	  -o requirements.whisper.lock

clean:
	rm -rf out var robot_ws/build robot_ws/log robot_ws/install .venv
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
