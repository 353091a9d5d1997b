#!/bin/sh
# The benchmarks, one after another: `npm run bench`, or `npm run bench -- store` for one. Never part of a test.
set -eu
cd "$(dirname -- "$0")/.."
./k8ts version >/dev/null
for file in bench/${1:-*}.bench.ts; do
  echo "== $file"
  ./tools/node.sh "$file"
done
