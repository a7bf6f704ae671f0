// Package money owns amounts of money: exact decimals of one currency, always a whole number of that currency's minor
// units, and the only two ways to lose nothing when a number does not come out even:
//
//	[RoundHalfAwayFromZero]  an exact ratio becomes an amount, once, at the end of a calculation
//	[Amount.Allocate]        an amount is split by weights, and the parts add up to it exactly
//
// Amounts of different currencies are never added, compared or mixed: that is an error, or a panic where they can't differ,
// and never a number. No binary floating point appears anywhere.
//
// The package does not own prices, taxes or proration (domain/pricing), nor accounts (domain/journal).
package money
