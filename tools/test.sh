#!/bin/sh
# Everything: the quick gate, then trouble for every controller, real containers and packets. Installs what the tests need; `npm test` calls it.
set -eu
cd "$(dirname -- "$0")/.."
./k8ts version >/dev/null
./tools/check.sh
if [ "$(uname -s)" = Linux ] && [ "$(id -u)" = 0 ]; then
  ./tools/node.sh tools/install-test-packages.ts
fi
NODE_COMPILE_CACHE="$PWD/.k8ts/compile-cache"
export NODE_COMPILE_CACHE
./tools/node.sh --test --test-concurrency=2 --test-reporter=spec 'pkg/**/*.faults.test.ts'
./tools/node.sh --test --test-concurrency=2 --test-reporter=spec 'test/scenarios/*.test.ts'
# One file at a time: each starts clusters of its own, on the same two cores.
exec ./tools/node.sh --test --test-concurrency=1 --test-reporter=spec 'pkg/**/*.real.test.ts' 'test/e2e/*.test.ts'
