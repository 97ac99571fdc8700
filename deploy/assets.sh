#!/bin/sh
# Copies what browsers need from deploy/node_modules to dashboards/assets/dist,
# where the build embeds it: the design system's style sheets with the fonts
# and icons they name, and the charts. Nothing else of the packages is served.
# Running it twice changes nothing; a file is written only when it differs.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
dsfr=$here/node_modules/@gouvfr/dsfr/dist
echarts=$here/node_modules/echarts/dist
dist=$here/../dashboards/assets/dist

if [ ! -f "$dsfr/dsfr.main.min.css" ] || [ ! -f "$echarts/echarts.min.js" ]; then
	echo "assets: packages are missing; run: cd deploy && npm ci --ignore-scripts" >&2
	exit 1
fi

# put FROM TO copies one file when it is new or different.
put() {
	if ! cmp -s "$1" "$2"; then
		mkdir -p "$(dirname "$2")"
		cp "$1" "$2.part"
		mv "$2.part" "$2"
		echo "assets: ${2#"$dist"/}"
	fi
}

# style PATH copies a style sheet and the files that it names by url(). Every
# browser that reads these sheets takes woff2, so woff is left out.
style() {
	put "$dsfr/$1" "$dist/dsfr/$1"
	base=$(dirname "$1")
	grep -o 'url([^)"]*)' "$dsfr/$1" | sed 's/^url(//; s/)$//; s/[?#].*//' | sort -u |
		while read -r name; do
			case $name in
			data:* | *.woff) continue ;;
			esac
			path=$(echo "$base/$name" | sed ':up
				s#[^/.][^/]*/\.\./##; t up
				s#^\./##')
			put "$dsfr/$path" "$dist/dsfr/$path"
		done
}

style dsfr.main.min.css
style dsfr.print.min.css
style utility/icons/icons-system/icons-system.main.min.css
put "$dsfr/favicon/favicon.svg" "$dist/dsfr/favicon/favicon.svg"
put "$echarts/echarts.min.js" "$dist/echarts/echarts.min.js"
