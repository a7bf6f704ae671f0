package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// TestExportsAreKilled kills the program while it exports, in a shell and in a server, which goes on after its next start. The files are
// the same as of an export that nobody disturbs.
func TestExportsAreKilled(t *testing.T) {
	t.Parallel()
	s := boot(t, dataDir(t))
	s.sellFreeSeats(1)
	var members []string
	for i := range 5_000 {
		members = append(members, fmt.Sprintf(`{"member":"m%d","role":"member"}`, i))
	}
	s.must("POST", "/v1/products", "team", `{"code":"team","name":"Team","tier":1}`, 201)
	s.must("POST", "/v1/products/team/prices", "month", `{"code":"month","currency":"USD","interval":"month","unit_amount":"9.00"}`, 201)
	s.must("POST", "/v1/workspaces/many/subscription", "buy", `{"price":"month","seats":5000,"collection":"send_invoice"}`, 201)
	s.must("PUT", "/v1/workspaces/many/seats", "seats", `{"members":[`+strings.Join(members, ",")+`]}`, 200)
	events := s.events()
	last := events[len(events)-1].Position
	s.sealedTo(last)
	export := func(dir string) []string {
		return []string{"export", "bundle", "--out", dir, "--as-of", fmt.Sprint(last), "--data-dir", s.dir}
	}
	whole := filepath.Join(t.TempDir(), "whole")
	if _, stderr, code := invoke(t, export(whole)...); code != exitDone {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	t.Run("in a shell", func(t *testing.T) {
		cut := filepath.Join(t.TempDir(), "cut")
		for range 3 {
			command := programCommand(export(cut)...)
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			poll(func() bool {
				entries, _ := os.ReadDir(cut)
				return len(entries) > 0
			})
			_ = command.Process.Kill()
			_ = command.Wait()
		}
		if _, stderr, code := invoke(t, export(cut)...); code != exitDone {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		sameFiles(t, whole, cut)
	})
	t.Run("in a server", func(t *testing.T) {
		var job struct {
			ID     string `json:"id"`
			Status string `json:"status"`
		}
		asked := s.must("POST", "/v1/exports", "export", fmt.Sprintf(`{"kind":"bundle","as_of":"%d"}`, last), 202)
		if err := json.Unmarshal([]byte(asked.body), &job); err != nil {
			t.Fatal(err)
		}
		s.kill()
		s = boot(t, s.dir)
		s.until("the export is complete", func() bool {
			s.read("/v1/exports/"+job.ID, &job)
			return job.Status == "completed"
		})
		of := t.TempDir()
		for _, name := range []string{"events.ndjson", "checkpoints.txt", "key.txt", "journal.csv"} {
			if err := os.WriteFile(filepath.Join(of, name), []byte(s.must("GET", "/v1/exports/"+job.ID+"/files/"+name, "", "", 200).body), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(of, "manifest.json"), []byte(s.must("GET", "/v1/exports/"+job.ID+"/manifest", "", "", 200).body), 0o600); err != nil {
			t.Fatal(err)
		}
		sameFiles(t, whole, of)
	})
}

// sameFiles compares all files of two directories.
func sameFiles(t *testing.T, want, got string) {
	t.Helper()
	for dir, other := range map[string]string{want: got, got: want} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if readText(t, filepath.Join(dir, entry.Name())) != readText(t, filepath.Join(other, entry.Name())) {
				t.Errorf("%s differs", entry.Name())
			}
		}
	}
}
