package client_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os/exec"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tallystick/tallystick/eventstore/pgtest/scratch"
)

// stage is a ledger on which the examples of the document work.
type stage struct {
	t        *testing.T
	url, key string
	position string // that the last answer showed
	// names fill the places of a path, where the operation has none of its own.
	names map[string]string
	// keys and bodies hold what the license keys and members of bodies are of an operation whose example can't have them.
	keys   map[string]string
	bodies map[string]map[string]string
}

// needs bring about what an operation needs in its workspace, beside a subscription of five seats: method, path below the
// workspace, body.
var needs = map[string][][3]string{
	"accept-seat":            {{"DELETE", "seats/ada", ""}, {"POST", "seats", `{"member":"ada","role":"member","state":"invited"}`}},
	"allocate-seat":          {{"DELETE", "seats/ada", ""}},
	"cancel-pending-change":  {{"POST", "subscription/seats", `{"seats":3}`}},
	"cancel-trial":           {{"POST", "trial", `{"price":"pro-year","seats":5}`}},
	"convert-trial":          {{"POST", "trial", `{"price":"pro-year","seats":5}`}},
	"downgrade-subscription": {{"POST", "subscription/upgrade", `{"price":"pro-year"}`}},
	"erase-billing-details":  {{"PUT", "billing-details", `{"name":"Ada"}`}},
	"erase-member-details":   {{"PUT", "members/ada/details", `{"name":"Ada"}`}},
	"extend-trial":           {{"POST", "trial", `{"price":"pro-year","seats":5}`}},
	"pay-invoice":            {{"POST", "payment-methods", `{"gateway":"sandbox","token":"tok_ok"}`}},
	"remove-discount":        {{"POST", "subscription/discount", `{"coupon":"early"}`}},
	"refund-credit": {
		{"POST", "/v1/invoices/{invoice}/record-payment", `{"amount":{"amount":"60.00","currency":"USD"},"reference":"wire"}`},
		{"POST", "subscription/cancel", `{"when":"now","settlement":"credit"}`},
	},
	"resume-subscription":   {{"POST", "subscription/pause", ""}},
	"uncancel-subscription": {{"POST", "subscription/cancel", `{"when":"period_end"}`}},
}

// bare lists the operations whose workspace has no subscription yet.
var bare = map[string]bool{
	"link-workspace-license": true, "sync-workspace-license": true, "unlink-workspace-license": true, "upload-workspace-license": true,
	"create-payment-link": true, "create-subscription": true, "start-trial": true, "cancel-trial": true, "convert-trial": true, "extend-trial": true,
}

// refused lists the operations whose one request can't work here, with the code that it is refused with.
var refused = map[string]string{
	"cancel-pending-update":  "invalid_transition", // needs a payment that waits
	"create-price":           "price_exists",       // made already, like the product
	"create-product":         "product_exists",
	"get-member-payments":    "parameter_invalid",       // takes one of two parameters, of which none is required
	"retry-job":              "job_not_found",           // needs a job that waits for an operator
	"park-job":               "job_not_found",           // as above
	"resolve-payment":        "invalid_transition",      // needs a gateway that never tells
	"receive-stripe-webhook": "endpoint_unknown",        // needs a signature
	"remove-stripe-webhook":  "endpoint_unknown",        // needs an endpoint's id
	"get-gateway-event-raw":  "gateway_event_not_found", // needs a message of a gateway
	"retry-refund":           "invalid_transition",      // needs a refund of what a gateway took

	"reinstate-license": "license_not_suspended",
}

// newStage makes a ledger and fills it, by a server that may stand behind a proxy.
func newStage(t *testing.T, url string) *stage {
	t.Helper()
	s := &stage{t: t, url: url, keys: map[string]string{}, bodies: map[string]map[string]string{}}
	s.open("contract")
	for _, product := range []string{"pro", "old"} {
		s.do("POST", "/v1/products", `{"code":"`+product+`","name":"Pro","tier":10,"features":{"calls":true},"limits":{"calls":{"limit":1000,"per":null}}}`)
		s.do("POST", "/v1/products/"+product+"/prices", `{"code":"`+product+`-month","currency":"USD","interval":"month","unit_amount":"12.00"}`)
	}
	s.do("POST", "/v1/products/pro/prices", `{"code":"pro-year","currency":"USD","interval":"year","unit_amount":"120.00","trial_days":14}`)
	s.do("POST", "/v1/coupons", `{"code":"early","duration":"forever","percent_off":"10"}`)
	s.do("PUT", "/v1/dunning", `{"cancel_after_days":null}`)
	s.do("PUT", "/v1/seller", `{"legal_name":"Acme Ltd","address":"1 High Street","country":"GB"}`)
	invoice := s.workspace("acme", false)
	s.do("PUT", "/v1/workspaces/acme/billing-details", `{"name":"Ada"}`)
	s.do("PUT", "/v1/workspaces/acme/members/ada/details", `{"name":"Ada"}`)
	s.names = map[string]string{
		"workspace": "acme", "product": "pro", "price": "pro-month", "coupon": "early", "member": "ada", "stream": "subscription:acme", "number": "INV-000001", "feature": "calls", "flag": "calls",
		"invoice":     invoice,
		"credit_note": s.do("POST", "/v1/invoices/"+invoice+"/credit-notes", `{"amount":{"amount":"1.20","currency":"USD"},"reason":"outage"}`)["id"].(string),
		"item":        s.do("POST", "/v1/workspaces/acme/invoice-items", `{"currency":"USD","description":"Setup","unit_amount":"150.00"}`)["id"].(string),
	}
	s.names["refund"] = s.refund("left")
	s.names["position"], s.names["level"], s.names["tile"], s.names["size"] = "1", "0", "000.p%2F1", s.sealed()
	s.names["period"] = "2026-01"
	s.names["export"], s.names["file"] = s.export(), "events.ndjson"
	s.names["endpoint"] = s.endpoint("stage")
	s.names["license"], _ = s.license("stage", "", "f00d")
	s.names["instance"] = "berlin"
	s.names["payment"], _ = s.charge("charged")
	s.names["dispute"] = s.dispute("disputed")
	s.do("POST", "/v1/webhook-endpoints/"+s.names["endpoint"]+"/test", "")
	s.names["delivery"] = s.first("/v1/webhook-endpoints/" + s.names["endpoint"] + "/deliveries")
	s.names["payment_link"] = s.do("POST", "/v1/workspaces/linked/payment-links", `{"price":"pro-month","seats":5}`)["id"].(string)
	for document, at := range map[string]string{"invoices": "/v1/invoices/" + invoice, "credit-notes": "/v1/credit-notes/" + s.names["credit_note"]} {
		s.names["/documents/"+document] = path.Base(s.do("POST", at+"/link", "")["url"].(string))
	}
	return s
}

// sealed waits for a checkpoint, and gives its size.
func (s *stage) sealed() string {
	s.t.Helper()
	s.do("GET", "/v1/audit/proofs/1", "")
	listed := s.do("GET", "/v1/audit/checkpoints", "")["data"].([]any)
	return fmt.Sprint(listed[0].(map[string]any)["size"])
}

// open makes a ledger and a key to it.
func (s *stage) open(ledger string) {
	s.t.Helper()
	s.run("ledger", "create", ledger)
	var key struct{ Key string }
	s.decode(s.run("key", "create", "--ledger", ledger, "--role", "admin", "--json"), &key)
	s.key = key.Key
}

// refund makes a refund that waits to be paid by hand, and gives its id.
func (s *stage) refund(workspace string) string {
	s.t.Helper()
	invoice := s.workspace(workspace, false)
	s.do("POST", "/v1/invoices/"+invoice+"/record-payment", `{"amount":{"amount":"60.00","currency":"USD"},"reference":"wire"}`)
	s.do("POST", "/v1/workspaces/"+workspace+"/subscription/cancel", `{"when":"now","settlement":"refund"}`)
	return s.first("/v1/refunds?workspace=" + workspace)
}

// attach gives a workspace a payment method, and gives its id.
func (s *stage) attach(workspace string) string {
	s.t.Helper()
	return s.do("POST", "/v1/workspaces/"+workspace+"/payment-methods", `{"gateway":"sandbox","token":"tok_ok"}`)["id"].(string)
}

// charge has the gateway take the money for a workspace's invoice, and gives the ids of the payment and of the charge.
func (s *stage) charge(workspace string) (payment, charge string) {
	s.t.Helper()
	invoice := s.workspace(workspace, false)
	s.attach(workspace)
	s.do("POST", "/v1/invoices/"+invoice+"/pay", "{}")
	payment = s.first("/v1/payments?workspace=" + workspace)
	for deadline := time.Now().Add(scratch.Patience); s.do("GET", "/v1/payments/"+payment, "")["status"] != "succeeded"; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("the payment %s does not succeed", payment)
		}
	}
	return payment, s.first("/v1/sandbox/charges?payment=" + payment)
}

// dispute has a workspace's customer dispute a charge, and gives the dispute's id.
func (s *stage) dispute(workspace string) string {
	s.t.Helper()
	_, charge := s.charge(workspace)
	s.do("POST", "/v1/sandbox/charges/"+charge+"/dispute", "{}")
	return s.first("/v1/disputes?workspace=" + workspace)
}

// first gives the id of the first that is listed.
func (s *stage) first(list string) string {
	s.t.Helper()
	listed := s.do("GET", list, "")["data"].([]any)
	if len(listed) == 0 {
		s.t.Fatalf("%s lists nothing", list)
	}
	return listed[0].(map[string]any)["id"].(string)
}

// export has the events exported, and gives the export's id.
func (s *stage) export() string {
	s.t.Helper()
	id := s.do("POST", "/v1/exports", `{"kind":"events"}`)["id"].(string)
	for deadline := time.Now().Add(scratch.Patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if s.do("GET", "/v1/exports/"+id, "")["status"] == "completed" {
			return id
		}
	}
	s.t.Fatal("the export is never complete")
	return ""
}

// endpoint makes a webhook endpoint that nobody can reach, and gives its id.
func (s *stage) endpoint(name string) string {
	s.t.Helper()
	return s.do("POST", "/v1/webhook-endpoints", `{"url":"https://hooks.example/`+name+`","types":["webhook.test"]}`)["id"].(string)
}

// license issues a license, which an installation uses unless its fingerprint is "", and gives its id and its key.
func (s *stage) license(licensee, more, fingerprint string) (id, key string) {
	s.t.Helper()
	issued := s.do("POST", "/v1/licenses", `{"licensee":"`+licensee+`","product":"pro","seats":5`+more+`}`)
	id = issued["license"].(map[string]any)["id"].(string)
	if fingerprint != "" {
		s.do("POST", "/v1/licenses/"+id+"/instances", `{"instance":"berlin","fingerprint":"`+fingerprint+`"}`)
	}
	return id, issued["key"].(string)
}

// installed gives an operation of an installation the license that it needs, and a workspace that has it.
func (s *stage) installed(operation, workspace string) {
	s.t.Helper()
	switch operation {
	case "activate-license":
		_, s.keys[operation] = s.license(operation, "", "")
	case "deactivate-license", "heartbeat-license", "sync-license", "fetch-license-file", "validate-license":
		_, s.keys[operation] = s.license(operation, "", "f00d")
	case "link-workspace-license":
		_, key := s.license(operation, "", "")
		s.bodies[operation] = map[string]string{"key": key}
	case "sync-workspace-license", "unlink-workspace-license":
		_, key := s.license(operation, "", "")
		s.do("POST", "/v1/workspaces/"+workspace+"/license/link", `{"key":"`+key+`"}`)
	case "upload-workspace-license":
		id, _ := s.license(operation, "", strings.TrimSpace(string(s.run("license", "fingerprint"))))
		s.bodies[operation] = map[string]string{"file": string(s.send("POST", "/v1/licenses/"+id+"/file", `{"instance":"berlin"}`, "Bearer "+s.key))}
	}
}

// workspace makes a workspace, with a subscription and its invoice unless it is bare.
func (s *stage) workspace(name string, bare bool) (invoice string) {
	s.t.Helper()
	if bare {
		return ""
	}
	bought := s.do("POST", "/v1/workspaces/"+name+"/subscription", `{"price":"pro-month","seats":5,"collection":"send_invoice"}`)
	s.do("POST", "/v1/workspaces/"+name+"/seats", `{"member":"ada","role":"member"}`)
	return bought["invoice"].(string)
}

// own gives an operation that changes something what it may change, so that no other one finds it changed.
func (s *stage) own(operation, method, at string) map[string]string {
	s.t.Helper()
	own := maps.Clone(s.names)
	switch {
	case strings.HasPrefix(at, "/documents/"):
		own["link"] = s.names[strings.Join(strings.Split(at, "/")[:3], "/")]
	case method == "GET":
	case operation == "archive-product" || operation == "change-product":
		own["product"] = "old"
	case operation == "preview-license-seats":
		own["license"], _ = s.license(operation, `,"workspace":"`+operation+`","price":"pro-month"`, "f00d")
	case operation == "remove-unused-license-seats":
		var key string
		own["license"], key = s.license(operation, "", "f00d")
		s.send("POST", "/v1/licenses/sync", `{"instance":"berlin","users":3}`, "License "+key)
	case strings.Contains(at, "{license}"):
		own["license"], _ = s.license(operation, "", "f00d")
		if operation == "add-license-instance" {
			s.do("DELETE", "/v1/licenses/"+own["license"]+"/instances/berlin", "")
		}
	case operation == "delete-webhook-endpoint":
		own["endpoint"] = s.endpoint("deleted")
	case operation == "retry-refund":
		own["refund"] = s.refund("waiting")
	case strings.Contains(at, "{dispute}"):
		own["dispute"] = s.dispute("at-" + operation)
	case strings.Contains(at, "{charge}") || strings.Contains(at, "{payment}"):
		own["payment"], own["charge"] = s.charge("at-" + operation)
	case operation == "archive-price":
		own["price"] = "old-month"
	case strings.Contains(at, "{invoice}"), strings.Contains(at, "{workspace}") && !strings.Contains(at, "{item}"):
		own["workspace"] = "at-" + operation
		own["invoice"] = s.workspace(own["workspace"], bare[operation])
		for _, need := range needs[operation] {
			at := strings.Replace(need[1], "{invoice}", own["invoice"], 1)
			if !strings.HasPrefix(at, "/") {
				at = "/v1/workspaces/" + own["workspace"] + "/" + at
			}
			s.do(need[0], at, need[2])
		}
		if strings.Contains(at, "{payment_method}") {
			own["payment_method"] = s.attach(own["workspace"])
		}
	}
	s.installed(operation, own["workspace"])
	return own
}

// run runs a command of the program beside the server.
func (s *stage) run(arguments ...string) []byte {
	s.t.Helper()
	output, err := exec.Command(program, append(arguments, "--data-dir", data)...).Output()
	if err != nil {
		s.t.Fatal(err)
	}
	return output
}

func (s *stage) decode(text []byte, into any) {
	s.t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		s.t.Fatalf("%v\n%s", err, text)
	}
}

// do sends a command that must succeed.
func (s *stage) do(method, at, body string) (answer map[string]any) {
	s.t.Helper()
	s.decode(s.send(method, at, body, "Bearer "+s.key), &answer)
	return answer
}

// send does the same with any credential, and gives the answer as it is.
func (s *stage) send(method, at, body, authorization string) []byte {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+at, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", authorization)
	request.Header.Set("Idempotency-Key", method+at+body)
	request.Header.Set("Min-Position", s.position)
	if s.position == "" {
		request.Header.Del("Min-Position")
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode/100 != 2 {
		s.t.Fatalf("%s %s %s: %d %s %v", method, at, body, response.StatusCode, answer, err)
	}
	s.position = response.Header.Get("Ledger-Position")
	return answer
}

// operations gives those of a document by their ids, each with its method and path.
func operations(t *testing.T, document string) map[string][2]string {
	t.Helper()
	parsed, err := openapi3.NewLoader().LoadFromFile(document)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][2]string{}
	for path, item := range parsed.Paths.Map() {
		for method, operation := range item.Operations() {
			all[operation.OperationID] = [2]string{method, path}
		}
	}
	return all
}
