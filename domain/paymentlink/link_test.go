package paymentlink

import (
	"os"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

var (
	now  = time.Date(2031, 6, 16, 12, 0, 0, 0, time.UTC)
	end  = now.Add(24 * time.Hour)
	spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: now}}
	late = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: end}}
	card = Method{ID: "m", Gateway: "sandbox", Token: "tok_ok", Kind: "card", Brand: "visa", Last4: "4242", ExpMonth: 12, ExpYear: 2035}
)

func usd(text string) money.Amount {
	amount, err := money.Parse("USD", text)
	if err != nil {
		panic(err)
	}
	return amount
}

func ofInvoice() Created {
	return Created{ID: "l", Workspace: "acme", Invoice: "i", Amount: usd("12.00"), CreatedAt: now, ExpiresAt: end}
}

func ofSale() Created {
	return Created{
		ID: "l", Workspace: "acme", Amount: usd("36.00"), CreatedAt: now, ExpiresAt: end,
		Sale: &Sale{Terms: pricing.Terms{Price: "pro-month", Currency: "USD", UnitAmount: "12.00"}, Seats: 3, TimeZone: "Europe/Berlin"},
	}
}

func tried() Tried {
	return Tried{Payment: "p", N: 1, Invoice: "i", Method: card, Keep: true, TriedAt: now}
}

func completed(at time.Time) Completed { return Completed{Payment: "p", CompletedAt: at} }

func TestLinks(t *testing.T) {
	t.Parallel()
	expired, canceled := Expired{ExpiredAt: end}, Canceled{CanceledAt: now}
	open, paid := []domain.Event{ofInvoice()}, []domain.Event{ofInvoice(), tried(), completed(now)}
	create := Create{ID: "l", Workspace: "acme", Invoice: "i", Amount: usd("12.00")}
	long := create
	long.ExpiresAt = new(now.Add(lifeMax))
	longest := ofInvoice()
	longest.ExpiresAt = *long.ExpiresAt
	for name, test := range map[string]struct {
		spec  domain.Spec[State, Command, Fact]
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"it is open for a day":                    {spec, nil, create, open},
		"it is open for thirty days":              {spec, nil, long, []domain.Event{longest}},
		"a try is noted":                          {spec, open, Try{Payment: "p", N: 1, Invoice: "i", Method: card, Keep: true}, []domain.Event{tried()}},
		"money completes it":                      {spec, open, Complete{Payment: "p"}, []domain.Event{completed(now)}},
		"money completes it once":                 {spec, paid, Complete{Payment: "p"}, nil},
		"late money completes it":                 {late, []domain.Event{ofInvoice(), tried(), expired}, Complete{Payment: "p"}, []domain.Event{completed(end)}},
		"late money leaves a canceled one":        {late, []domain.Event{ofInvoice(), tried(), canceled}, Complete{Payment: "p"}, nil},
		"it expires in time":                      {late, open, Expire{}, []domain.Event{expired}},
		"it does not expire early":                {spec, open, Expire{}, nil},
		"what was paid does not expire":           {late, paid, Expire{}, nil},
		"it is canceled":                          {spec, open, Cancel{}, []domain.Event{canceled}},
		"it is canceled once":                     {spec, []domain.Event{ofInvoice(), canceled}, Cancel{}, nil},
		"what expired needs no canceling":         {late, open, Cancel{}, nil},
		"what was canceled does not expire later": {late, []domain.Event{ofInvoice(), canceled}, Expire{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
}

func TestLinksAreRefused(t *testing.T) {
	t.Parallel()
	open, paid := []domain.Event{ofInvoice()}, []domain.Event{ofInvoice(), completed(now)}
	create := Create{ID: "l", Workspace: "acme", Invoice: "i", Amount: usd("12.00"), ExpiresAt: &now}
	beyond := create
	beyond.ExpiresAt = new(now.Add(lifeMax + time.Microsecond))
	for name, test := range map[string]struct {
		spec  domain.Spec[State, Command, Fact]
		given []domain.Event
		when  Command
		code  string
	}{
		"an end that is past":          {spec, nil, create, "expires_at_invalid"},
		"an end that is too far":       {spec, nil, beyond, "expires_at_invalid"},
		"a try of none":                {spec, nil, Try{}, "payment_link_not_found"},
		"a try of what was paid":       {spec, paid, Try{}, "link_completed"},
		"a try of what was canceled":   {spec, append(open, Canceled{}), Try{}, "link_canceled"},
		"a try of what has expired":    {late, open, Try{}, "link_expired"},
		"canceling none":               {spec, nil, Cancel{}, "payment_link_not_found"},
		"canceling what was paid":      {spec, paid, Cancel{}, "link_completed"},
		"canceling what was paid late": {late, paid, Cancel{}, "link_completed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.spec.Given(test.given...).When(test.when).ThenRejected(t, test.code)
		})
	}
	for _, c := range []Create{{}, {ID: "l", Workspace: "acme", Amount: usd("1.00")}, {ID: "l", Workspace: "acme", Invoice: "i", Sale: &Sale{}}} {
		if _, err := Decide(State{}, c, spec.Meta); err == nil {
			t.Errorf("%+v was made", c)
		}
	}
}

func TestKind(t *testing.T) {
	t.Parallel()
	for _, created := range []struct {
		Created
		kind Kind
	}{{ofSale(), KindSubscription}, {ofInvoice(), KindInvoice}} {
		s := Evolve(State{}, created.Created)
		if at, ok := s.NextDeadline(); s.Kind() != created.kind || !ok || at != end || s.Size() <= 0 || s.At(end).Status != StatusExpired || Stream("l") != "paymentlink:l" {
			t.Errorf("%+v", s)
		}
	}
}

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	files, paged := os.DirFS("testdata/events"), ofSale()
	paged.Page = &Page{Gateway: "stripe", Reference: "cs_1", URL: "https://checkout.example/cs_1", ExpiresAt: end}
	domain.CheckShape(t, files, "paymentlink.created.v1.page", paged)
	domain.CheckShapes(t, Type, files, ofSale(), tried(), Completed{Payment: "p", Subscription: "s", CompletedAt: now},
		Expired{ExpiredAt: end}, Canceled{CanceledAt: now})
}
