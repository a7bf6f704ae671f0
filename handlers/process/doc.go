// Package process issues the commands that nobody sends: it carries out what is due.
//
// # Deadlines
//
// The read model of that name says what is due when (trial ends and their reminders, renewals, payments that did not come,
// invitations that lapse). A row is no more than a hint where to look: the command asks the stream's own rules, which
// carry out everything that is due by the ledger's clock, each as of its own instant. So a late runner gives the same
// events as a punctual one, and a second one finds nothing to do.
//
// One runner at a time works on a ledger: it holds a lease, a lock of its database session that ends with it. The lease
// only saves work; what is right does not depend on it.
//
// A deadline that its stream refuses, that meets a fault of ours or by which nothing happens is logged and left alone for
// a while. It holds up no other, and neither does a ledger whose read model stands still.
//
// # A sandbox's clock
//
// Advancing it goes from deadline to deadline: the clock is set to the next one's instant, what is due then is carried
// out with all that it causes, and so on until the clock stands where it was asked to. A program that is killed on the
// way leaves the clock at a deadline; advancing again goes on from there. So does a fault, but never what is refused: the
// clock goes on without it.
//
// The package does not own what happens at a deadline (domain/…), how the streams join (handlers/command) or when it is
// (package projections).
package process
