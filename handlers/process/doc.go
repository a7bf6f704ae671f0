// Package process issues the commands that nobody sends: it carries out deadlines.
//
// # Deadlines
//
// The read model of that name lists the deadlines with their instants: trial ends and their reminders, renewals, payments
// that did not come, invitations that lapse. A row only hints where to look: the command asks the stream's own rules, which
// carry out everything that is due by the ledger's clock, each as of its own instant. So a late runner writes the same
// events as a punctual one, and a second one finds nothing to do. The table in commands.go has the command for each type
// of stream.
//
// One runner at a time works on a ledger: it holds a lease, a lock of its database session that ends with it. The lease
// only saves work; the rules are right without it.
//
// The runner logs a deadline that its stream refuses, that meets a fault of ours or by which nothing happens, and leaves it
// alone for a while. It holds up no other deadline, and neither does a ledger whose read model stands still.
//
// # A sandbox's clock
//
// Advancing goes from deadline to deadline: it sets the clock to the next one's instant, carries out the deadlines of that
// instant with all that they cause, and so on until the clock stands where it was asked to. A program that is killed on the
// way leaves the clock at a deadline, and so does a fault; advancing again goes on from there. A refused deadline does not
// stop the clock.
//
// The package does not own what happens at a deadline (domain/…), how the streams join (handlers/command) or when a
// deadline is (package projections).
package process
