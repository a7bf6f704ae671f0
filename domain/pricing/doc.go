// Package pricing owns what things cost.
//
// [Terms] hold a price by value: the catalog makes them, and a subscription keeps a copy, so that what was bought stays
// what it was and replay never depends on the catalog of today. [Discount] is the same for a coupon, and a [Deduction] is a
// discount in use. An [Item] is something beside the seats. A [Tax] replaces what prices and items say, for one customer.
// [CompareTerms] is the default policy of changes.
//
// [Price] alone prices, called by previews and by execution, so that the two can't differ. An [Order] ends the lines in force
// and begins a charge at an instant; the [Bill] has
//
//	a credit for each line in force    its share of the original debit that is left, at most what is not credited yet
//	one charge of what begins          the full amount of all seats × the share of the full period that is left
//	or one charge of more seats        the difference of two full amounts × that share
//	a line for each item               its quantity × its unit amount, never discounted and never in force
//
// More seats can make a plan cheaper. Their line is negative then, and lowers charges in force: it names them, takes off each at most
// what taking it back at that instant would give, and has the very tax of each. A charge and what lowers it end together. So of
// every charge, at all times,
//
//	base − lowered − credited ≥ 0, and so for its tax
//	what ending it gives back is from nothing to that, and to its share of the rest of its period
//
// [PutInForce], [Debit.Left] and [Price] keep to that by themselves; whoever credits by hand takes no more than [Debit.Left].
//
// A line that was cut is in force no more, so it is never credited again. Shares are exact and count the day or second of
// the change as left; a stub is a share of the full period that ends with it, and the credit of a stub a share of the stub.
//
// Numbers are exact until one rounding of each line, half away from zero. The tax is rounded once for each rate of a bill
// and handed to the lines by largest remainder. A discount is rounded by itself: a percentage of the line's rounded amount, or
// the share of an amount. So a change and its reversal at one instant come to nothing, and with a discount as far as rounding
// goes.
//
// An amount is for a period: what the lines in force leave of it lowers further charges of the period. It is counted for a
// full period, so that a line which ends leaves all that it has. A voucher, an amount that is taken off once, is counted in
// money: it is taken whole, and a line that ends leaves the part that was not used.
//
// Invariants: the total is that of the lines; no discount exceeds its line, and no line is credited by more than its debit,
// in amount or in tax, together with what lowers it; a line's key is given once. Errors are faults of ours, since terms are checked when a price is made.
//
// The package does not own the validity of a price (domain/catalog), when a change takes effect (domain/subscription),
// nor numbers, due dates and payments (domain/invoice).
package pricing
