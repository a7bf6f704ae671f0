package demo

import (
	"slices"
	"strings"

	"github.com/tallystick/tallystick/handlers/api/client"
)

// story tells what happens to one workspace in the year.
type story struct {
	workspace string
	steps     []step
}

// step is done on a day of the year, "03-14" for 14 March; the 13th month is January of the next year.
type step struct {
	day string
	do  deed
}

// token names a card whose charges go well so often, and after that as it is said.
func token(well int, then string) string { return "tok_" + strings.Repeat("ok.", well) + then }

// stories lists the customers. Those that come first show every state that there is, and the others what is usual.
func stories() []story {
	return slices.Concat(plans(), payments(), growing(), paying())
}

// plans tells of customers whose plans end the year in different states.
func plans() []story {
	return []story{
		{"aurora-labs", []step{ // from a trial to a yearly plan
			{"01-03", withDetails("Aurora Labs Inc.", "500 Pine Street\nSeattle, WA 98101", "US", "")},
			{"01-03", try("team-usd", 5, client.TrialEndFree)}, {"01-04", members(4, 0)}, {"01-10", card("tok_ok")},
			{"02-02", use("exports", 40)}, {"04-10", upgrade("business-usd")}, {"06-02", seats(8)}, {"06-03", members(7, 2)},
			{"10-01", upgrade("business-usd-year")}, {"12-20", invite("u-88")}, {"12-29", use("exports", 12)},
		}},
		{"birch-books", []step{ // pays by bank transfer
			{"01-08", withDetails("Birch Books GmbH", "Am Markt 4\n04109 Leipzig", "DE", "DE811223344")},
			{"01-08", buy("team-eur-year", 4, onInvoice(14), in("Europe/Berlin"))}, {"01-20", wire}, {"05-05", seats(6)}, {"05-15", wire},
			{"05-15", members(5, 1)}, {"09-01", creditNote("20.00", "an outage in August")}, {"11-03", bill("Import of an archive", "180.00", "EUR")}, {"11-12", wire},
			{"11-20", sendBack("25.00", "the archive came late")}, {"11-24", recordRefunds}, {"12-18", sendBack("10.00", "parts of the archive are missing")},
		}},
		{"cedar-clinic", []step{ // has just failed to pay
			{"02-26", card(token(10, "insufficient_funds"))}, {"02-26", buy("business-usd", 6)}, {"03-01", members(6, 0)},
		}},
		{"dune-design", []step{ // has lost access
			{"03-15", card(token(9, "expired_card"))}, {"03-15", buy("team-eur", 3, in("Europe/Berlin"))}, {"03-15", members(3, 0)},
		}},
		{"elm-engineering", []step{ // was canceled because it did not pay, and is about to come back
			{"01-05", card(token(6, "insufficient_funds"))}, {"01-05", buy("business-usd", 2)}, {"02-01", seats(3)},
			{"11-03", writeOff}, {"13-03", offer("team-usd", 2)},
		}},
		{"fjord-foods", []step{ // sleeps in winter
			{"01-12", withDetails("Fjord Foods BV", "Prinsengracht 20\n1015 Amsterdam", "NL", "NL001234567B01")},
			{"01-12", taxed(client.TaxTreatmentReverseCharge, "", "Reverse charge, article 196 of the VAT directive")},
			{"01-12", card("tok_ok")}, {"01-12", buy("team-eur", 8, withCoupon("welcome"), in("Europe/Amsterdam"))},
			{"06-12", pause}, {"08-04", resume}, {"11-20", pause},
		}},
	}
}

// payments tells of customers whose last payments are in different states.
func payments() []story {
	return []story{
		{"grove-games", []step{ // disputes what it pays
			{"02-10", card("tok_dispute")}, {"02-10", buy("team-usd", 4)}, {"03-01", closeDispute(client.DisputeStatusLost)},
			{"03-02", card("tok_ok")}, {"12-28", card("tok_dispute")}, {"12-28", charge("Early access", "60.00", "USD")}, {"12-30", card("tok_ok")},
		}},
		{"harbor-health", []step{ // gets money back
			{"02-01", card("tok_refund_failed")}, {"02-01", buy("team-usd-year", 3)}, {"02-20", refund("60.00", "fewer people than planned")},
			{"04-01", card("tok_dispute")}, {"04-01", charge("Onboarding", "50.00", "USD")}, {"04-20", closeDispute(client.DisputeStatusWon)},
			{"05-02", card("tok_ok")}, {"05-02", charge("Training", "80.00", "USD")}, {"05-10", refund("30.00", "the training was shorter")},
		}},
		{"iris-insurance", []step{ // tries the product out, and has links to pay by
			{"09-01", bill("A workshop", "400.00", "USD")}, {"09-03", payLink("tok_ok")}, {"09-10", withdrawOffer("business-usd", 4)}, {"09-20", offer("team-usd", 4)},
			{"12-27", try("business-usd", 4, client.TrialEndCancel)}, {"12-27", members(2, 0)},
			{"13-03", bill("A second workshop", "400.00", "USD")}, {"13-03", linkInvoice},
		}},
		{"juniper-journal", []step{ // its last payment is on the way
			{"01-20", card("tok_ok")}, {"01-20", buy("business-usd", 5)}, {"02-20", seats(6)}, {"08-20", downgrade("team-usd", 6)},
			{"13-03", card("tok_pending_ok")}, {"13-03", charge("Extra storage", "35.00", "USD")},
		}},
		{"kelp-kitchen", []step{ // bought by a link, and has to confirm its last payment
			{"03-04", takeOffer("team-usd", 3, "tok_ok")}, {"03-06", members(3, 0)}, {"07-04", seats(4)},
			{"13-03", card("tok_requires_action")}, {"13-03", charge("Extra storage", "35.00", "USD")},
		}},
		{"lumen-law", []step{ // nobody knows how its last payment went, and not all that it was billed was paid
			{"02-01", try("team-usd", 2, client.TrialEndFree)}, {"04-01", bill("An expert's opinion", "250.00", "USD")}, {"05-04", bill("A mistake", "75.00", "USD")}, {"05-05", void},
			{"08-03", writeOff}, {"09-07", isRefused("payment_declined", buyBy("tok_generic_decline", "team-usd", 2))}, {"09-08", card("tok_ok")}, {"09-08", buy("team-usd", 2)},
			{"13-03", card("tok_timeout_silent")}, {"13-03", charge("Extra storage", "35.00", "USD")},
		}},
		{"moss-museum", []step{ // a charity that left, and buys again without having paid yet
			{"01-15", withDetails("Moosmuseum e. V.", "Waldweg 9\n79098 Freiburg", "DE", "")},
			{"01-15", taxed(client.TaxTreatmentExempt, "", "A charity")}, {"01-15", buy("team-eur", 5, onInvoice(30), withCoupon("partner"), in("Europe/Berlin"))},
			{"01-25", wire}, {"02-20", wire}, {"03-20", wire}, {"04-20", wire}, {"05-20", wire}, {"06-02", cancel("period_end")}, {"13-03", buy("team-eur", 3)},
		}},
	}
}

// growing tells of customers who change what they buy.
func growing() []story {
	return []story{
		{"nimbus-news", []step{ // grows and shrinks
			{"01-06", withDetails("Nimbus News LLC", "14 Broad Street\nNew York, NY 10004", "US", "")},
			{"01-06", taxed(client.TaxTreatmentStandard, "0.08875", "New York")}, {"01-06", card("tok_ok")},
			{"01-06", buy("business-usd", 10, in("America/New_York"))}, {"01-06", members(10, 3)}, {"03-11", seats(14)}, {"03-12", members(14, 3)},
			{"07-14", members(9, 3)}, {"07-15", seats(11)}, {"09-09", item("A second domain", "15.00")},
		}},
		{"orchard-opera", []step{ // one singer becomes an ensemble
			{"01-18", withDetails("Olga Ostrander", "Ringstraße 2\n50667 Köln", "DE", "")}, {"01-18", card("tok_ok")},
			{"01-18", buy("solo-eur", 1, in("Europe/Berlin"))}, {"05-22", upgrade("team-eur")}, {"05-22", seats(6)}, {"05-23", members(6, 4)}, {"10-10", discount("partner")},
		}},
		{"pine-press", []step{ // many seats at graduated prices
			{"01-27", withDetails("Pine Press Ltd", "9 Quay Street\nBristol BS1 4DJ", "GB", "GB123456789")}, {"01-27", card("tok_ok")},
			{"01-27", buy("business-usd-graduated", 24, in("Europe/London"))}, {"02-02", members(22, 10)}, {"09-16", seats(60)}, {"09-17", members(55, 10)},
		}},
		{"quarry-quilts", []step{ // changed its mind within ten days
			{"03-02", card("tok_ok")}, {"03-02", buy("business-usd-year", 2)}, {"03-12", cancel("now", client.SettlementRefund)},
		}},
		{"river-robotics", []step{ // goes down a plan at the year's end
			{"02-14", card("tok_ok")}, {"02-14", buy("business-usd-year", 12, in("America/New_York"))}, {"02-15", members(12, 0)},
			{"08-08", seats(15)}, {"11-30", members(8, 0)}, {"12-01", downgrade("team-usd-year", 9)},
		}},
	}
}

// paying tells of customers who pay in their own ways, or stay or leave.
func paying() []story {
	return []story{
		{"sable-studio", []step{ // missed a payment once
			{"02-05", card("tok_ok.ok.insufficient_funds.insufficient_funds.ok")}, {"02-05", buy("team-eur", 4, withCoupon("launch"), in("Europe/Berlin"))},
		}},
		{"tundra-tech", []step{ // pays late, and in part
			{"01-30", withDetails("Tundra Tech Oy", "Mannerheimintie 1\n00100 Helsinki", "FI", "FI12345678")},
			{"01-30", taxed(client.TaxTreatmentReverseCharge, "", "Reverse charge, article 196 of the VAT directive")},
			{"01-30", buy("business-eur", 3, onInvoice(30), in("Europe/Helsinki"))}, {"02-20", wire}, {"03-25", wire}, {"05-02", wire}, {"05-30", wire},
			{"06-20", wire}, {"07-20", wire}, {"08-22", wire}, {"09-20", wire}, {"10-18", wire}, {"11-22", wire}, {"12-22", wireAmount("40.00")},
		}},
		{"umber-union", []step{ // needed longer to try it out
			{"03-09", try("team-eur", 6, client.TrialEndCancel)}, {"03-20", extendTrial(10)}, {"03-26", card("tok_ok")}, {"03-27", convert("team-eur-year")}, {"03-28", members(6, 2)},
		}},
		{"vale-vets", []step{ // lives on credit for a while
			{"04-04", card("tok_ok")}, {"04-04", credit("50.00", "USD", "for a talk at our conference")}, {"04-04", buy("team-usd", 3)}, {"11-04", credit("10.00", "USD", "an outage")},
		}},
		{"willow-works", []step{ // stays after all
			{"02-22", card("tok_ok")}, {"02-22", buy("team-usd", 7)}, {"02-22", members(6, 3)}, {"05-03", cancel("period_end")}, {"05-12", uncancel}, {"12-05", cancel("period_end")},
		}},
		{"xenia-xylo", []step{ // uses what is free
			{"02-03", members(2, 1)}, {"02-03", use("exports", 4)}, {"06-06", isRefused("limit_reached", use("exports", 9))}, {"06-06", grantFeature("exports", 50)}, {"06-06", use("exports", 9)},
		}},
		{"yarrow-yoga", []step{ // leaves and comes back
			{"01-09", card("tok_ok")}, {"01-09", buy("team-eur-year", 2, in("Europe/Berlin"))}, {"04-16", cancel("now", client.SettlementCredit)}, {"09-01", buy("team-eur", 2, in("Europe/Berlin"))},
		}},
		{"zephyr-zoo", []step{ // pays more than it owes
			{"01-11", buy("business-eur-year", 5, onInvoice(14), in("Europe/Vienna"))}, {"01-22", wireAmount("1650.00")}, {"07-01", seats(6)}, {"07-09", wire},
		}},
		{"alder-academy", []step{ // pays by direct debit, which takes two days
			{"03-18", card("tok_pending_ok")}, {"03-18", buy("team-eur", 20, in("Europe/Berlin"))}, {"03-25", members(18, 40)},
		}},
		{"basalt-bank", []step{ // asked to confirm a payment, it did so at the second try
			{"04-22", card("tok_ok.ok.requires_action.ok")}, {"04-22", buy("business-eur", 4, in("Europe/Berlin"))},
		}},
		{"coral-coop", []step{ // its bank took a payment back
			{"05-07", card("tok_ok.returned")}, {"05-07", buy("team-usd", 5)}, {"06-20", card("tok_ok")},
		}},
		{"delta-dance", []step{ // got money back at the gateway itself
			{"06-15", card("tok_ok")}, {"06-15", buy("team-eur", 3, in("Europe/Berlin"))}, {"08-01", refundElsewhere("5.00")}, {"10-15", discount("welcome")},
		}},
	}
}
