// Package payments serves what gateways take: payments, the payment methods of workspaces, and what the sandbox gateway was asked.
package payments
