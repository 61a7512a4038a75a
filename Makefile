# Two commands matter: `make serve` and `make test`. README.md explains both.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: serve test check lock

serve: ## Serve on 127.0.0.1:8000 (PORT=...), whatever it takes on a fresh clone
	@$(PYTHON) scripts/bootstrap.py
	@exec $(BIN)/python manage.py serve

test: ## The whole suite on SQLite, and on PostgreSQL where one is reachable
	@$(PYTHON) scripts/bootstrap.py --dev
	@exec $(BIN)/python scripts/run_tests.py $(ARGS)

check: ## What must hold before tests are worth running
	@$(PYTHON) scripts/bootstrap.py --dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	DEBUG=on $(BIN)/python manage.py makemigrations --check --dry-run
	ENV_FILE=.env.example $(BIN)/python manage.py check --deploy --fail-level WARNING

lock: ## Renew both lock files (needs uv)
	uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
	  --python-version 3.11 --upgrade pyproject.toml -o requirements.txt
	uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
	  --python-version 3.11 --upgrade --group dev -c requirements.txt -o requirements-dev.txt
