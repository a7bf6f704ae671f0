// Package paper owns the form of an invoice and of a credit note on paper: a page that prints and a PDF.
//
// An [Invoice] or a [CreditNote] holds plain values. Each makes one [Sheet], which has all words and figures of the paper,
// so that page and PDF can't differ in what they say; the page's template and the PDF's layout only place them.
//
// Invariants: the same values give the same bytes; any text is shown as it is and never becomes markup; the page loads
// nothing and runs nothing. Amounts have the currency's digits. Days are those of the document's time zone, and a period has
// both its first and its last day. Nothing is shown that would be zero or empty.
//
// The package does not own what an invoice says (domain/invoice), and knows neither HTTP nor the database.
package paper
