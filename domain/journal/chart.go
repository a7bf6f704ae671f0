package journal

// Account is the code of an account.
type Account string

// The accounts of the books. Result stands in the balance sheet only.
const (
	Cash           Account = "1000"
	InTransit      Account = "1010"
	Disputed       Account = "1020"
	Receivable     Account = "1100"
	Deferred       Account = "2000"
	TaxPayable     Account = "2100"
	CustomerCredit Account = "2200"
	RefundsPayable Account = "2300"
	Result         Account = "3000"
	Revenue        Account = "4000"
	OneOffRevenue  Account = "4050"
	Refunds        Account = "4100"
	CreditNotes    Account = "4110"
	Voids          Account = "4130"
	CreditGranted  Account = "4150"
	Recoveries     Account = "4900"
	GatewayFees    Account = "5000"
	BadDebt        Account = "5100"
)

// Type tells on which side an account grows, and in which report it stands.
type Type string

const (
	Asset     Type = "asset"
	Liability Type = "liability"
	Equity    Type = "equity"
	Income    Type = "income"
	Expense   Type = "expense"
)

// ChartLine describes one account.
type ChartLine struct {
	Code Account
	Name string
	Type Type
}

// Chart lists all accounts in the order of their codes.
var Chart = []ChartLine{
	{Cash, "Cash", Asset},
	{InTransit, "Payments in transit", Asset},
	{Disputed, "Disputed payments", Asset},
	{Receivable, "Accounts receivable", Asset},
	{Deferred, "Deferred revenue", Liability},
	{TaxPayable, "Tax payable", Liability},
	{CustomerCredit, "Customer credit", Liability},
	{RefundsPayable, "Refunds payable", Liability},
	{Result, "Result", Equity},
	{Revenue, "Subscription revenue", Income},
	{OneOffRevenue, "One-off revenue", Income},
	{Refunds, "Refunds", Income},
	{CreditNotes, "Credit notes", Income},
	{Voids, "Voids", Income},
	{CreditGranted, "Credit granted", Income},
	{Recoveries, "Recoveries", Income},
	{GatewayFees, "Gateway fees", Expense},
	{BadDebt, "Bad debt", Expense},
}

// Describe gives the line of the chart with a code.
func (a Account) Describe() (ChartLine, bool) {
	for _, line := range Chart {
		if line.Code == a {
			return line, true
		}
	}
	return ChartLine{}, false
}
