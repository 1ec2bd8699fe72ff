#!/bin/sh
# Purging removes the settings, and neither data nor backups nor keys: whoever wants those gone removes /var/lib/merit,
# /var/backups/merit and what is left in /etc/merit. The user stays, so that the files keep an owner.
set -e
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
fi
