#!/bin/sh
# Resolve every lock file from pyproject.toml: one universal resolution, then each extra held to it.
# Usage: sh scripts/lock.sh path/to/uv [--upgrade]
set -eu
uv=$1; shift
lock() { # lock FILE [EXTRA ...]: pins and hashes only; no header, so no address and no command line
  out=$1; shift
  extras=""
  for extra in "$@"; do extras="$extras --extra $extra"; done
  # shellcheck disable=SC2086
  "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    --no-emit-index-url --no-emit-find-links --group build pyproject.toml $extras $upgrade $held -o "$out"
}
upgrade="$*"
held=""
all=$(mktemp)
# what is locked already stays as it is, unless --upgrade is given
cat requirements-bench.txt requirements-lab.txt >"$all"
lock "$all" book test lab cluster bench
held="--constraints $all"
upgrade=""
lock requirements-core.txt
lock requirements.txt chapters
lock requirements-book.txt book
lock requirements-test.txt book test cluster
lock requirements-lab.txt lab
lock requirements-cluster.txt cluster
lock requirements-bench.txt book test cluster bench
rm -f "$all"
if grep -nE '://' requirements*.txt; then
  echo "a lock file names an address" >&2
  exit 1
fi
