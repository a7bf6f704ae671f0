// Package licensing serves the license of each workspace: what it comes to, whatever gives it, and how an installation has it from a
// seller elsewhere, by a license server or a file.
package licensing
