package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
)

const dayLong = 24 * time.Hour

// laterPlays are those of the ladder of dunning, and of the comparison with the gateway.
func laterPlays() []*play {
	return []*play{
		{name: "overdue", points: []string{"ladder"}, gateway: true, wakes: 2 * dayLong, ready: does(owes), holds: stands("past_due", 0)},
		{name: "restrict", points: []string{"ladder"}, gateway: true, token: "tok_ok.expired_card", wakes: 15 * dayLong, ready: renewed(32 * dayLong), holds: stands("restricted", 2)},
		{name: "cancel", points: []string{"ladder"}, gateway: true, token: "tok_ok.expired_card", wakes: 14 * dayLong, ready: renewed(47 * dayLong), holds: stands("canceled", 2)},
		{name: "compare", points: []string{"compares"}, gateway: true, token: "tok_ok", wakes: dayLong, ready: sentBackSilently, holds: comparedOnce},
		{name: "repair", points: []string{"attempted"}, gateway: true, token: "tok_ok", ready: sentBackSilently, acts: repairs, holds: repairedOnce},
	}
}

// owes makes a request that buys a subscription whose invoices are sent.
func owes(workspace string) (method, path, body string) {
	return "POST", on(workspace, "/subscription"), `{"price":"month","seats":1,"collection":"send_invoice","days_until_due":0}`
}

// renewed has a workspace buy a subscription, and lets so much time pass.
func renewed(after time.Duration) func(*killing, *play, string) {
	return func(k *killing, p *play, workspace string) {
		does(buys)(k, p, workspace)
		k.advance(p, after)
	}
}

// sentBackSilently has a gateway send back a part of what it took, and tell nobody.
func sentBackSilently(k *killing, p *play, workspace string) {
	does(buys)(k, p, workspace)
	var charges struct{ Data []struct{ ID string } }
	p.read(k, "/v1/sandbox/charges?workspace="+workspace, &charges)
	if len(charges.Data) != 1 {
		k.t.Errorf("%s: %s has the charges %v", p.name, workspace, charges.Data)
		return
	}
	k.sends(p, "/v1/sandbox/charges/"+charges.Data[0].ID+"/refund", `{"amount":{"amount":"5.00","currency":"USD"},"silent":true}`)
}

// repairs makes a request that repairs what the gateway knows otherwise.
func repairs(string) (method, path, body string) {
	return "POST", "/v1/billing-sync/repair", `{}`
}

// stands tells what is wrong with a subscription that must be so, after so many charges. What its end gives back is given once.
func stands(status string, charges int) func(*killing, *play) string {
	return func(k *killing, p *play) string {
		var now struct{ Status string }
		var asked struct{ Data []charged }
		var notes struct {
			Data []struct{ Total struct{ Amount string } }
		}
		var owed struct{ Receivable, Credit struct{ Amount string } }
		p.read(k, on(p.workspace, "/subscription"), &now)
		p.read(k, "/v1/sandbox/charges?workspace="+p.workspace, &asked)
		p.read(k, "/v1/credit-notes?workspace="+p.workspace, &notes)
		p.read(k, on(p.workspace, "/balance"), &owed)
		if now.Status != status || len(asked.Data) != charges || len(notes.Data) > 1 || status != "canceled" && len(notes.Data) > 0 ||
			owed.Credit.Amount != "0.00" || owed.Receivable.Amount == "0.00" {
			return fmt.Sprintf("is not %s once: %+v %+v %+v %+v", status, now, asked.Data, notes.Data, owed)
		}
		return ""
	}
}

// comparedOnce tells what is wrong with a night that must have found what was sent back, which is then repaired.
func comparedOnce(k *killing, p *play) string {
	if !poll(func() bool {
		var jobs struct{ Data []struct{ Status string } }
		p.read(k, "/v1/jobs?kind=billing_sync", &jobs)
		return len(jobs.Data) == 1 && jobs.Data[0].Status == "failed"
	}) {
		return "was not found to differ"
	}
	if repaired, wrong := p.repair(k, "first"); wrong != "" || repaired != 1 {
		return fmt.Sprintf("has %d repairs %s", repaired, wrong)
	}
	return repairedOnce(k, p)
}

// repairedOnce tells what is wrong with a charge of which a part must have gone back once.
func repairedOnce(k *killing, p *play) string {
	if repaired, wrong := p.repair(k, "again"); wrong != "" || repaired != 0 {
		return fmt.Sprintf("is repaired again: %d %s", repaired, wrong)
	}
	var refunds struct {
		Data []struct {
			Status string
			Amount struct{ Amount string }
		}
	}
	var notes struct{ Data []struct{ Reason string } }
	p.read(k, "/v1/refunds?workspace="+p.workspace, &refunds)
	p.read(k, "/v1/credit-notes?workspace="+p.workspace, &notes)
	if len(refunds.Data) != 1 || refunds.Data[0].Status != "succeeded" || refunds.Data[0].Amount.Amount != "5.00" || len(notes.Data) != 1 || notes.Data[0].Reason != "gateway" {
		return fmt.Sprintf("is not sent back once: %+v %+v", refunds.Data, notes.Data)
	}
	return ""
}

// repair repairs all that differs.
func (p *play) repair(k *killing, key string) (repaired int, wrong string) {
	method, path, body := repairs(p.workspace)
	got := k.ask(p, 0, method, path, key+" repair of "+p.workspace, body)
	var done struct{ Repaired, Left []any }
	if got.status != http.StatusOK || json.Unmarshal([]byte(got.body), &done, json.MatchCaseInsensitiveNames(true)) != nil || len(done.Left) > 0 {
		return 0, fmt.Sprintf("%d %s", got.status, got.body)
	}
	return len(done.Repaired), ""
}
