#!/bin/bash
# Installs what `make build` made below PREFIX: `make install PREFIX=/usr/local`.
#
#   scripts/install.sh PREFIX
set -euo pipefail
[[ $# -eq 1 ]] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 64; }
cd "$(dirname "$(realpath "$0")")/.."
prefix=$1
weir=.build/release/weir

install -D -m 755 "$weir" "$prefix/bin/weir"
# bin/weir looks for it there.
install -D -m 755 .build/guests/weir-php "$prefix/libexec/weir/weir-php"
# Beside it: what it runs in worker mode.
rm -rf "$prefix/libexec/weir/php-lib"
cp -R .build/guests/php-lib "$prefix/libexec/weir/php-lib"
# What runs inside Node.js applications.
rm -rf "$prefix/libexec/weir/node"
cp -R .build/guests/node "$prefix/libexec/weir/node"
chmod -R u=rwX,go=rX "$prefix/libexec/weir/php-lib" "$prefix/libexec/weir/node"

completions() {
    install -d "$(dirname "$2")"
    "$weir" --generate-completion-script "$1" >"$2"
    chmod 644 "$2"
}
completions bash "$prefix/share/bash-completion/completions/weir"
completions zsh "$prefix/share/zsh/site-functions/_weir"
completions fish "$prefix/share/fish/vendor_completions.d/weir.fish"

doc=$prefix/share/doc/weir
install -d "$doc/docs"
install -m 644 README.md ARCHITECTURE.md CHANGELOG.md LICENSE "$doc"
install -m 644 docs/*.md "$doc/docs"
"$weir" config schema >"$doc/weir.schema.json"
echo "installed: $prefix/bin/weir"
