package store

// identifying are the tables from which a call is told who makes it: see IdentityBySession and IdentityByToken. token_use is
// not among them, as it only says when a token was last used.
var identifying = map[string]bool{
	"account": true, "api_token": true, "membership": true, "second_factor": true, "session": true, "setting": true,
}

// identifies reports whether a statement may change who an identity that was read says somebody is. A new session is nobody's
// yet, and when one was last used says nothing of who uses it.
func identifies(text, table string, inserts bool) bool {
	if table == "session" && (inserts || text == setSessionUsed) {
		return false
	}
	return identifying[table]
}

// IdentityVersion is a number that grows whenever an identity that was read under an earlier one may not hold any more: before
// the update that changed it returns. What a command has written to the SQLite file beside the service
// counts soon after: see OnChange. Known is false where other processes serve too; identities are then read for each call.
func (s *Store) IdentityVersion() (version int64, known bool) {
	return s.identityChanges.Load(), s.engine.alone()
}
