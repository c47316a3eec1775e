#!/bin/sh
# Takes the picture of the report that README.md and docs/report.md show: the demo in a new folder, opened in a headless
# Chromium. Run it when the report has changed: sh tools/picture.sh .venv/bin/trimtab
set -eu
trimtab=$(command -v "${1:-trimtab}")
case $trimtab in /*) ;; *) trimtab=$PWD/$trimtab ;; esac
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
    echo "no Chromium or Chrome found" >&2
    exit 1
}
target=$PWD/docs/_static
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

(cd "$folder" && "$trimtab" demo --quiet >/dev/null)

# shot NAME HEIGHT HIDDEN: the page with the parts that HIDDEN selects taken away.
shot() {
    sed "s|</head>|<style>$3 { display: none }</style></head>|" "$folder/out/demo/report.html" >"$folder/$1.html"
    "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --force-color-profile=srgb \
        --virtual-time-budget=8000 --window-size="1180,$2" --screenshot="$target/$1.png" \
        "file://$folder/$1.html" >/dev/null 2>&1
    echo "  docs/_static/$1.png $(wc -c <"$target/$1.png") bytes"
}
shot report 810 .none
shot report-growth 735 '.masthead, .menu, footer, main > section:not(#growth)'
