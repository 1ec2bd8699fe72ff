package store

import "regexp"

// dialect is what differs in the text that the two engines are given.
type dialect struct {
	name         string
	schema       string                        // query for tables, columns and places in the primary key
	versioned    string                        // query for the number of tables called goose_db_version
	writing      string                        // query for names of the transactions that are writing audit entries
	references   string                        // query for tables and those that they refer to
	givenNumbers string                        // clause of an INSERT that brings its own numbers for a column that the engine numbers
	unhurried    string                        // statement for transactions of minutes, which wait for files; empty where it needs none
	numbered     string                        // query for statements that let such columns go on after the highest; empty when they do
	bind         func(query string) string     // rewrites placeholders
	ddl          func(migration string) string // rewrites types
}

var (
	placeholder = regexp.MustCompile(`\$([0-9]+)`)
	byteaType   = regexp.MustCompile(`\bBYTEA\b`)
)

var sqliteDialect = dialect{
	name: "sqlite",
	schema: `SELECT t.name, c.name, c.pk FROM sqlite_master AS t, pragma_table_info(t.name) AS c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.name`,
	// There is one writer, and what it writes is seen in the order in which it was numbered.
	writing:    "SELECT '' WHERE 1 = 0",
	versioned:  "SELECT count(*) FROM sqlite_master WHERE name = 'goose_db_version'",
	references: `SELECT t.name, f."table" FROM sqlite_master AS t, pragma_foreign_key_list(t.name) AS f WHERE t.type = 'table'`,
	// go-sqlite3 binds $1, $2, … in the order in which they first appear, whatever their numbers; it binds
	// ?1, ?2, … by number.
	// The plus changes no value and hides the parameter from the query planner, which would otherwise look at
	// what is bound and prepare most joins anew for every call: ten times the work.
	bind: func(query string) string { return placeholder.ReplaceAllString(query, "+?$1") },
	ddl:  func(migration string) string { return byteaType.ReplaceAllString(migration, "BLOB") },
}

var postgresDialect = dialect{
	name: "postgres",
	schema: `SELECT t.relname, c.attname, coalesce(array_position(k.indkey::int2[], c.attnum) + 1, 0)
		FROM pg_class AS t
		JOIN pg_attribute AS c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped
		LEFT JOIN pg_index AS k ON k.indrelid = t.oid AND k.indisprimary
		WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace
		ORDER BY t.relname, c.attname`,
	versioned: "SELECT count(*) FROM pg_class WHERE relname = 'goose_db_version' AND relnamespace = current_schema()::regnamespace",
	// An INSERT takes this lock before it draws a number and the transaction keeps it until all see what it did.
	writing: `SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = 'audit_entry'::regclass
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND mode = 'RowExclusiveLock' AND granted`,
	references: `SELECT a.relname, b.relname FROM pg_constraint AS k
		JOIN pg_class AS a ON a.oid = k.conrelid
		JOIN pg_class AS b ON b.oid = k.confrelid
		WHERE k.contype = 'f' AND a.relnamespace = current_schema()::regnamespace`,
	givenNumbers: " OVERRIDING SYSTEM VALUE",
	unhurried:    "SET LOCAL " + idleLimit + " = 0",
	numbered: `SELECT format('SELECT setval(%L, coalesce(max(%I), 1), max(%I) IS NOT NULL) FROM %I',
			pg_get_serial_sequence(t.relname, c.attname), c.attname, c.attname, t.relname)
		FROM pg_class AS t
		JOIN pg_attribute AS c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped
		WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace AND t.relname <> 'goose_db_version'
			AND pg_get_serial_sequence(t.relname, c.attname) IS NOT NULL`,
	bind: func(query string) string { return query },
	ddl:  func(migration string) string { return migration },
}
