// Package view has the parts of requests, answers and refusals that several nouns share: money, periods, lines of invoices,
// and refusals that more than one noun's rules make.
//
// The names of the types are those of the schemas in the OpenAPI document, less "View". A type whose name ends in Body is
// read strictly.
package view
