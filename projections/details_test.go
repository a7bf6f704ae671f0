package projections

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// given is a version of somebody's details, nil for an erasure.
type given struct {
	details *details.Details
	at      time.Time
}

// inForce gives the details at an instant: whatever was erased later was never there.
func inForce(history []given, at time.Time) *details.Details {
	var found *details.Details
	for i := len(history) - 1; i >= 0 && history[i].details != nil; i-- {
		if found == nil && !history[i].at.After(at) {
			found = history[i].details
		}
	}
	return found
}

// TestDetailsInForce gives and erases details at random, and asks for those of every instant.
func TestDetailsInForce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	now := begin
	store, err := eventstore.New(b.Pool("clock", 2, pgtest.AppRole), b.Codec, eventstore.Options{
		Timeout: pgtest.Patience, Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	rapid.Check(t, func(t *rapid.T) {
		ledger := b.liveLedger(t.Name() + uuid.NewString())
		workspace := rapid.SampledFrom(workspaces).Draw(t, "workspace")
		stream := details.BillingStream(workspace)
		var history []given
		for i := range rapid.IntRange(0, 8).Draw(t, "versions") {
			now = now.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "hours")) * time.Hour)
			var version *details.Details
			var event domain.Event = details.Erased{}
			if rapid.IntRange(0, 4).Draw(t, "kind") > 0 {
				version = &details.Details{Name: fmt.Sprint("name ", i), Address: "a\nb"}
				event = details.Set{Details: version}
			}
			if _, err := store.Execute(b.Ctx, ledger, testbed.To(stream, event).Command()); err != nil {
				t.Fatal(err)
			}
			history = append(history, given{version, now})
		}
		err := pgx.BeginFunc(b.Ctx, b.Admin, func(tx pgx.Tx) error {
			instants := []time.Time{begin.Add(-time.Hour), now.Add(time.Hour)}
			for _, h := range history {
				instants = append(instants, h.at, h.at.Add(-time.Microsecond))
			}
			for _, at := range instants {
				found, ok, err := FindBillingDetails(b.Ctx, tx, ledger.ID, workspace, at)
				if want := inForce(history, at); err != nil || ok != (want != nil) || ok && *want != found.Details {
					t.Fatalf("at %v: %+v, %v, %v, want %+v", at, found, ok, err, want)
				}
			}
			found, ok, err := FindDetails(b.Ctx, tx, ledger.ID, stream)
			if want := inForce(history, now); err != nil || ok != (want != nil) || ok && (*want != found.Details || found.Version != int64(len(history))) {
				t.Fatalf("now: %+v, %v, %v, want %+v", found, ok, err, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func (b *bench) liveLedger(name string) eventstore.Ledger {
	b.T.Helper()
	conn, err := pgx.Connect(b.Ctx, b.URL)
	if err != nil {
		b.T.Fatal(err)
	}
	defer conn.Close(context.Background())
	ledger, err := eventstore.CreateLedger(b.Ctx, conn, name, eventstore.ModeLive, begin)
	if err != nil {
		b.T.Fatal(err)
	}
	return ledger
}

// TestDetailsAreInNoReadModel follows details, erases them and rebuilds. Every read model is the same with and without
// them.
func TestDetailsAreInNoReadModel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run()
	const marker = "Zaphod"
	set := details.Set{Details: &details.Details{Name: marker}}
	for i, g := range randomHistory(t, 60).history {
		p.Appended(b.Ledger.ID, b.AppendTo(b.Ledger, g))
		if i%10 == 0 {
			p.Appended(b.Ledger.ID, b.Append(details.BillingStream("acme"), set))
			p.Appended(b.Ledger.ID, b.Append(details.MemberStream("acme", "ann"), set))
		}
	}
	// In the transaction of a query of any read model, as an invoice is printed.
	p.await(b.Tail())
	p.see(Invoices, b.Ledger, func(ctx context.Context, tx pgx.Tx) error {
		found, ok, err := FindBillingDetails(ctx, tx, b.Ledger.ID, "acme", begin)
		if !ok || found.Name != marker || !found.SetAt.Equal(begin) {
			t.Errorf("found %+v, %v", found, ok)
		}
		return err
	})
	p.Appended(b.Ledger.ID, b.Append(details.BillingStream("acme"), details.Erased{}))
	p.Appended(b.Ledger.ID, b.Append(details.MemberStream("acme", "ann"), details.Erased{}))
	p.await(b.Tail())
	live := map[string]string{} // what was built while there were details
	for _, projection := range All() {
		live[projection.Name] = b.dumpVersion(projection.Name, 1)
	}
	for _, projection := range All() {
		p.rebuild(projection.Name)
		rebuilt := b.dumpVersion(projection.Name, 2)
		if diff := cmp.Diff(live[projection.Name], rebuilt); diff != "" || strings.Contains(rebuilt, marker) {
			t.Errorf("%s (-before +rebuilt without them):\n%s", projection.Name, diff)
		}
	}
	p.see(Invoices, b.Ledger, func(ctx context.Context, tx pgx.Tx) error {
		_, ok, err := FindBillingDetails(ctx, tx, b.Ledger.ID, "acme", begin)
		if ok {
			t.Error("what was erased is found")
		}
		return err
	})
}

// TestUnreadableDetailsAreNotQuoted keeps personal data out of errors, which are kept and logged.
func TestUnreadableDetailsAreNotQuoted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Append(details.BillingStream("acme"), details.Set{Details: &details.Details{Name: "x"}})
	b.Exec(`ALTER TABLE tallystick.private_parts DISABLE TRIGGER refuse_rewriting;
		UPDATE tallystick.private_parts SET data = '{"name":31415926}'`)
	err := pgx.BeginFunc(b.Ctx, b.Admin, func(tx pgx.Tx) error {
		_, _, err := FindDetails(b.Ctx, tx, b.Ledger.ID, details.BillingStream("acme"))
		return err
	})
	if err == nil || strings.Contains(err.Error(), "31415") {
		t.Errorf("found: %v", err)
	}
}
