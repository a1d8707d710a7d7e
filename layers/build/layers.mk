# Targets that `sam build` calls for each layer, in a scratch copy of the layer's
# folder. ARCHITECTURE comes from the Makefile that includes this file: SAM tells a
# makefile build no architecture, so the template's ContextPath picks the folder.
PYTHON ?= python3.13
HERE := $(dir $(lastword $(MAKEFILE_LIST)))
BUILD = $(PYTHON) $(HERE)build_layer.py --architecture $(ARCHITECTURE)

.PHONY: build-SharedLayer build-QuantLayer build-ExchangeLayer build-TelegramLayer

build-SharedLayer:
	$(BUILD) --package riskgate

build-QuantLayer build-ExchangeLayer build-TelegramLayer:
	$(BUILD)
