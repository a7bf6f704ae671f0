package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// sealedTo waits until the server has sealed all events, and gives the newest note.
func (s *server) sealedTo(position int64) string {
	s.t.Helper()
	var status auditStatus
	s.until("sealing", func() bool {
		s.read("/v1/audit/status", &status)
		return status.Size >= position
	})
	return s.must("GET", "/v1/audit/checkpoint", "", "", 200).body
}

type auditStatus struct {
	State    string  `json:"state"`
	Reason   *string `json:"reason"`
	Size     int64   `json:"size"`
	Position int64   `json:"position"`
}

// TestServeSeals: whatever a command writes is sealed, with a key that the data directory comes with, and kept in a file.
func TestServeSeals(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	s := boot(t, dir, "--metrics-listen=127.0.0.1:0")
	s.sellFreeSeats(3)
	events := s.events()
	signed := s.sealedTo(events[len(events)-1].Position)
	verifier, err := note.NewVerifier(strings.TrimSpace(s.must("GET", "/v1/audit/key", "", "", 200).body))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open([]byte(signed), note.VerifierList(verifier)); err != nil {
		t.Error(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "checkpoints", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	if kept, err := os.ReadFile(files[0]); err != nil || string(kept) != signed {
		t.Errorf("the file has %q, want %q", kept, signed)
	}
	if info, err := os.Stat(filepath.Join(dir, "audit.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v, %v", info, err)
	}
	if scraped := s.scrape(); !strings.Contains(scraped, "tallystick_audit_refusing{") {
		t.Error("the metrics don't say whether sealing is refused")
	}
	s.stop(syscall.SIGTERM)
	s = boot(t, dir)
	s.must("POST", "/v1/products", "another", `{"code":"another","name":"Another","tier":9}`, 201)
	later := s.sealedTo(int64(len(events)) + 1)
	if later == signed {
		t.Error("a second start seals nothing")
	}
}
