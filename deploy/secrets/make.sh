#!/bin/sh
# Makes the secrets of docker-compose.scale.yml beside this file, each once: what is there stays. The containers' users read them, so
# the folder is what keeps others of this machine out.
set -eu
umask 077
cd "$(dirname "$0")"
chmod 700 .
random() { od -An -N 24 -tx1 /dev/urandom | tr -d ' \n'; }
keep() { [ -s "$1" ] || { printf '%s\n' "$2" >"$1"; chmod 444 "$1"; }; }
keep postgres-password "$(random)"
keep database-owner-url "postgres://promptforge_owner:$(random)@postgres:5432/promptforge"
keep database-url "postgres://promptforge:$(random)@postgres:5432/promptforge"
keep keys-secret "$(random)"
keep qdrant-key "$(random)"
