"""Bots as they are published, as programs on this machine; `infra/local/scripts/setup.sh bots` installs them."""
