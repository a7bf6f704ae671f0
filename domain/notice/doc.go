// Package notice owns what a workspace is told ahead of time or too late: that an invoice will come, and that one is overdue.
//
// There is one stream for a workspace. Its events change nothing: they are facts for whoever sends mails and webhooks, and a
// stream of their own keeps them from moving the subscription, whose version quotes are pinned to. Each is told once, when it
// is due.
//
// The package does not own when a subscription is renewed (domain/subscription) nor which invoices expect money (domain/account);
// it gets both as plain values.
package notice
