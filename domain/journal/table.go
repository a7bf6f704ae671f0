package journal

// Kind names a row of the posting table.
type Kind string

// Part names an amount of a row.
type Part string

// Kinds of entries.
const (
	KindIssue          Kind = "issue"           // an invoice is issued
	KindUseCredit      Kind = "use_credit"      // credit, and what was held for it, pays an invoice
	KindEarn           Kind = "earn"            // what was deferred is earned
	KindReceive        Kind = "receive"         // money came by hand
	KindCapture        Kind = "capture"         // a gateway took money
	KindSettle         Kind = "settle"          // money of a gateway is in the bank
	KindUnsettle       Kind = "unsettle"        // it is not there yet after all
	KindNote           Kind = "credit_note"     // an invoice is taken back
	KindVoid           Kind = "void"            // an invoice is void
	KindWriteOff       Kind = "write_off"       // what is owed is given up
	KindGrant          Kind = "grant"           // credit is given
	KindPayOut         Kind = "pay_out"         // credit is to be paid back
	KindRefund         Kind = "refund"          // money went back
	KindRefundReturned Kind = "refund_returned" // it did not arrive
	KindDispute        Kind = "dispute"         // a payment is disputed
	KindWon            Kind = "dispute_won"
	KindLost           Kind = "dispute_lost"
	KindReturn         Kind = "return" // a bank took money back
)

// Parts of entries.
const (
	PartTotal     Part = "total"    // what the customer owes
	PartDeferred  Part = "deferred" // what is not earned yet
	PartEarned    Part = "earned"   // what is earned, or was
	PartOneOff    Part = "one_off"  // what is earned at once
	PartTax       Part = "tax"
	PartOff       Part = "off"      // taken off what is owed
	PartCredit    Part = "credit"   // becomes or was the workspace's credit
	PartMoney     Part = "money"    // the money itself
	PartRefund    Part = "refund"   // is to go back as money
	PartRefunded  Part = "refunded" // of what was earned, that share
	PartFee       Part = "fee"
	PartFeePaid   Part = "fee_paid"
	PartLoss      Part = "loss"      // lost for good
	PartRegain    Part = "regain"    // of what was given up: a loss that is none any more
	PartRestore   Part = "restore"   // of what was given up: to be earned again
	PartRetax     Part = "retax"     // of what was given up: tax that is due again
	PartRecover   Part = "recover"   // beyond the loss that was booked
	PartDifferent Part = "different" // what an event of an earlier release does not explain
)

// Leg says on which side of which account an amount stands.
type Leg struct {
	Account Account
	Credit  bool
}

func debit(a Account) Leg  { return Leg{Account: a} }
func credit(a Account) Leg { return Leg{Account: a, Credit: true} }

// Table says what is posted, row by row. An amount below nothing stands on the other side.
var Table = map[Kind]map[Part]Leg{
	KindIssue: {
		PartTotal: debit(Receivable), PartDeferred: credit(Deferred), PartOneOff: credit(OneOffRevenue), PartTax: credit(TaxPayable),
		// Credit lines take charges back: what is unearned of them, what was earned, and what a negative total does with it.
		PartEarned: debit(CreditNotes), PartOff: credit(Receivable), PartCredit: credit(CustomerCredit),
		PartRegain: credit(BadDebt), PartRestore: credit(Deferred), PartRetax: credit(TaxPayable), PartDifferent: debit(CreditNotes),
	},
	KindUseCredit: {PartCredit: debit(CustomerCredit), PartOff: credit(Receivable)},
	KindEarn:      {PartDeferred: debit(Deferred), PartEarned: credit(Revenue)},
	KindReceive: {
		PartMoney: debit(Cash), PartOff: credit(Receivable), PartCredit: credit(CustomerCredit),
		PartRegain: credit(BadDebt), PartRecover: credit(Recoveries), PartRetax: credit(TaxPayable),
	},
	KindCapture: {
		PartMoney: debit(InTransit), PartOff: credit(Receivable), PartCredit: credit(CustomerCredit),
		PartRegain: credit(BadDebt), PartRecover: credit(Recoveries), PartRetax: credit(TaxPayable),
	},
	KindSettle:   {PartMoney: debit(Cash), PartOff: credit(InTransit), PartFee: debit(GatewayFees), PartFeePaid: credit(Cash)},
	KindUnsettle: {PartMoney: debit(InTransit), PartOff: credit(Cash)},
	KindNote: {
		PartDeferred: debit(Deferred), PartEarned: debit(CreditNotes), PartRefunded: debit(Refunds), PartTax: debit(TaxPayable),
		PartOff: credit(Receivable), PartCredit: credit(CustomerCredit), PartRefund: credit(RefundsPayable),
		PartRegain: credit(BadDebt), PartRestore: credit(Deferred), PartRetax: credit(TaxPayable), PartDifferent: debit(CreditNotes),
	},
	KindVoid: {
		PartDeferred: debit(Deferred), PartEarned: debit(Voids), PartTax: debit(TaxPayable), PartOff: credit(Receivable),
		PartCredit: credit(CustomerCredit), PartRegain: credit(BadDebt), PartRestore: credit(Deferred), PartRetax: credit(TaxPayable),
	},
	KindWriteOff: {
		PartDeferred: debit(Deferred), PartLoss: debit(BadDebt), PartTax: debit(TaxPayable), PartOff: credit(Receivable),
		PartDifferent: debit(BadDebt),
	},
	KindGrant:          {PartMoney: debit(CreditGranted), PartCredit: credit(CustomerCredit)},
	KindPayOut:         {PartCredit: debit(CustomerCredit), PartRefund: credit(RefundsPayable)},
	KindRefund:         {PartRefund: debit(RefundsPayable), PartMoney: credit(Cash)},
	KindRefundReturned: {PartMoney: debit(Cash), PartRefund: credit(RefundsPayable)},
	KindDispute:        {PartOff: debit(Disputed), PartMoney: credit(Cash), PartFee: debit(GatewayFees), PartFeePaid: credit(Cash)},
	KindWon:            {PartMoney: debit(Cash), PartOff: credit(Disputed), PartFee: debit(GatewayFees), PartFeePaid: credit(Cash)},
	KindLost: {
		PartTotal: debit(Receivable), PartCredit: debit(CustomerCredit), PartRefund: debit(RefundsPayable), PartLoss: debit(BadDebt),
		PartOff: credit(Disputed), PartFee: debit(GatewayFees), PartFeePaid: credit(Cash),
	},
	KindReturn: {
		PartTotal: debit(Receivable), PartCredit: debit(CustomerCredit), PartRefund: debit(RefundsPayable), PartLoss: debit(BadDebt),
		PartMoney: credit(Cash),
	},
}
