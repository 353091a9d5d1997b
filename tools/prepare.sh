#!/bin/sh
# What npm runs after an install of a checkout: makes the bundle where it is missing or old, so that `import … from 'k8ts'` works at once.
# Without the pinned Node.js (its install script was not allowed) there is nothing to make it with: the launcher says so when it is asked.
set -eu
cd "$(dirname -- "$0")/.."
[ -x node_modules/node/bin/node ] && [ -d node_modules/esbuild ] || exit 0
if [ ! -f dist/library.mjs ] || [ -n "$(find cmd pkg tools/bundle.ts tools/record-seeds.ts package-lock.json -newer dist/library.mjs -type f ! -name '*.test.ts' -print -quit)" ]; then
  ./tools/node.sh tools/bundle.ts
fi
