#!/bin/sh
# Ends what start.sh has started: tools/oracle/stop.sh DIR NAME
set -eu
[ $# -eq 2 ] || { echo "usage: tools/oracle/stop.sh DIR NAME" >&2; exit 2; }
run=$1/run/$2
while read -r pid; do
  kill "$pid" 2>/dev/null || true
  tries=100
  while kill -0 "$pid" 2>/dev/null && [ $tries -gt 0 ]; do
    tries=$((tries - 1))
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
done < "$run/pids"
rm -rf "$run"
