package journal

import (
	"cmp"
	"slices"
)

// Memory is a shelf in memory. Its zero value is empty.
type Memory struct {
	invoices map[string]*Invoice
	payments map[string]*Payment
	refunds  map[string]*Refund
}

// NewMemory makes an empty shelf.
func NewMemory() *Memory {
	return &Memory{invoices: map[string]*Invoice{}, payments: map[string]*Payment{}, refunds: map[string]*Refund{}}
}

// Invoice finds an invoice.
func (m *Memory) Invoice(id string) (*Invoice, error) { return m.invoices[id], nil }

// PutInvoice keeps an invoice.
func (m *Memory) PutInvoice(i *Invoice) error {
	m.invoices[i.ID] = i
	return nil
}

// Payment finds a payment.
func (m *Memory) Payment(id string) (*Payment, error) { return m.payments[id], nil }

// PutPayment keeps a payment.
func (m *Memory) PutPayment(p *Payment) error {
	m.payments[p.ID] = p
	return nil
}

// Refund finds a refund.
func (m *Memory) Refund(id string) (*Refund, error) { return m.refunds[id], nil }

// PutRefund keeps a refund.
func (m *Memory) PutRefund(r *Refund) error {
	m.refunds[r.ID] = r
	return nil
}

// Unearned gives all at once.
func (m *Memory) Unearned(after int64) (all []*Invoice, err error) {
	for _, i := range m.invoices {
		if i.Made > after && i.IsUnearned() {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b *Invoice) int { return cmp.Compare(a.Made, b.Made) })
	return all, nil
}
