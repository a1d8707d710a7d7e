# A bot that buys for a fixed sum at fixed times; put yours in its place. By tag: add the digest that you have checked.
FROM python:3.13.11-slim-trixie

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BOT_ALIVE_FILE=/tmp/alive

WORKDIR /opt/bot
COPY requirements/bot.txt ./
RUN python -m venv .venv \
    && .venv/bin/python -m pip install --no-cache-dir --require-hashes --requirement bot.txt
COPY infra/vps/bot/ ./

# Nobody: the files are root's, and so cannot be changed.
USER 10001:10001
# A heartbeat that was answered is younger than two minutes.
HEALTHCHECK --interval=30s --timeout=5s --start-period=1m --retries=3 \
    CMD [".venv/bin/python", "dca.py", "--is-alive"]
CMD [".venv/bin/python", "dca.py"]
