// Package tax owns how each workspace is taxed: as its prices say, at a rate of its own, not at all, or by reverse charge.
//
// There is a stream for each workspace that was ever told apart. What is set holds for bills from then on: quotes and changes
// that wait for money keep the tax that they were priced with, and a credit gives back the very tax that was charged.
//
// The package does not own rates of prices (domain/catalog) nor how tax is computed (domain/pricing).
package tax
