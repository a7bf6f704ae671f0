// Package job owns which deadlines a person has stopped.
//
// What is parked is not carried out by itself. It is named by the deadline, with its instant, so that the next deadline of the
// same stream is not parked; and it ends when a person has it carried out.
//
// The package does not own when a deadline is, or what happens then (the streams' own packages).
package job
