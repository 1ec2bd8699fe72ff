package main

import (
	"strings"
	"testing"
)

func TestAnAddressWhosePasswordIsNotEncodedIsRefusedAndNotShown(t *testing.T) {
	for _, address := range []string{
		"postgres://merit:p@ss/w#d@db/merit", "postgres://merit:pw#d@db/merit", "postgresql://merit:p@ss@db/merit", "postgres://merit:pa/ss@db/merit",
		"postgres://merit:pass@db/merit?application_name=a#b",
	} {
		_, err := databaseFlags{address}.openDatabase(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), "percent-encoded") || !strings.Contains(err.Error(), "@ is %40") {
			t.Errorf("%s: %v; want to be told of encoding", address, err)
			continue
		}
		if strings.Contains(err.Error(), "w#d") || strings.Contains(err.Error(), "db/") {
			t.Errorf("the message shows the address: %v", err)
		}
	}
	for _, address := range []string{
		"postgres://merit:p%40ss%2Fw%23d@db/merit", "postgres://db1:5432,db2:5432/merit?user=merit&password=p@ss", "postgres:///merit?host=/run/postgresql",
		"merit@data/a#b@c.db",
	} {
		if err := (databaseFlags{address}).checkAddress(); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}
