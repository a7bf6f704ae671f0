package main

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/domain/money"
)

// totals add up debits and credits by currency.
type totals map[money.Currency]*sides

type sides struct{ debit, credit money.Amount }

// add adds a posting; a debit is positive.
func (t totals) add(amount money.Amount) (err error) {
	of := t[amount.Currency()]
	if of == nil {
		of = &sides{money.Zero(amount.Currency()), money.Zero(amount.Currency())}
		t[amount.Currency()] = of
	}
	if amount.Sign() > 0 {
		of.debit, err = of.debit.Add(amount)
	} else {
		of.credit, err = of.credit.Sub(amount)
	}
	return err
}

// compare holds the sums against those of a manifest.
func (t totals) compare(claimed []controlTotal) error {
	var found []controlTotal
	for _, currency := range slices.SortedFunc(maps.Keys(t), cmp.Compare) {
		found = append(found, controlTotal{string(currency), t[currency].debit.Plain(), t[currency].credit.Plain()})
	}
	if !slices.Equal(found, claimed) {
		return badAnywhere(whatTotals, "the journal comes to %v, and the manifest says %v", found, claimed)
	}
	return nil
}

// checkManifest compares the journal with the manifest beside it, where there is one of it.
func (l *ledgerLines) checkManifest(path string) error {
	content, err := os.ReadFile(filepath.Join(filepath.Dir(path), manifestName))
	if os.IsNotExist(err) {
		return nil
	}
	var m manifest
	if err == nil {
		err = json.Unmarshal(content, &m)
	}
	if err != nil || m.Format != manifestFormat {
		return badAnywhere(whatManifest, "%s can't be read, or is not of the form %s: %v", manifestName, manifestFormat, err)
	}
	for _, file := range m.Files {
		if file.Name != filepath.Base(path) {
			continue
		}
		l.verdict.Ledger = m.Ledger
		if l.position > m.Position {
			return bad(l.position, whatManifest, "the manifest is of position %d", m.Position)
		}
		if err := l.totals.compare(m.ControlTotals); err != nil {
			return err
		}
		return file.check(path)
	}
	return nil
}
