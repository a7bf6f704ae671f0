package main

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/eventstore/postgres"
)

// auditor verifies offline what a server's operator hands over.
type auditor struct {
	t       *testing.T
	program string // tallystick-verify
	dir     string
	key     string
}

// newAuditor builds tallystick-verify, and takes the server's key on trust.
func newAuditor(t *testing.T, s *server) *auditor {
	t.Helper()
	a := &auditor{t: t, program: filepath.Join(t.TempDir(), "tallystick-verify"), dir: t.TempDir()}
	if out, err := exec.Command("go", "build", "-o", a.program, "../tallystick-verify").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	a.key = strings.TrimSpace(s.must("GET", "/v1/audit/key", "", "", 200).body)
	return a
}

// offlineVerdict holds the verdict of tallystick-verify in JSON.
type offlineVerdict struct {
	OK          bool    `json:"ok"`
	Command     string  `json:"command"`
	Ledger      string  `json:"ledger"`
	Events      int64   `json:"events"`
	First       int64   `json:"first"`
	Last        int64   `json:"last"`
	Checkpoints int64   `json:"checkpoints"`
	Entries     int64   `json:"entries"`
	Erased      []int64 `json:"erased"`
	Bad         *struct {
		Position *int64 `json:"position"`
		What     string `json:"what"`
		Detail   string `json:"detail"`
	} `json:"bad"`
}

// judge runs tallystick-verify, which must print one object and nothing else.
func (a *auditor) judge(t *testing.T, args ...string) (v offlineVerdict) {
	t.Helper()
	stdout, stderr, code := finish(t, isolated(a.program, append(args, "--json")...))
	if err := json.Unmarshal([]byte(stdout), &v); err != nil || stderr != "" || v.OK != (code == 0) || v.Command != args[0] {
		t.Fatalf("%v: exit %d, %v: %s%s", args, code, err, stdout, stderr)
	}
	return v
}

// accepts runs tallystick-verify on what must hold.
func (a *auditor) accepts(t *testing.T, args ...string) offlineVerdict {
	t.Helper()
	v := a.judge(t, args...)
	if !v.OK {
		t.Fatalf("%v: %+v", args, v.Bad)
	}
	return v
}

// refuses runs tallystick-verify on what must not hold, and expects the position of the first fault, 0 for none.
func (a *auditor) refuses(t *testing.T, position int64, what string, args ...string) {
	t.Helper()
	v := a.judge(t, args...)
	if v.OK || v.Bad.What != what || (v.Bad.Position == nil) != (position == 0) || position > 0 && *v.Bad.Position != position {
		t.Errorf("%v: %+v, want %s at %d", args, v.Bad, what, position)
	}
}

// save keeps what the server answers in a file.
func (a *auditor) save(s *server, path string, accept ...string) string {
	a.t.Helper()
	file := filepath.Join(a.dir, strings.NewReplacer("/", "_", "?", "_", "&", "_").Replace(path+strings.Join(accept, "")))
	if err := os.WriteFile(file, []byte(s.mustAs(path, accept...).body), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return file
}

// mustAs reads a path in a form.
func (s *server) mustAs(path string, accept ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.key)
	for _, form := range accept {
		r.Header.Set("Accept", form)
	}
	got, err := ask(r)
	if err != nil || got.status != 200 {
		s.t.Fatalf("GET %s: %d %s, %v", path, got.status, got.body, err)
	}
	return got
}

// bundle exports everything.
func (s *server) bundle(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "bundle")
	if stdout, stderr, code := invoke(t, "export", "bundle", "--out", dir, "--data-dir", s.dir); code != exitDone {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	return dir
}

// TestOfflineVerification hands an auditor what the program exports and the server proves, and all of it is verified without them.
// What was changed afterwards is not.
func TestOfflineVerification(t *testing.T) {
	t.Parallel()
	s := boot(t, usedDir(t))
	tellDemo(t, "--url", s.url, "--data-dir", s.dir, "--workspaces", few)
	s.must("PUT", "/v1/workspaces/gone/billing-details", "details", `{"name":"Grace Hopper","address":"1 Navy Yard","country":"US"}`, 200)
	last := s.events()[len(s.events())-1].Position
	var hook struct {
		Secret string `json:"secret"`
	}
	made := s.must("POST", "/v1/webhook-endpoints", "hook", `{"url":"https://hooks.example/a","types":["webhook.test"]}`, 201)
	if err := json.Unmarshal([]byte(made.body), &hook); err != nil || hook.Secret == "" {
		t.Fatalf("%s: %v", made.body, err)
	}
	s.sealedTo(last + 1)
	a := newAuditor(t, s)
	kept, err := filepath.Glob(filepath.Join(s.dir, "checkpoints", "*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("%q, %v", kept, err)
	}
	erasable := last
	last++ // the webhook endpoint's
	dir := s.bundle(t)
	trusted := []string{"--key", a.key, "--checkpoint", kept[0]}

	t.Run("replay", func(t *testing.T) {
		if v := a.accepts(t, append([]string{"replay", dir}, trusted...)...); v.Events != last || v.Last != last || v.Checkpoints < 1 || len(v.Erased) != 0 {
			t.Errorf("%+v, want %d events", v, last)
		}
		if stdout, _, code := finish(t, isolated(a.program, "replay", dir)); code != exitUsage || stdout != "" {
			t.Errorf("without a key: exit %d: %s", code, stdout)
		}
	})
	t.Run("rebuild and journal", func(t *testing.T) {
		rebuilt, read := a.accepts(t, append([]string{"rebuild", dir}, trusted...)...), a.accepts(t, "journal", filepath.Join(dir, "journal.csv"))
		if rebuilt.Entries < 50 || read.Entries != rebuilt.Entries || read.Ledger != rebuilt.Ledger {
			t.Errorf("%d entries are made and %d read", rebuilt.Entries, read.Entries)
		}
	})
	t.Run("changed", func(t *testing.T) { a.refusesChanges(t, dir, trusted) })
	t.Run("inclusion", func(t *testing.T) { a.verifiesInclusion(t, s, dir, last) })
	t.Run("consistency", func(t *testing.T) { a.verifiesConsistency(t, s, last) })
	t.Run("a hole", func(t *testing.T) { s.namesTheHole(t, last/2) })
	t.Run("erased", func(t *testing.T) {
		s.must("DELETE", "/v1/workspaces/gone/billing-details", "erase", "", 200)
		s.sealedTo(last + 1)
		dir := s.bundle(t)
		if v := a.accepts(t, append([]string{"rebuild", dir}, trusted...)...); v.Events <= last || !slices.Equal(v.Erased, []int64{erasable}) {
			t.Errorf("%d events, erased: %v", v.Events, v.Erased)
		}
		s.keepsSecrets(t, map[string]string{"erased": "Grace Hopper", "webhook": hook.Secret, "admin key": s.key, "audit key": readText(t, filepath.Join(s.dir, "audit.key")),
			"secret key": readText(t, filepath.Join(s.dir, "secret.key"))}, dir, a.dir)
	})
}

// namesTheHole takes an event away for a while, as only a superuser can: nothing is exported then, and the position is told.
func (s *server) namesTheHole(t *testing.T, position int64) {
	url, err := postgres.SuperuserURL(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	superuser := connectTo(t, url)
	do := func(sql string) {
		if _, err := superuser.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	do(`CREATE TABLE taken AS SELECT * FROM tallystick.events WHERE position = ` + fmt.Sprint(position))
	do(`ALTER TABLE tallystick.events DISABLE TRIGGER USER`)
	do(`DELETE FROM tallystick.events WHERE position = ` + fmt.Sprint(position))
	_, stderr, code := invoke(t, "export", "bundle", "--out", filepath.Join(t.TempDir(), "bundle"), "--data-dir", s.dir)
	if code != exitFailed || !strings.Contains(stderr, fmt.Sprintf("no event at position %d;", position)) {
		t.Errorf("exit %d: %s", code, stderr)
	}
	stdout, _, code := invoke(t, "verify", "--json", "--check", "checkpoints", "--data-dir", s.dir)
	if !strings.Contains(stdout, fmt.Sprintf(`"position": %d,`, position)) || code != exitFailed {
		t.Errorf("exit %d: %s", code, stdout)
	}
	do(`INSERT INTO tallystick.events SELECT * FROM taken`)
	do(`ALTER TABLE tallystick.events ENABLE TRIGGER USER`)
	do(`DROP TABLE taken`)
}

// keepsSecrets looks for secrets in all files of directories, and in what the server said.
func (s *server) keepsSecrets(t *testing.T, secrets map[string]string, dirs ...string) {
	looked := 0
	look := func(where, text string) {
		looked++
		for name, secret := range secrets {
			secret = strings.TrimSpace(secret)
			if len(secret) < 8 || strings.Contains(text, secret) || strings.Contains(text, secret[len(secret)*3/4:]) && len(secret) > 32 {
				t.Errorf("%s has the %s", where, name)
			}
		}
	}
	for _, dir := range dirs {
		if err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				look(path, readText(t, path))
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	_, logged, _ := strings.Cut(s.output(), `"msg":"serving"`) // the greeting before it shows the first key
	look("the log", logged)
	if looked < 10 {
		t.Errorf("%d files", looked)
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// refusesChanges edits copies of a bundle.
func (a *auditor) refusesChanges(t *testing.T, dir string, trusted []string) {
	rows := strings.SplitAfter(readText(t, filepath.Join(dir, "journal.csv")), "\r\n")
	middle := len(rows) / 2
	for strings.Split(rows[middle], ",")[0] == strings.Split(rows[middle-1], ",")[0] {
		middle++
	}
	var position int64
	if _, err := fmt.Sscanf(rows[middle], "%d-", &position); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(readText(t, filepath.Join(dir, "events.ndjson")), "\n")
	event := len(lines) / 2
	for name, change := range map[string]struct {
		command, what string
		position      int64
		file          string
		content       []string
	}{
		"a line of the journal is gone":   {"rebuild", "entry", position, "journal.csv", slices.Delete(slices.Clone(rows), middle, middle+1)},
		"a line of the journal is twice":  {"rebuild", "entry", position, "journal.csv", slices.Insert(slices.Clone(rows), middle+1, rows[middle])},
		"the journal ends early":          {"rebuild", "entry", position, "journal.csv", rows[:middle]},
		"an event is gone":                {"replay", "gap", int64(event + 1), "events.ndjson", slices.Delete(slices.Clone(lines), event, event+1)},
		"an event was edited":             {"replay", "leaf", int64(event + 1), "events.ndjson", slices.Replace(slices.Clone(lines), event, event+1, strings.Replace(lines[event], `"actor":"`, `"actor":"x`, 1))},
		"a file is not that of its hash":  {"replay", "manifest", 0, "journal.csv", rows[:middle]},
		"the journal's totals are others": {"rebuild", "totals", 0, "manifest.json", []string{strings.Replace(readText(t, filepath.Join(dir, "manifest.json")), `"debit":"`, `"debit":"1`, 1)}},
	} {
		t.Run(name, func(t *testing.T) {
			changed := filepath.Join(t.TempDir(), "bundle")
			if err := os.CopyFS(changed, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(changed, change.file), []byte(strings.Join(change.content, "")), 0o600); err != nil {
				t.Fatal(err)
			}
			a.refuses(t, change.position, change.what, append([]string{change.command, changed}, trusted...)...)
		})
	}
	for name, change := range map[string]struct{ column, value string }{
		"an amount": {"debit", "0.01"}, "a currency": {"currency", "EUR"}, "a date": {"entry_date", "2026-02-30"}, "an account": {"account_code", "9999"},
	} {
		t.Run("journal with another "+name, func(t *testing.T) {
			columns := strings.Split(strings.TrimSpace(rows[0]), ",")
			cells := strings.Split(rows[middle], ",")
			if len(cells) != len(columns) {
				t.Skip("the line has quotes")
			}
			at := slices.Index(columns, change.column)
			if cells[at] == change.value || cells[at] == "" {
				change.value = "USD"
				at = slices.Index(columns, "amount_minor")
			}
			cells[at] = change.value
			file := filepath.Join(t.TempDir(), "journal.csv")
			if err := os.WriteFile(file, []byte(strings.Join(slices.Replace(slices.Clone(rows), middle, middle+1, strings.Join(cells, ",")), "")), 0o600); err != nil {
				t.Fatal(err)
			}
			a.refuses(t, position, "entry", "journal", file)
		})
	}
}

// verifiesInclusion takes proofs in both forms.
func (a *auditor) verifiesInclusion(t *testing.T, s *server, dir string, last int64) {
	lines := strings.SplitAfter(readText(t, filepath.Join(dir, "events.ndjson")), "\n")
	event := filepath.Join(a.dir, "event")
	for _, position := range []int64{1, last/2 + 1, last} {
		if err := os.WriteFile(event, []byte(lines[position-1]), 0o600); err != nil {
			t.Fatal(err)
		}
		path := fmt.Sprint("/v1/audit/proofs/", position)
		for _, proof := range []string{a.save(s, path), a.save(s, path, "text/plain")} {
			if v := a.accepts(t, "inclusion", "--event", event, "--proof", proof, "--key", a.key); v.First != position || v.Last != position {
				t.Errorf("%+v", v)
			}
		}
	}
	a.refuses(t, last, "root", "inclusion", "--event", event, "--proof", a.save(s, "/v1/audit/proofs/1"), "--key", a.key)
}

// verifiesConsistency takes a proof and tiles between two checkpoints.
func (a *auditor) verifiesConsistency(t *testing.T, s *server, last int64) {
	var published struct {
		Data []struct {
			Size int64 `json:"size"`
		} `json:"data"`
	}
	s.read("/v1/audit/checkpoints", &published)
	from, to := published.Data[0].Size, published.Data[len(published.Data)-1].Size
	if len(published.Data) < 2 {
		t.Fatalf("%d checkpoints", len(published.Data))
	}
	at := func(size int64) string { return a.save(s, fmt.Sprint("/v1/audit/checkpoints/", size)) }
	between := []string{"consistency", "--key", a.key, "--old", at(from), "--new", at(to)}
	if v := a.accepts(t, append(between, "--proof", a.save(s, fmt.Sprintf("/v1/audit/consistency?from=%d&to=%d", from, to)))...); v.Checkpoints != 2 {
		t.Errorf("%+v", v)
	}
	tiles := filepath.Join(a.dir, "tiles")
	for name, tile := range tilesOf(to) {
		file := filepath.Join(tiles, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		hashes := []byte(s.mustAs("/v1/audit/tile/" + name).body)
		if len(hashes) != 32*tile {
			t.Errorf("tile %s has %d bytes", name, len(hashes))
		}
		if err := os.WriteFile(file, hashes, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a.accepts(t, append(between, "--tiles", tiles)...)
	for _, name := range slices.Sorted(maps.Keys(tilesOf(to)))[:1] {
		file := filepath.Join(tiles, filepath.FromSlash(name))
		if err := os.WriteFile(file, bytes.ToUpper([]byte(readText(t, file))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a.refuses(t, 0, "consistency", append(between, "--tiles", tiles)...)
	a.refuses(t, from+1, "consistency", "consistency", "--key", a.key, "--old", at(to), "--new", at(from), "--tiles", tiles)
}

// tilesOf names the tiles of a small tree, with the number of their hashes.
func tilesOf(size int64) map[string]int {
	all := map[string]int{}
	for level := 0; size > 0; level++ {
		for n := range size / 256 {
			all[fmt.Sprintf("%d/%03d", level, n)] = 256
		}
		if rest := int(size % 256); rest > 0 {
			all[fmt.Sprintf("%d/%03d.p/%d", level, size/256, rest)] = rest
		}
		size /= 256
	}
	return all
}
