# The commands of the project. Real work is in infra/local; see README.md.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PY := .venv/bin/python
SETUP := infra/local/scripts/setup.sh
PORT_BASE ?= 4560
export PORT_BASE

# Python code under the linters and the type checker.
CODE := layers functions infra tests

STAGE ?= dev

.PHONY: help deploy destroy adopt demo test full e2e races sim mutants soak drills chaos browser prometheus fuzz bots up down check bench lint types openapi checks template pins setup clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Make the Python environments inside the project folder
	@$(SETUP)

up: ## Start local AWS, deploy the template, write .local/stack.json
	@$(SETUP)
	@$(PY) -m infra.local.stack up

down: ## Stop the local stack
	@if [ -x $(PY) ]; then $(PY) -m infra.local.stack down; fi

deploy: ## Deploy to AWS: STAGE=dev, PARAMETERS="Name=value ...", YES=1 asks nothing
	@$(SETUP) dev sam
	@$(PY) -m infra.deploy deploy --stage $(STAGE) $(addprefix --parameter ,$(PARAMETERS)) $(if $(YES),--yes) $(if $(OLDER_RULES),--older-rules)

destroy: ## Delete the stack of STAGE from AWS; what holds data stays
	@$(SETUP) dev sam
	@$(PY) -m infra.deploy destroy --stage $(STAGE) $(if $(YES),--yes)

adopt: ## After destroy: a new stack takes on what the old one of STAGE kept; FROM=stack id
	@$(SETUP) dev
	@$(PY) -m infra.deploy adopt --stage $(STAGE) $(if $(FROM),--from $(FROM)) $(if $(YES),--yes)

demo: ## Trade a historical crash through the gateway
	@$(SETUP)
	@$(PY) -m infra.demo

test: ## Before each commit: every subject, properties on few examples, one order end to end
	@$(SETUP)
	@infra/local/scripts/test.sh quick

# Environments first: two targets side by side would make the same one. What keeps one core busy runs beside the rest.
SIDE_BY_SIDE = $(MAKE) --no-print-directory --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

check: ## Everything that CI runs
	@$(SETUP) dev ministack sam checkov fuzz bots
	@$(SIDE_BY_SIDE) lint types
	@$(MAKE) --no-print-directory full
	@$(MAKE) --no-print-directory e2e
	@$(SIDE_BY_SIDE) fuzz bots races browser prometheus

full: ## All tests that need no stack: every example, random faults, crash weeks by the minute
	@$(SETUP)
	@infra/local/scripts/test.sh full

e2e: ## The running local stack: orders, races, drills, runbooks, riskctl, the demo
	@$(SETUP)
	@infra/local/scripts/test.sh e2e

races: ## Races on Amazon's DynamoDB Local (Java, npm)
	@$(SETUP) dev
	@infra/local/scripts/test.sh -m java tests/concurrency

sim: ## Histories of the whole gateway under every fault: SEEDS=200000, or one again: SEED=1
	@$(SETUP) dev
	@PYTHONPATH=layers/shared:. PYTHONHASHSEED=0 $(PY) -m tests.simulation $(if $(SEEDS),--seeds $(SEEDS)) $(if $(FIRST),--first $(FIRST)) \
	  $(if $(SEED),--seed $(SEED)) $(if $(WITHOUT),--without $(WITHOUT)) $(if $(STEPS),--steps $(STEPS)) \
	  $(if $(WEATHER),--weather $(WEATHER)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(ADD),--add) \
	  $(if $(RELEASES),--only-releases)

soak: ## Open loop on the local stack, many accounts and a hot one, memory, all invariants: MINUTES=30
	@$(SETUP) dev ministack sam
	@PYTHONPATH=layers/shared:. $(PY) -m tests.load $(if $(MINUTES),--minutes $(MINUTES)) $(if $(RATE),--rate $(RATE))

drills: ## The kill switch while clients hammer: KILLS=200 in process on DynamoDB Local, ON=stack by the route
	@$(SETUP) dev $(if $(filter stack,$(ON)),ministack sam)
	@PYTHONPATH=layers/shared:. $(PY) -m tests.load.drills $(if $(KILLS),--kills $(KILLS)) $(if $(ON),--on $(ON))

chaos: ## Functions killed, a queue that delivers again, venue and Telegram dead, tables throttled: what each one sees
	@$(SETUP) dev ministack sam
	@PYTHONPATH=layers/shared:. $(PY) -m tests.load.chaos

mutants: ## Faults of one token in a random sample of the rules: PACKAGE=dynamodb, SAMPLE=300, SEED=17; what no test notices
	@$(SETUP) dev mutants
	@PYTHONPATH=layers/shared:. $(PY) -m tests.mutation $(if $(PACKAGE),--package $(PACKAGE)) $(if $(SAMPLE),--sample $(SAMPLE)) \
	  $(if $(SEED),--seed $(SEED)) $(if $(EVERY),--every) $(if $(RECORD),--record)

browser: ## The risk report and the chats in headless Chromium (Debian package chromium)
	@$(SETUP) dev
	@infra/local/scripts/test.sh -m browser tests/browser

prometheus: ## A real Prometheus scrapes the handlers (Debian package prometheus)
	@$(SETUP) dev
	@infra/local/scripts/test.sh -m prometheus tests/prometheus

fuzz: ## schemathesis makes requests of the OpenAPI document, valid and invalid ones: FUZZ_EXAMPLES=200
	@$(SETUP) dev fuzz
	@infra/local/scripts/test.sh -n 0 -m fuzz tests/fuzz

bots: ## freqtrade, ccxt (Python, JavaScript) and python-binance, as they are published, trade through the gateway
	@$(SETUP) dev ministack sam bots
	@infra/local/scripts/test.sh -n 0 -m bots tests/bots

bench: ## The table of performance beside its peers, under ten minutes; PARTS="quant kill" measures something else
	@$(SETUP) dev ministack sam nautilus
	@$(PY) -m tests.bench $(PARTS)

lint: ## ruff, bandit, cfn-lint, checkov, sam validate
	@$(SETUP)
	@$(SETUP) checkov
	@infra/local/scripts/lint.sh $(CODE)

types: ## mypy --strict
	@$(SETUP) dev
	@$(PY) -m mypy
	@$(PY) -m mypy --python-version 3.10 --package riskgate_client

openapi: ## Record the examples anew and write infra/openapi.json
	@$(SETUP) dev
	@RECORD_EXAMPLES=1 infra/local/scripts/test.sh tests/contract/test_answers.py
	@PYTHONPATH=layers/shared $(PY) -m infra.openapi

template: ## Write template.yaml and infra/alarms.yaml from infra/template, and what they cost
	@$(SETUP) dev
	@$(PY) -m infra.template.generate
	@PYTHONPATH=layers/shared $(PY) -m infra.cost

checks: ## Write what follows from the checks: fields of Limits, table of the documents, OpenAPI
	@$(SETUP) dev
	@PYTHONPATH=layers/shared $(PY) -m infra.catalogue
	@$(MAKE) --no-print-directory openapi

pins: ## Compile the hash-pinned requirements; UPGRADE=--upgrade takes newer versions
	@$(SETUP) dev
	@infra/local/scripts/pins.sh $(UPGRADE)

clean: ## Stop the stack and remove everything that make made
	@if [ -x $(PY) ]; then $(PY) -m infra.local.stack down; fi
	@rm -rf .local .aws-sam .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
