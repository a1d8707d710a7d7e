#!/bin/sh
# Make what is yours: tokens, passwords, addresses. Nothing that is there is replaced.
#
# Usage: infra/vps/own.sh local                 the local stack in the box (profile `gateway`)
#        infra/vps/own.sh https://…/v1          a gateway in AWS; its tokens are then put into the files by you
set -eu
cd "$(dirname "$0")"
observability=../observability/own
[ $# -eq 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }

umask 077
mkdir -p own "$observability"

# put FILE: the standard input, readable for the containers' own users; only you can enter the folder.
put() { if [ -e "$1" ]; then cat >/dev/null; else cat >"$1"; chmod 644 "$1"; echo "made $1"; fi; }
letters() { LC_ALL=C tr -dc "$1" </dev/urandom | head -c "$2"; }
new_token() { printf 'rg_%s_%s\n' "$(letters 'a-z0-9' 12)" "$(letters 'A-Za-z0-9' 43)"; }

letters 'A-Za-z0-9' 32 | put "$observability/grafana_password"
# Alertmanager has nobody to tell until you name the address here.
echo 'http://127.0.0.1:9/' | put "$observability/webhook_url"
case "$1" in
  local)
    new_token | put own/bot_token
    new_token | put "$observability/token"
    printf -- '- targets: ["gateway:8080"]\n  labels: {__scheme__: http}\n' | put "$observability/gateways.yml"
    printf 'COMPOSE_PROFILES=gateway\nRISKGATE_URL=http://gateway:8080/v1\n' | put .env
    ;;
  https://*/v1)
    host=${1#https://}
    printf -- '- targets: ["%s"]\n' "${host%%/*}" | put "$observability/gateways.yml"
    printf 'RISKGATE_URL=%s\n' "$1" | put .env
    for file in own/bot_token "$observability/token"; do
      [ -s "$file" ] || echo "paste a token into infra/vps/$file, then chmod 644 it"
    done
    ;;
  *)
    echo "own.sh: local, or the https address of the API, which ends in /v1" >&2
    exit 2
    ;;
esac
