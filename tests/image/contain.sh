#!/bin/sh
# Runs a command as `docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt
# no-new-privileges` does: as process 1 of an image's tree. It must be in new mount and PID
# namespaces, as root: unshare --mount --pid --fork --kill-child contain.sh ROOT LOGS UID COMMAND...
set -eu
root=$1 logs=$2 user=$3
shift 3

mount --make-rprivate /
touch "$root/etc/hosts"
mount --bind "$root" "$root"
mount --bind /etc/hosts "$root/etc/hosts"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777,nosuid,nodev,noexec tmpfs "$root/tmp"
mount --bind "$logs" "$root/var/log/gatehouse"
exec chroot "$root" setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs \
    --inh-caps=-all --bounding-set=-all "$@"
