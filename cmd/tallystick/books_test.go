package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// customers is the number of workspaces that are billed each month.
const customers = 12

// sell opens a shop and sells each customer seats by the month, which credit pays for, so that nobody is ever past due. Half of
// them came later, so that not all are due at once.
func (s *server) sell() {
	s.t.Helper()
	s.must("POST", "/v1/products", "pro", `{"code":"pro","name":"Pro","tier":1}`, 201)
	s.must("POST", "/v1/products/pro/prices", "month", `{"code":"month","currency":"USD","interval":"month","unit_amount":"9.99","tax_rate":"0.19"}`, 201)
	for i := range customers {
		if i == customers/2 {
			s.advanceTo(s.clock().AddDate(0, 0, 3))
		}
		s.must("POST", fmt.Sprintf("/v1/workspaces/c-%d/credits", i), fmt.Sprint("credit-", i),
			`{"amount":{"amount":"100000000.00","currency":"USD"},"reason":"paid ahead"}`, 201)
		s.must("POST", fmt.Sprintf("/v1/workspaces/c-%d/subscription", i), fmt.Sprint("buy-", i),
			fmt.Sprintf(`{"price":"month","seats":%d,"collection":"send_invoice"}`, 1+i), 201)
	}
}

// clock reads the sandbox's clock.
func (s *server) clock() time.Time {
	s.t.Helper()
	var stands struct {
		Now time.Time `json:"now"`
	}
	s.read("/v1/clock", &stands)
	return stands.Now
}

// advanceTo advances the clock to an instant.
func (s *server) advanceTo(to time.Time) {
	s.t.Helper()
	s.must("POST", "/v1/clock/advance", "", fmt.Sprintf(`{"to":%q}`, to.Format(time.RFC3339Nano)), http.StatusOK)
}

// tryAdvance works as advanceTo does, for a client that may get no answer or a refusal.
func (s *server) tryAdvance(ctx context.Context, to time.Time) (answer, error) {
	return s.request(ctx, "POST", "/v1/clock/advance", "", fmt.Sprintf(`{"to":%q}`, to.Format(time.RFC3339Nano)))
}

// read decodes the answer to a GET of a path.
func (s *server) read(path string, into any) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(s.must("GET", path, "", "", http.StatusOK).body), into); err != nil {
		s.t.Fatalf("%s: %v", path, err)
	}
}

// bills counts the invoices with a number.
func (s *server) bills() int { return s.count("invoice.finalized.v1") }

// count counts the events of a type.
func (s *server) count(eventType string) (n int) {
	s.t.Helper()
	for _, event := range s.events() {
		if event.Type == eventType {
			n++
		}
	}
	return n
}

// awaitBills waits until there are so many.
func (s *server) awaitBills(n int) {
	s.t.Helper()
	s.until(fmt.Sprintf("there are %d bills", n), func() bool { return s.bills() >= n })
}

// judgeBooks holds all bills against what every customer must have got by now, however often whoever made them was cut
// off: numbers without a hole, no line twice, one bill for each period, and no period left out until today. It gives the
// log's last position.
func (s *server) judgeBooks() (last int64) {
	s.t.Helper()
	lines, billed, numbers := map[string]bool{}, map[string]time.Time{}, map[string]int{}
	for _, event := range s.events() {
		last = event.Position
		data := event.Data
		switch event.Type {
		case "invoice.finalized.v1":
			series := data.Number[:strings.LastIndex(data.Number, "-")+1]
			numbers[series]++
			if want := fmt.Sprintf("%s%06d", series, numbers[series]); data.Number != want {
				s.t.Fatalf("number %s, want %s", data.Number, want)
			}
		case "invoice.drafted.v1":
			for _, line := range data.Bill.Lines {
				if lines[line.Key] {
					s.t.Errorf("line %s is billed twice", line.Key)
				}
				lines[line.Key] = true
			}
			until, known := billed[data.Workspace]
			switch {
			case !strings.HasPrefix(data.Workspace, "c-"): // billed for something else than a month
			case data.Reason == "change":
			case known && !until.Equal(data.Period.Start):
				s.t.Errorf("%s is billed until %v and again from %v", data.Workspace, until, data.Period.Start)
			default:
				billed[data.Workspace] = data.Period.End
			}
		}
	}
	if len(billed) != customers {
		s.t.Errorf("%d customers have bills", len(billed))
	}
	now := s.clock()
	for workspace, until := range billed {
		if !until.After(now) || until.After(now.AddDate(0, 1, 1)) {
			s.t.Errorf("%s is billed until %v, and it is %v", workspace, until, now)
		}
	}
	s.t.Logf("bills %v with %d lines, %d events", numbers, len(lines), last)
	return last
}
