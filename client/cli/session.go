package cli

import (
	"encoding/json"
	"errors"
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
	return sessions, json.Unmarshal(data, &sessions)
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
	return os.WriteFile(path, data, 0o600)
}
