#!/bin/sh
# fetch-debian.sh CONFIG BASE WORK NAME VERSION FILE PACKAGE APT_ARGUMENTS...
# Fetches Debian packages and unpacks them into BASE/NAME-<version>, with the program at bin/NAME; src/debian.ts calls it.
# Runs under flock(1), which lets the next one in when this shell and all it started are gone, however they ended. When only the test
# process is killed, the shell finishes its work. The folder appears whole, by the rename at the end.
set -eu
config=$1 base=$2 work=$3 name=$4 version=$5 file=$6 package=$7
shift 7
for ready in "$base/$name"-$version; do [ ! -d "$ready" ] || exit 0; done
rm -rf "$work"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/archives/partial" "$work/root/bin"
cd "$work/archives"
apt-get -qq -c "$config" update
apt-get -qq -c "$config" "$@"
for archive in ./*.deb; do dpkg -x "$archive" "$work/root"; done
[ -x "$work/root/$file" ]
libraries=$(cd "$work/root" && find . \( -name '*.so' -o -name '*.so.[0-9]*' \) -printf ':$root/%P\n' | sed 's|/[^/]*$||' | sort -u | tr -d '\n')
if [ -z "$libraries" ]; then
  ln -s "../$file" "$work/root/bin/$name"
else
  {
    echo '#!/bin/sh'
    echo 'root=$(dirname "$(dirname "$(readlink -f "$0")")")'
    echo "export LD_LIBRARY_PATH=\"${libraries#:}\""
    if [ -d "$work/root/usr/share/fonts" ]; then # a machine without fonts: some came along
      echo '<fontconfig><dir prefix="relative">usr/share/fonts</dir></fontconfig>' > "$work/root/fonts.conf"
      echo 'export FONTCONFIG_FILE="$root/fonts.conf"'
    fi
    echo "exec \"\$root/$file\" \"\$@\""
  } > "$work/root/bin/$name"
  chmod 755 "$work/root/bin/$name"
fi
full=$(dpkg-deb -f "$package"_*.deb Version)
full=${full#*:}
mv "$work/root" "$base/$name-${full%-*}"
