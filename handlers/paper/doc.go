// Package paper owns the form of an invoice on paper: a page that prints and a PDF.
//
// An [Invoice] holds plain values. Both forms are made from one sheet, which has all words and figures of the paper, so that
// they can't differ in what they say; the page's template and the PDF's layout only place them.
//
// Invariants: the same invoice gives the same bytes; any text is shown as it is and never becomes markup; the page loads
// nothing and runs nothing. Amounts have the currency's digits and dates are year-month-day, in no one's local form.
//
// The package does not own what an invoice says (domain/invoice), and knows neither HTTP nor the database.
package paper
