#!/bin/sh
# The benchmarks, one after another: `npm run bench`; `npm run bench -- up idle` for some; `npm run bench -- --markdown` to write
# the figures into docs/benchmarks.md. Other options (--runs N) go to each. Never part of a test.
set -eu
cd "$(dirname -- "$0")/.."
./k8ts version >/dev/null
names=
while [ $# -gt 0 ]; do
  case $1 in -*) break ;; esac
  names="$names bench/$1.bench.ts"
  shift
done
for file in ${names:-bench/*.bench.ts}; do
  echo "== $file"
  ./tools/node.sh "$file" "$@"
done
