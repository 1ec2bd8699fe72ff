package servertest

import "sync"

// work is what the store did while somebody wanted to know.
type work struct {
	mu     sync.Mutex
	wanted bool
	done   []string
}

func (w *work) note(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.wanted {
		w.done = append(w.done, what)
	}
}

// Work is what the store does while do runs: its statements, without their arguments, and how its transactions end. Two
// requests with the same work take about as long as each other. Nothing else may call the server meanwhile.
func (s *Server) Work(do func()) []string {
	s.work.mu.Lock()
	s.work.wanted, s.work.done = true, nil
	s.work.mu.Unlock()
	do()
	s.work.mu.Lock()
	defer s.work.mu.Unlock()
	s.work.wanted = false
	return s.work.done
}
