SHELL := /bin/bash
setup:
	@test -d .venv || (command -v uv >/dev/null && uv venv -q --python 3.11 .venv || python3 -m venv .venv)
	@if command -v uv >/dev/null; then uv pip install -q --python .venv/bin/python --require-hashes -r requirements-dev.txt && uv pip install -q --python .venv/bin/python --no-deps --no-build-isolation -e shared $(addprefix -e ,$(wildcard services/*)); else .venv/bin/pip install -q --require-hashes -r requirements-dev.txt && .venv/bin/pip install -q --no-deps --no-build-isolation -e shared $(addprefix -e ,$(wildcard services/*)); fi
