package api

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

const (
	yearWorkspaces = 200
	yearBegin      = "2026-01-31T10:00:00Z"
)

// deed describes one request of a client about its workspace.
type deed struct {
	method, path string
	body         object
	pays         bool // the workspace's first invoice that expects money
}

// year is one telling of the year in a ledger of its own.
type year struct {
	*client
	mu    sync.Mutex
	seen  map[string]string // by workspace, the position that its client knows of
	tally tally
}

// drawDeeds draws what happens in a month, by workspace. In the first one most buy something.
func drawDeeds(random *rand.Rand, month int) [][]deed {
	deeds := make([][]deed, yearWorkspaces)
	for i := range deeds {
		workspace := fmt.Sprintf("/v1/workspaces/w%d", i)
		if month == 0 && random.IntN(5) > 0 {
			deeds[i] = append(deeds[i], drawDeed(random, workspace, 0))
		}
		for range random.IntN(3) {
			deeds[i] = append(deeds[i], drawDeed(random, workspace, random.IntN(16)))
		}
	}
	return deeds
}

func drawDeed(random *rand.Rand, workspace string, kind int) deed {
	one := func(of ...string) string { return of[random.IntN(len(of))] }
	post := func(path string, body object) deed { return deed{http.MethodPost, workspace + path, body, false} }
	prices := []string{"basic", "pro", "pro-year", "team", "fine"}
	switch kind {
	case 0, 1, 2:
		return post("/subscription", object{
			"price": one(prices...), "seats": 1 + random.IntN(9), "collection": one("automatic", "send_invoice", "send_invoice"),
			"time_zone": one("UTC", "Asia/Tokyo", "America/New_York"), "days_until_due": random.IntN(40),
		})
	case 3:
		return post("/subscription/upgrade", object{"price": one(prices...)})
	case 4:
		return post("/subscription/downgrade", object{"price": one(prices...)})
	case 5, 6:
		return post("/subscription/seats", object{"seats": 1 + random.IntN(12)})
	case 7:
		return post("/subscription/cancel", object{"when": one("now", "period_end"), "settlement": one("none", "credit", "refund")})
	case 8:
		return post("/subscription/uncancel", object{})
	case 9:
		return post("/subscription/pause", object{})
	case 10:
		return post("/subscription/resume", object{"anchor": one("now", "unchanged")})
	case 11:
		return post("/trial", object{"price": one("basic", "pro"), "at_end": one("free", "cancel", "pause")})
	case 12:
		return post("/seats", object{"member": fmt.Sprint("m", random.IntN(9)), "role": one("admin", "member", "guest")})
	case 13:
		return deed{http.MethodDelete, workspace + "/seats/m" + fmt.Sprint(random.IntN(9)), nil, false}
	case 14:
		return post("/subscription/discount", object{"coupon": one("tenth", "five")})
	}
	return deed{pays: true, path: workspace}
}

func (y *year) open() {
	y.t.Helper()
	y.put("/v1/dunning", object{"restrict_after_days": 90, "cancel_after_days": 150}).is(200)
	for i, price := range []string{"basic", "pro", "pro-year", "team", "fine"} {
		body := object{"code": price, "currency": "USD", "interval": "month", "unit_amount": fmt.Sprintf("%d.33", 3+5*i), "tax_rate": "0.19", "trial_days": 10 + i}
		switch price {
		case "pro-year":
			body["interval"], body["unit_amount"] = "year", "99.95"
		case "fine":
			body["proration"] = "second"
		}
		product := map[string]string{"pro-year": "of-pro"}[price]
		if product == "" {
			product = "of-" + price
			y.post("/v1/products", object{"code": product, "name": product, "tier": i + 1}).is(201)
		}
		y.post("/v1/products/"+product+"/prices", body).is(201)
	}
	y.post("/v1/coupons", object{"code": "tenth", "percent_off": "10", "duration": "periods", "periods": 2}).is(201)
	y.post("/v1/coupons", object{"code": "five", "amount_off": object{"amount": "5.00", "currency": "USD"}, "duration": "forever"}).is(201)
}

// do carries out a month's deeds, the workspaces side by side.
func (y *year) do(deeds [][]deed) {
	work := make(chan int)
	var working sync.WaitGroup
	for range 8 {
		working.Go(func() {
			for i := range work {
				for _, d := range deeds[i] {
					y.act(d)
				}
			}
		})
	}
	for i := range deeds {
		work <- i
	}
	close(work)
	working.Wait()
}

// act does a deed. A refusal is as good as anything, as long as it is one.
func (y *year) act(d deed) {
	workspace := strings.Split(d.path, "/")[3]
	if d.pays {
		if d = y.payment(d.path, workspace); d.path == "" {
			return
		}
	}
	a, err := y.quick(d.method, d.path, d.body)
	if err != nil || a.status == 400 || a.status >= 500 {
		y.t.Errorf("%s %s %v: %v %s", d.method, d.path, d.body, err, a.body)
		return
	}
	y.tally.add(a)
	if at := a.header.Get("Ledger-Position"); at != "" {
		y.mu.Lock()
		defer y.mu.Unlock()
		y.seen[workspace] = at
	}
}

func (y *year) payment(path, workspace string) deed {
	y.mu.Lock()
	seen := y.seen[workspace]
	y.mu.Unlock()
	if seen == "" {
		seen = "0"
	}
	a, err := y.quick(http.MethodGet, path+"/invoices?payment_status=pending&limit=1", nil, header("Min-Position", seen))
	if err != nil || a.status != 200 {
		y.t.Errorf("%s: %v %s", path, err, a.body)
		return deed{}
	}
	id, due := a.at("data.0.id"), a.at("data.0.amount_due")
	if id == nil {
		return deed{}
	}
	return deed{http.MethodPost, "/v1/invoices/" + id.(string) + "/record-payment", object{"amount": due, "reference": "wire"}, false}
}

// billed is an invoice without what differs by the ledger: ids and the number.
type billed struct {
	ID            string       `json:"id"`
	Number        *string      `json:"number"`
	Workspace     string       `json:"workspace"`
	Subscription  *string      `json:"subscription"`
	Reason        string       `json:"reason"`
	Status        string       `json:"status"`
	PaymentStatus string       `json:"payment_status"`
	Lines         []billedLine `json:"lines"`
	Subtotal      view.Money   `json:"subtotal"`
	Discount      view.Money   `json:"discount"`
	Tax           view.Money   `json:"tax"`
	Total         view.Money   `json:"total"`
	CreditApplied view.Money   `json:"credit_applied"`
	AmountDue     view.Money   `json:"amount_due"`
	AmountPaid    view.Money   `json:"amount_paid"`
	Period        view.Period  `json:"period"`
	IssuedAt      *time.Time   `json:"issued_at"`
	DueAt         *time.Time   `json:"due_at"`
	Overdue       bool         `json:"overdue"`
}

type billedLine struct {
	Key        string      `json:"key"`
	Kind       string      `json:"kind"`
	Quantity   int64       `json:"quantity"`
	Amount     view.Money  `json:"amount"`
	Discount   view.Money  `json:"discount"`
	Tax        view.Money  `json:"tax"`
	Period     view.Period `json:"period"`
	Ratio      *string     `json:"ratio"`
	SourceLine *string     `json:"source_line"`
}

// invoices are all of the ledger, by workspace in the order in which they were made.
func (y *year) invoices() map[string][]billed {
	y.t.Helper()
	all := map[string][]billed{}
	for path := "/v1/invoices?limit=100"; path != ""; {
		a, err := y.quick(http.MethodGet, path, nil)
		if err != nil {
			y.t.Fatal(err)
		}
		var page struct {
			Data []billed `json:"data"`
			Page struct {
				Next string `json:"next"`
			} `json:"page"`
		}
		if err := json.Unmarshal(a.body, &page); err != nil {
			y.t.Fatalf("%v: %s", err, a.body)
		}
		for _, one := range page.Data {
			all[one.Workspace] = append(all[one.Workspace], one)
		}
		if path = ""; page.Page.Next != "" {
			path = "/v1/invoices?limit=100&cursor=" + page.Page.Next
		}
	}
	return all
}

// cents is an amount in minor units.
func cents(t testing.TB, m view.Money) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.Replace(m.Amount, ".", "", 1), 10, 64)
	if err != nil || m.Currency != "USD" {
		t.Fatalf("%+v: %v", m, err)
	}
	return n
}

// check holds all invoices against what must be true of every year.
func (y *year) check(all map[string][]billed) {
	y.t.Helper()
	numbers, keys := map[string]bool{}, map[string]bool{}
	for _, workspace := range slices.Sorted(maps.Keys(all)) {
		ends := map[string]time.Time{}
		for _, i := range all[workspace] {
			if i.Number != nil {
				numbers[*i.Number] = true
			}
			y.checkTotals(i)
			for _, line := range i.Lines {
				if keys[line.Key] {
					y.t.Errorf("%s: line %s is billed twice", workspace, line.Key)
				}
				keys[line.Key] = true
				if i.Status == "voided" && i.Number == nil || line.Kind != "charge" {
					continue
				}
				if end := ends[*i.Subscription]; i.Reason == "renewal" && !line.Period.Start.Equal(end) {
					y.t.Errorf("%s: a period begins %v, and the one before ended %v", workspace, line.Period.Start, end)
				}
				ends[*i.Subscription] = line.Period.End
			}
		}
	}
	for n := range len(numbers) {
		if want := fmt.Sprintf("INV-%06d", n+1); !numbers[want] {
			y.t.Fatalf("there are %d numbers, and %s is not among them", len(numbers), want)
		}
	}
}

func (y *year) checkTotals(i billed) {
	y.t.Helper()
	var subtotal, discount, tax int64
	for _, line := range i.Lines {
		subtotal, discount, tax = subtotal+cents(y.t, line.Amount), discount+cents(y.t, line.Discount), tax+cents(y.t, line.Tax)
	}
	total := subtotal - discount + tax
	due := total - cents(y.t, i.CreditApplied)
	if cents(y.t, i.Subtotal) != subtotal || cents(y.t, i.Discount) != discount || cents(y.t, i.Tax) != tax ||
		cents(y.t, i.Total) != total || cents(y.t, i.AmountDue) != due || due < 0 {
		y.t.Errorf("invoice %s of %s does not add up", i.ID, i.Workspace)
	}
}

var yearIDs = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// standing describes the workspaces at the end, without ids.
func (y *year) standing() []string {
	y.t.Helper()
	var all []string
	for i := range yearWorkspaces {
		workspace := fmt.Sprintf("/v1/workspaces/w%d", i)
		plan := y.get(workspace + "/current-plan").is(200)
		balance := y.get(workspace + "/balance").is(200)
		if credit, ok := balance.at("credit.amount").(string); ok && strings.HasPrefix(credit, "-") {
			y.t.Errorf("%s has a credit of %s", workspace, credit)
		}
		shown := yearIDs.ReplaceAll(plan.body, nil)
		all = append(all, fmt.Sprintf("%s %s %s", workspace, shown, balance.body))
	}
	return all
}

// anonymous leaves out what differs by the ledger.
func anonymous(all map[string][]billed) map[string][]billed {
	for _, invoices := range all {
		for i := range invoices {
			invoices[i].ID, invoices[i].Number, invoices[i].Subscription = "", nil, nil
			for n := range invoices[i].Lines {
				line := &invoices[i].Lines[n]
				line.Key = ""
				if line.SourceLine != nil {
					line.SourceLine = new(string)
				}
			}
		}
	}
	return all
}

// TestYearOfWorkspaces: a year of anything that the clients of 200 workspaces do, with the clock going day by day and with
// the clock going from month to month, ends the same, every period billed once and every total that of its lines.
func TestYearOfWorkspaces(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	tell := func(name string) *year {
		return &year{client: &client{t: t, base: p.url, token: b.tokenAt(name, yearBegin)}, seen: map[string]string{}, tally: tally{counts: map[string]int{}}}
	}
	daily, monthly := tell("daily"), tell("monthly")
	daily.open()
	monthly.open()
	at, err := time.Parse(time.RFC3339, yearBegin)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for month := range 12 {
		deeds := drawDeeds(random, month)
		daily.do(deeds)
		monthly.do(deeds)
		end := at.AddDate(0, 0, 28+month%4)
		for ; at.Before(end); at = at.AddDate(0, 0, 1) {
			daily.advance(at.Format(time.RFC3339))
		}
		daily.advance(end.Format(time.RFC3339))
		monthly.advance(end.Format(time.RFC3339))
	}
	one, other := daily.invoices(), monthly.invoices()
	daily.check(one)
	monthly.check(other)
	if diff := cmp.Diff(anonymous(one), anonymous(other)); diff != "" {
		t.Errorf("invoices (-daily +monthly):\n%.3000s", diff)
	}
	if diff := cmp.Diff(daily.standing(), monthly.standing()); diff != "" {
		t.Errorf("standing (-daily +monthly):\n%.3000s", diff)
	}
	t.Logf("%v", daily.tally.counts)
}
