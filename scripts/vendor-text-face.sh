#!/bin/sh
# Bring the book's text face, cut down to the letters it uses, from its npm package, checked by digest.
# Usage: sh scripts/vendor-text-face.sh .venv/bin/uv    (needs npm; another version: change both lines below)
set -eu
version=5.3.1
sha256=54b7898afa20cf4b2d807bbf2b5a2f865e28a83db8a5fcc563dafce5ecb5e7c8
target=$(dirname "$0")/../book/_static/fonts
# Latin with the accents of western and central Europe, quotes, dashes, arrows and the signs of arithmetic
letters=U+0020-007E,U+00A0-00FF,U+0100-017F,U+2010-2015,U+2018-201E,U+2020-2022,U+2026,U+2032,U+2033,U+2190-2193,U+2212,U+2248,U+2264,U+2265
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --silent --pack-destination "$work" "@fontsource/source-serif-4@$version" >/dev/null
echo "$sha256  $work/fontsource-source-serif-4-$version.tgz" | sha256sum --check --quiet
tar -xzf "$work/fontsource-source-serif-4-$version.tgz" -C "$work"
mkdir -p "$target"
cp "$work/package/LICENSE" "$target/LICENSE"
for face in 400-normal 400-italic 600-normal; do
  "$1" tool run --quiet --from "fonttools[woff]" pyftsubset "$work/package/files/source-serif-4-latin-$face.woff2" \
    --unicodes="$letters" --layout-features=kern,liga --flavor=woff2 --no-hinting --desubroutinize \
    --output-file="$target/source-serif-4-$face.woff2"
done
