package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestRolesShareTheWork runs two processes that answer requests, two that build read models and one that does the rest, and
// kills each of them under load. Nobody who asks one that lives sees an error, and nothing is done twice.
func TestRolesShareTheWork(t *testing.T) {
	t.Parallel()
	f := newFleet(t, programCommand)
	start := func(roles string) *server {
		s := bootWith(t, programCommand, dataDir(t), "--database-url", f.url, "--roles", roles)
		s.key = f.key
		return s
	}
	f.servers = []*server{start("api")}
	projecting := []*server{start("projections"), start("projections")}
	processing := start("process,sealer")
	f.servers = append(f.servers, start("api"))

	processing.must("GET", "/v1/products", "", "", http.StatusNotFound)
	if got := processing.must("GET", "/readyz", "", "", http.StatusOK); !strings.Contains(got.body, `"roles":["process","sealer"]`) {
		t.Errorf("/readyz does not say what the process does: %s", got.body)
	}

	first := f.servers[0]
	first.must("POST", "/v1/products", "team", `{"code":"team","name":"Team","tier":1}`, http.StatusCreated)
	first.must("POST", "/v1/products/team/prices", "month", `{"code":"month","currency":"USD","interval":"month","unit_amount":"9.00"}`, http.StatusCreated)
	f.come("billed", 2, f.bill)
	f.come("charged", 1, f.charge)
	stop := f.load()
	f.awaitAsked(40)
	for i := range projecting {
		projecting[i].kill()
		f.awaitAsked(40)
		projecting[i] = start("projections")
	}
	processing.kill()
	f.awaitAsked(40)
	start("process,sealer")
	for i := range f.servers {
		f.kill(i)
		f.awaitAsked(40)
		f.join(start("api"))
	}
	f.awaitAsked(40)
	stop()
	f.expectCharges()
	f.repeat()
	f.expectNoneStopped()
	if stdout, stderr, code := finish(t, f.command(programCommand, "verify")); code != exitDone {
		t.Errorf("verify: exit %d\n%s\n%s", code, stdout, stderr)
	}
}

// kill takes a server out of the load and ends it at once.
func (f *fleet) kill(i int) {
	f.mu.Lock()
	killed := f.servers[i]
	f.servers = slices.Delete(f.servers, i, i+1)
	f.mu.Unlock()
	killed.kill()
}

// join adds a server at the front.
func (f *fleet) join(s *server) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.servers = slices.Insert(f.servers, 0, s)
}

// charge has a card charged, by the process that is asked or by the one that carries out deadlines.
func (f *fleet) charge(workspace string, n int) {
	switch n {
	case 0:
		f.tell(http.MethodPost, on(workspace, "/payment-methods"), `{"gateway":"sandbox","token":"tok_ok"}`)
		f.tell(http.MethodPost, on(workspace, "/subscription"), `{"price":"month","seats":30,"collection":"automatic"}`)
	case 5:
		f.tell(http.MethodPost, on(workspace, "/invoices"), `{"lines":[{"description":"Setup","unit_amount":"5.00"}],"currency":"USD","collection":"automatic"}`)
	}
	f.allocate(workspace, n)
}

// expectCharges waits until the gateway has all that was sold for cards, and no more.
func (f *fleet) expectCharges() {
	f.t.Helper()
	sold := 0
	for _, e := range f.told {
		switch {
		case !strings.HasPrefix(e.Path, on("charged", "")):
		case strings.HasSuffix(e.Path, "/subscription"):
			sold += 30 * 9
		case strings.HasSuffix(e.Path, "/invoices"):
			sold += 5
		}
	}
	want := fmt.Sprintf(`"captured":[{"amount":"%d.00","currency":"USD"}]`, sold)
	got := answer{}
	if !poll(func() bool {
		got = f.servers[0].must("GET", "/v1/sandbox/totals", "", "", http.StatusOK)
		return strings.Contains(got.body, want)
	}) {
		f.t.Errorf("%d.00 was sold, and the gateway counted %s", sold, got.body)
	}
}
