package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// sessionFile is where sessions are kept, readable by their owner only: MERIT_CONFIG or the user's configuration folder.
func sessionFile() (string, error) {
	dir := os.Getenv("MERIT_CONFIG")
	if dir == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(config, "merit")
	}
	return filepath.Join(dir, "sessions.json"), nil
}

// keptSessions reads the sessions by server address; none when there is no file yet.
func keptSessions() (map[string]string, error) {
	path, err := sessionFile()
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, err
	}
	sessions := map[string]string{}
	if err := json.Unmarshal(data, &sessions); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return sessions, nil
}

func keptSession(server string) (string, error) {
	sessions, err := keptSessions()
	return sessions[server], err
}

// keepSession keeps the session of a server; an empty token forgets it.
func keepSession(server, token string) error {
	sessions, err := keptSessions()
	if err != nil {
		return err
	}
	if sessions[server] = token; token == "" {
		delete(sessions, server)
	}
	path, err := sessionFile()
	if err != nil {
		return err
	}
	data, err := json.Marshal(sessions)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	// Renamed into place, so that no other command ever reads half a file.
	fresh, err := os.CreateTemp(filepath.Dir(path), "sessions-*.json") // readable by its owner only
	if err != nil {
		return err
	}
	_, err = fresh.Write(data)
	if err := errors.Join(err, fresh.Close()); err != nil {
		return errors.Join(err, os.Remove(fresh.Name()))
	}
	return os.Rename(fresh.Name(), path)
}
