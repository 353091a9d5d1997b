#!/bin/sh
# The quick gate: types, lint, layers, unit tests. Under a minute.
set -eu
cd "$(dirname -- "$0")/.."
[ -x node_modules/node/bin/node ] || npm install --no-audit --no-fund
./node_modules/.bin/tsc -p .
./node_modules/.bin/biome check --error-on-warnings
# Stripping types of the same files again for each test file would be most of the time.
NODE_COMPILE_CACHE="$PWD/.k8ts/compile-cache"
export NODE_COMPILE_CACHE
exec ./tools/node.sh --test --test-concurrency=2 --test-reporter=dot 'pkg/**/*.test.ts' 'test/*.test.ts' 'tools/**/*.test.ts' 'cmd/**/*.test.ts' 'examples/**/*.test.ts'
