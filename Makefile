# Two commands matter: `make serve` and `make test`. README.md explains both.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: serve test check lock verify schemathesis guide bench chaos fuzz audit sbom licences

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
	$(BIN)/python scripts/find_unused.py
	DEBUG=on $(BIN)/python manage.py makemigrations --check --dry-run
	DEBUG=on $(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null
	@secret() { $(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(48))'; }; \
	export ENV_FILE=.env.example SECRET_KEY=$$(secret) JWT_SIGNING_KEY=$$(secret) REQUEST_ID_SECRET=$$(secret); \
	$(BIN)/python manage.py check --deploy --fail-level WARNING

lock: ## Renew the lock files (needs uv)
	uv pip compile --universal --generate-hashes --no-header \
	  --python-version 3.11 --upgrade pyproject.toml -o requirements.txt
	uv pip compile --universal --generate-hashes --no-header \
	  --python-version 3.11 --upgrade --group dev -c requirements.txt -o requirements-dev.txt
	uv pip compile --universal --generate-hashes --no-header --no-annotate \
	  --python-version 3.11 --upgrade --group generators -o requirements-generators.txt

audit: ## Known vulnerabilities of the locked packages; fails where one cannot be looked up
	@$(PYTHON) scripts/bootstrap.py --dev
	@for lock in requirements.txt requirements-dev.txt; do \
	  $(BIN)/pip-audit --strict --require-hashes --disable-pip -r $$lock || exit 1; done

sbom: ## What we ship as CycloneDX, to sbom.json
	@$(PYTHON) scripts/bootstrap.py --dev
	$(BIN)/python scripts/sbom.py > sbom.json

licences: ## What we ship, with each package's licence
	@$(PYTHON) scripts/bootstrap.py --dev
	@$(BIN)/python scripts/sbom.py --licences

verify: ## The contract suite against URL=https://..., or without it against a service on each database
	@$(PYTHON) scripts/bootstrap.py --dev
	@if [ -n "$(URL)" ]; then CONTRACT_URL="$(URL)" exec $(BIN)/python -m pytest contract $(ARGS); \
	else exec $(BIN)/python scripts/run_tests.py tests/portal/test_contract.py; fi

schemathesis: ## The OpenAPI document tried at length (EXAMPLES=... per endpoint)
	@$(PYTHON) scripts/bootstrap.py --dev
	@SCHEMATHESIS_EXAMPLES=$(or $(EXAMPLES),500) exec $(BIN)/python scripts/run_tests.py tests/portal/test_schemathesis.py

guide: ## Write the partner guide, which the service shows, to docs/partner-guide.md (make serve prepares the database)
	@$(PYTHON) scripts/bootstrap.py
	DEBUG=on $(BIN)/python manage.py build_guide

bench: ## The service against its floor and its peers (PostgreSQL and wrk; a quarter of an hour)
	@$(PYTHON) scripts/bootstrap.py --dev
	@exec $(BIN)/python -m benchmarks.run $(ARGS)

chaos: ## Every fault under load, each answered 200 checked afterwards
	@$(PYTHON) scripts/bootstrap.py --dev
	@exec $(BIN)/python -m chaos $(ARGS)

fuzz: ## 100,000 hostile inputs on each database, PostgreSQL first
	@$(PYTHON) scripts/bootstrap.py --dev
	@FUZZ_EXAMPLES=10000 exec $(BIN)/python scripts/run_tests.py tests/security/test_fuzz.py
