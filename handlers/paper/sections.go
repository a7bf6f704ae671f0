package paper

import (
	"strings"

	"github.com/tallystick/tallystick/domain/money"
)

// payment says how the rest is to be paid.
func (i Invoice) payment(s *Sheet) {
	if i.Outstanding.Sign() <= 0 || i.WrittenOff.Sign() > 0 || (i.Status != StatusIssued && i.Status != StatusOpen) {
		return
	}
	section := Section{Heading: "How to pay"}
	until := ""
	if i.Due != nil && i.Status == StatusIssued && !i.Overdue {
		until = " by " + Day(*i.Due, i.Zone)
	}
	if i.Overdue {
		until = " now"
	}
	reference := i.Number
	if reference == "" {
		reference = i.ID
	}
	bank := i.Seller.Bank
	switch {
	case i.Automatic && bank != nil:
		section.Text = []string{Price(i.Outstanding) + " is collected with your payment method. It can be paid by transfer, too."}
	case i.Automatic:
		section.Text = []string{Price(i.Outstanding) + " is collected with your payment method."}
	case bank != nil:
		section.Text = []string{"Please transfer " + Price(i.Outstanding) + until + "."}
	default:
		section.Text = []string{"Please pay " + Price(i.Outstanding) + until + " and give the reference."}
	}
	if bank != nil {
		section.fact("Account holder", i.seller())
		section.fact("Bank", bank.Name)
		section.fact("IBAN", grouped(bank.IBAN))
		section.fact("Account", bank.Account)
		section.fact("BIC", bank.BIC)
	}
	section.fact("Reference", reference)
	if bank == nil {
		section.fact("Questions to", join(i.Seller.Email, i.Seller.Phone))
	}
	s.Sections = append(s.Sections, section)
}

func (s *Section) fact(name, value string) {
	if value != "" {
		s.Pairs = append(s.Pairs, Pair{name, value})
	}
}

// grouped writes an IBAN in groups of four, as banks do.
func grouped(iban string) string {
	compact, groups := strings.ReplaceAll(iban, " ", ""), []string(nil)
	for len(compact) > 4 {
		groups, compact = append(groups, compact[:4]), compact[4:]
	}
	return strings.Join(append(groups, compact), "\u00a0")
}

// movements lists payments, credit notes and refunds.
func (i Invoice) movements(s *Sheet) {
	if len(i.Payments) > 0 {
		section := Section{Heading: "Payments"}
		for _, p := range i.Payments {
			entry := Entry{Date: shortDay(p.Paid, i.Zone), Text: p.Reference, Amount: figure(p.Amount)}
			if !p.Rest.IsZero() {
				entry.Detail = figure(p.Rest) + " more became your credit"
			}
			section.Entries = append(section.Entries, entry)
		}
		s.Sections = append(s.Sections, section)
	}
	if len(i.CreditNotes) > 0 {
		section := Section{Heading: "Credit notes"}
		for _, n := range i.CreditNotes {
			section.Entries = append(section.Entries, Entry{
				Date: shortDay(n.Issued, i.Zone), Text: join(n.Number, n.Reason), Detail: n.use(), Amount: figure(n.Total),
			})
		}
		s.Sections = append(s.Sections, section)
	}
	if len(i.Lowered) > 0 && len(i.CreditNotes)+len(i.Lowered) > namedMost {
		section := Section{Heading: "Set off"}
		for _, l := range i.Lowered {
			section.Entries = append(section.Entries, Entry{Text: "Credit from " + l.Number, Amount: figure(l.Amount)})
		}
		s.Sections = append(s.Sections, section)
	}
	if len(i.Refunds) > 0 && i.Total.Sign() >= 0 {
		s.Sections = append(s.Sections, i.refunds(i.Refunds))
	}
}

func (d Document) refunds(refunds []Refund) Section {
	section := Section{Heading: "Refunds"}
	for _, r := range refunds {
		entry := Entry{Text: "To be paid back", Amount: figure(r.Amount)}
		if r.Returned != nil {
			entry.Date, entry.Text = shortDay(*r.Returned, d.Zone), "Paid back"
		}
		section.Entries = append(section.Entries, entry)
	}
	return section
}

// use describes where a credit note's total went.
func (n IssuedNote) use() string {
	var parts []string
	for _, part := range []struct {
		amount money.Amount
		where  string
	}{{n.Reduced, " off what was to be paid"}, {n.Credit, " to your credit"}, {n.Refund, " refunded"}} {
		if !part.amount.IsZero() {
			parts = append(parts, figure(part.amount)+part.where)
		}
	}
	return join(parts...)
}
