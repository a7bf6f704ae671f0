// Package entitlement owns what a workspace may use beside what its plan says: overrides of features, how much of the limited
// ones was used, and the license that is its plan. It also resolves what a feature comes to.
//
// There is a stream for each workspace. A limit is judged in the stream where use is counted, so that no use goes beyond it,
// however many ask at once. Use of a feature whose limit is for a period begins at zero with each; use of any other never does.
//
// What a feature comes to is resolved in this order: an override, the license, the trial or subscription, the free product.
// Nothing is appended when an override ends or a license expires: the clock says that.
//
// The package does not own what products have (domain/catalog), what a workspace bought (domain/subscription) nor the licenses
// (domain/license). Their parts come in as plain values.
package entitlement
