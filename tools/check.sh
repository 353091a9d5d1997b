#!/bin/sh
# The quick gate: types, lint, layers, unit tests. Under a minute.
set -eu
cd "$(dirname -- "$0")/.."
[ -x node_modules/node/bin/node ] || npm install --no-audit --no-fund
./node_modules/.bin/tsc -p .
./node_modules/.bin/biome check --error-on-warnings
exec ./tools/unit.sh
