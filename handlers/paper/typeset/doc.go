// Package typeset turns text of any script into lines of glyphs.
//
// It owns the fonts of the PDF, which are part of the program, and all that lies between a text and its picture: which font
// has a character, the forms that letters take beside one another, the order of text that runs from right to left, and the
// places where a line may end.
//
// Invariants: the same text gives the same lines; a line is never wider than asked, unless a single letter is; control
// characters and marks that would turn the order of the text around are left out. A character that no font has is drawn as
// an empty box, keeps its text, and is named by [Missing].
//
// The package knows nothing of documents or files. Measures are thousandths of the letters' size.
package typeset
