#!/bin/sh
# Stops the service when the package goes for good; its data stay in /var/lib/merit.
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
	systemctl disable --now merit merit-backup.timer
fi
