#!/bin/sh
# Makes the user of the service and its folders. It is not started: first read /etc/merit/merit.env.
set -e
if ! getent passwd merit >/dev/null; then
	adduser --system --group --no-create-home --home /var/lib/merit --quiet merit
fi
for folder in /var/lib/merit /var/backups/merit; do
	[ -d "$folder" ] || install -d -o merit -g merit -m 0700 "$folder"
done
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	if systemctl is-active --quiet merit; then
		systemctl restart merit # an upgrade
	fi
fi
