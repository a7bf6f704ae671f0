// Package seller owns the profile of the seller whose ledger this is: who issues its documents, how it is paid, and how its
// documents are numbered.
//
// There is one stream for a ledger, and each of its events holds the whole profile. A document keeps the version that it was
// issued with, so that it looks the same for ever. Until there is a profile the defaults hold, and documents name no seller.
//
// The package does not own the documents (domain/invoice) nor their numbers (domain/numbering).
package seller
