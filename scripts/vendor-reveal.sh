#!/bin/sh
# Bring the part of reveal.js that the slides need into the package, from its npm package, checked by digest.
# Usage: sh scripts/vendor-reveal.sh    (needs npm; another version: change both lines below)
set -eu
version=6.0.2
sha256=2f0c20bfb02447a198a1ebe8a8c097a5437d035caa38f2820bf4ba887a3eac91
target=$(dirname "$0")/../ftsec/teaching/slides/reveal
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --silent --pack-destination "$work" "reveal.js@$version" >/dev/null
echo "$sha256  $work/reveal.js-$version.tgz" | sha256sum --check --quiet
tar -xzf "$work/reveal.js-$version.tgz" -C "$work"
mkdir -p "$target"
for file in LICENSE dist/reset.css dist/reveal.css dist/reveal.js dist/plugin/notes.js; do
  cp "$work/package/$file" "$target/"
done
echo "$version" >"$target/VERSION"
