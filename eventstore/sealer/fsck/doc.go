// Package fsck holds a test alone: tessera's own client checks what the sealer made. It is a module of its own, so that the program
// does not depend on that.
package fsck
