package store

/*
struct sqlite3;
int sqlite3_auto_extension(void (*entry)(void));
int sqlite3_db_config(struct sqlite3 *, int op, ...);

// keepPlans switches SQLITE_DBCONFIG_ENABLE_QPSG on and reads it back.
static int keepPlans(struct sqlite3 *db, char **message, const void *api) {
	int on = 0;
	int rc = sqlite3_db_config(db, 1007, 1, &on);
	return rc != 0 ? rc : on ? 0 : 1;
}

static int keepPlansOfAll(void) { return sqlite3_auto_extension((void (*)(void))keepPlans); }
*/
import "C"

import "fmt"

// Every connection to SQLite keeps the plan of a prepared statement (the query planner stability guarantee). Without it
// SQLite looks at the values that a statement is bound to in case another plan suits them better, and as go-sqlite3
// clears all values before each run, nearly every run of a prepared statement parses and plans it anew, which takes
// several times as long as the run itself.
func init() {
	if rc := C.keepPlansOfAll(); rc != 0 {
		panic(fmt.Sprintf("store: SQLite does not take settings for new connections: error %d", rc))
	}
}
