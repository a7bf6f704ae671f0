package eventstore

// Missing counts the streams that callers wait for.
func (s *Store) Missing() int {
	l := s.states.loader
	l.mu.Lock()
	defer l.mu.Unlock()
	missing := 0
	for _, f := range l.flights {
		missing += f.waiting
	}
	return missing
}

// Queued counts the commands that wait for the ledger's executor.
func (s *Store) Queued(ledger Ledger) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.executors[ledger.ID].queue.waiting()
}

// HeavyDryRuns tells how many heavy dry runs are decided at a time.
func HeavyDryRuns() int { return heavyDryRuns() }
