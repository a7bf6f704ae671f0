// Package pdf writes PDF files: pages with lines of text, rules, boxes and pictures, and the parts of fonts that they use.
//
// Invariants: the same pages give the same bytes; a file needs no font but its own, and its text can be searched and copied
// in the order of reading. Places and measures are in millimetres from a page's upper left corner, and sizes of letters in points.
//
// The package does not lay text out (handlers/paper/typeset does) and knows nothing of what a document says.
package pdf
