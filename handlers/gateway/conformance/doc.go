// Package conformance holds the cases that every gateway's adapter must pass, whatever is behind it.
//
// A test gives it an adapter and a [Script], which lets the other side behave in each of the ways that matter. The package
// does without the testing package, so that it can stand beside the code.
package conformance
