// Package gateway says what Tallystick asks of those who take money: the port that each adapter implements.
//
// A charge has a key, and so has a refund. Asked twice with one key, a gateway charges once and answers as before, so that
// whoever does not know whether it was asked asks again. What a gateway says is told in the words of domain/payment and
// domain/refund; an error says that nothing is known, or, where it is ErrUnreachable, that the gateway was surely not asked.
//
// All adapters pass the cases of package conformance.
//
// The package does not own what becomes of an answer (domain/payment), nor when a gateway is asked (handlers/process).
package gateway
