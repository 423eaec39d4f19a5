#!/bin/bash
# apt-layer.sh ROOT UPPER WORK URL SUITE APT_SETTINGS PACKAGE...
# Installs packages on top of the Debian tree ROOT; what changed is left in UPPER, deletions as .wh. files.
# Runs in a mount namespace of its own, so every mount ends with it. apt's sources, lists and archives live on a
# tmpfs: the layer knows nothing of the machine that made it.
set -euo pipefail
root=$1 upper=$2 work=$3 url=$4 suite=$5 settings=$6
shift 6

merged=$work/merged
mkdir -p "$upper" "$work/overlay" "$merged"
mount -t overlay overlay -o "lowerdir=$root,upperdir=$upper,workdir=$work/overlay" "$merged"
mount -t proc proc "$merged/proc"
mount -t tmpfs tmpfs "$merged/tmp"
mount -t tmpfs tmpfs "$merged/run"
mount -t tmpfs tmpfs "$merged/dev"
mknod -m 666 "$merged/dev/null" c 1 3
mknod -m 444 "$merged/dev/urandom" c 1 9
mount --bind /etc/resolv.conf "$merged/etc/resolv.conf"

apt=$merged/tmp/apt
mkdir -p "$apt/lists/partial" "$apt/archives/partial"
echo "deb $url $suite main" > "$apt/sources.list"
cat "$settings" - > "$apt/apt.conf" <<'CONF'
Dir::Etc::SourceList "/tmp/apt/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "/tmp/apt/lists";
Dir::Cache "/tmp/apt";
Dir::Log "/tmp/apt";
APT::Install-Recommends "false";
Dpkg::Use-Pty "false";
CONF
# No package may start a service while it is installed.
printf '#!/bin/sh\nexit 101\n' > "$apt/policy-rc.d"
chmod 755 "$apt/policy-rc.d"
touch "$merged/usr/sbin/policy-rc.d"
mount --bind "$apt/policy-rc.d" "$merged/usr/sbin/policy-rc.d"

inside() {
  env -i APT_CONFIG=/tmp/apt/apt.conf DEBIAN_FRONTEND=noninteractive LC_ALL=C HOME=/root \
    PATH=/usr/sbin:/usr/bin:/sbin:/bin "$(command -v chroot)" "$merged" "$@"
}
inside apt-get -q update
inside apt-get -q -y install "$@"

umount -R "$merged"
rm -rf "$upper"/tmp "$upper"/run "$upper"/var/log/* "$upper"/usr/sbin/policy-rc.d "$upper"/etc/resolv.conf
rm -rf "$upper"/var/cache/debconf/*-old "$upper"/var/lib/dpkg/*-old
# overlayfs marks a deletion with a 0:0 character device, an image layer with an empty .wh. file
find "$upper" -type c -print0 | while IFS= read -r -d '' deleted; do
  rm "$deleted"
  touch "$(dirname "$deleted")/.wh.$(basename "$deleted")"
done
