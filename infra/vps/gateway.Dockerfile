# The local stack in a container, for trying out. By tag: add the digest that you have checked.
FROM python:3.13.11-slim-trixie AS build

SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make=4.* \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/riskgate
COPY . ./
RUN python -m venv .venv \
    && .venv/bin/python -m pip install --no-cache-dir --require-hashes --requirement requirements/box.txt \
    && infra/local/scripts/setup.sh ministack sam \
    && .venv/bin/python -m infra.local.stack build \
    && rm -rf .local/cache .local/venv-tools .local/logs

FROM python:3.13.11-slim-trixie

RUN apt-get update \
    && apt-get install --yes --no-install-recommends nginx=1.26.* \
    && rm -rf /var/lib/apt/lists/*

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    RISKGATE_STATE_DIR=/state \
    RISKGATE_FRONT_ADDRESS=0.0.0.0

WORKDIR /opt/riskgate
COPY --from=build /opt/riskgate ./
RUN install --directory --owner=10001 --group=10001 --mode=0700 /state

USER 10001:10001
HEALTHCHECK --interval=30s --timeout=10s --start-period=5m --retries=3 \
    CMD [".venv/bin/python", "-m", "infra.vps.gateway", "--is-alive"]
CMD [".venv/bin/python", "-m", "infra.vps.gateway"]
