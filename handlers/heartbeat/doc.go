// Package heartbeat keeps when the instances of licenses were heard of last. Heartbeats are no events: only the deaths and returns
// that follow from them are, and those are for the license's rules (domain/license).
package heartbeat
