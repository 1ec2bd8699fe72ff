package store

import (
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
)

// IsFull reports whether an error of the store, or of files, is that there is no room left. Nothing was written.
func IsFull(err error) bool {
	var lite sqlite3.Error
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &lite):
		return lite.Code == sqlite3.ErrFull || lite.Code == sqlite3.ErrIoErr && isNoRoom(lite.SystemErrno)
	case errors.As(err, &pg):
		return pg.Code == "53100"
	}
	return isNoRoom(err)
}

func isNoRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// IsOutage reports whether an error of the store, or of files, is that a database or a disk does not do its work now:
// locked by another process, read-only, restarted, out of reach, or so beset by others that an update could not be made
// however often it was repeated. When the answer to a commit was lost, the update may
// have been made.
func IsOutage(err error) bool {
	var lite sqlite3.Error
	var pg *pgconn.PgError
	var network net.Error
	switch {
	case errors.As(err, &lite):
		return slices.Contains([]sqlite3.ErrNo{
			sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrReadonly, sqlite3.ErrIoErr, sqlite3.ErrCantOpen,
			sqlite3.ErrProtocol,
		}, lite.Code)
	case errors.As(err, &pg):
		return isOutageCode(pg.Code)
	case errors.As(err, new(*pgconn.ConnectError)), errors.As(err, &network),
		pgconn.SafeToRetry(err): // a connection that was broken before
		return true
	}
	return slices.ContainsFunc([]error{
		driver.ErrBadConn, io.ErrUnexpectedEOF, syscall.EROFS, syscall.EIO, syscall.ECONNRESET, syscall.EPIPE,
	}, func(known error) bool { return errors.Is(err, known) })
}

// isReadOnly reports whether PostgreSQL takes no writes in this session.
func isReadOnly(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "25006"
}

// wasLeftAlone reports whether PostgreSQL has ended the session because its transaction stood still.
func wasLeftAlone(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "25P03"
}

// isOutageCode reports whether PostgreSQL says so: lost connections, too few resources, stopping and starting, a transaction
// that was left alone for too long, standbys and disks that cannot be written to, and conflicts to the last attempt.
func isOutageCode(code string) bool {
	return slices.Contains([]string{"57P01", "57P02", "57P03", "25P03", "25006", "58030", "40001", "40P01"}, code) ||
		strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53")
}
