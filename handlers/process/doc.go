// Package process issues the commands that nobody sends: it carries out deadlines, and asks the outside for what they need.
//
// # Deadlines
//
// The read model of that name lists the deadlines with their instants: trial ends and their reminders, renewals, payments
// that did not come, invitations that lapse, payment links that expire. A row only hints where to look: the command asks the stream's own rules, which
// carry out everything that is due by the ledger's clock, each as of its own instant. So a late runner writes the same
// events as a punctual one, and a second one finds nothing to do. The table in commands.go has the command for each type
// of stream.
//
// One query a second finds what is due in all live ledgers, and their rounds run side by side. One process at a time looks
// after the live ledgers, and one works on a sandbox: it holds a lease, a row that expires in ten seconds unless it is renewed.
// The lease only saves work; the rules are right without it. A sandbox's clock stands still, so sandboxes are looked at after
// a start, after events, and every ten minutes.
//
// The runner logs a deadline that its stream refuses, that meets a fault of ours or by which nothing happens, and leaves it
// alone for a while. It holds up no other deadline, and neither does a ledger whose read model stands still.
//
// # Errands
//
// A deadline that needs the outside, such as a payment whose gateway is to be asked, is an errand (errand.go, charge.go). It reads
// the stream's state, asks outside of every transaction with a key that follows from the state, and gives the command that records
// the answer. Killed in between, the row is still due, and the same is sent again: the other side knows the key. So nothing is done
// twice and nothing is forgotten. Errands go on by themselves, at most so many at once, and hold up no other deadline; an advance
// waits for its own.
//
// # What gateways tell
//
// A message of a gateway is kept before anything follows from it (notice.go). Whoever was cut off in between leaves one of which
// nothing became; the loop finds it, after a start and every minute, and does what follows (unheard.go).
//
// # A sandbox's clock
//
// Advancing goes from deadline to deadline in the order of time: the clock is set to the next one's instant, what is due then is
// carried out with all that it causes, and so on. One command does that for many deadlines (handlers/command), so that they
// cost one append; at the end the caller's command sets the clock to where it was asked to stand. Advances of a process take
// turns, command by command. A program that is killed on the way leaves the clock at a deadline, and so does a fault;
// advancing again goes on from there. A deadline that is refused is tried alone and does not stop the clock.
//
// # What releases before left
//
// Accounts did not always know of invoices and payments. [Adopt] tells them, once, because an operator asks for it; until then
// they learn of an invoice when something happens to it.
//
// The package does not own what happens at a deadline (domain/…), how the streams join (handlers/command) or when a
// deadline is (package projections).
package process
