// Package paper owns how an invoice looks on paper: as a page that prints and as a PDF.
//
// An [Invoice] is plain values. Both forms are made of one sheet, which says in words and figures all that the paper has,
// so that they can't differ in what they say; the page's template and the PDF's layout only place it.
//
// Invariants: the same invoice gives the same bytes; whatever a text has in it is shown and never becomes markup; the page
// loads nothing and runs nothing. Amounts have the currency's digits and dates are year-month-day, in no one's local form.
//
// The package does not own what an invoice says (domain/invoice), and knows neither HTTP nor the database.
package paper
