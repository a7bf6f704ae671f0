package payments

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/process"
)

// syncBody is the body of POST /v1/billing-sync.
type syncBody struct {
	Workspace *string `json:"workspace,omitempty" maxLength:"64" example:"acme" doc:"Only what is of this workspace."`
}

// differenceView shows something that a gateway knows otherwise than the ledger.
type differenceView struct {
	ID        string                 `json:"id" doc:"It follows from what the difference says: the same one has the same id tomorrow."`
	Kind      process.DifferenceKind `json:"kind"`
	Workspace string                 `json:"workspace"`
	Object    string                 `json:"object" doc:"The payment, refund, dispute or payment method; the gateway's name where the ledger has none."`
	Ours      *string                `json:"ours" doc:"As the ledger has it; null for nothing."`
	Theirs    *string                `json:"theirs" doc:"As the gateway has it; null for nothing."`
	Repair    *process.Repair        `json:"repair" doc:"What is done about it; null where a person must decide."`
}

// syncedView shows what a comparison found.
type syncedView struct {
	Checked     int              `json:"checked" doc:"How many charges, refunds, disputes and payment methods were compared."`
	Differences []differenceView `json:"differences"`
}

// repairBody is the body of POST /v1/billing-sync/repair.
type repairBody struct {
	Differences *[]string `json:"differences,omitempty" maxItems:"1000" doc:"The ids of differences; all of them where none are given."`
}

// repairedView shows what became of differences.
type repairedView struct {
	Repaired []string   `json:"repaired"`
	Left     []leftView `json:"left"`
}

type leftView struct {
	ID   string `json:"id"`
	Code string `json:"code" example:"difference_gone" doc:"difference_gone where it is not there any more, no_repair where a person must decide, or why the repair is refused."`
}

func syncBilling(deadlines *process.Deadlines) func(*endpoint.Call, syncBody) (syncedView, int64, error) {
	return func(c *endpoint.Call, b syncBody) (syncedView, int64, error) {
		workspace := domain.Or(b.Workspace, "")
		if b.Workspace != nil && !domain.ValidName(workspace) {
			return syncedView{}, 0, domain.InvalidField("/workspace", "name_invalid", "workspace must be the name of a workspace")
		}
		found, err := deadlines.Compare(c.Context(), c.Ledger, workspace)
		if err != nil {
			return syncedView{}, 0, err
		}
		shown := syncedView{Checked: found.Checked, Differences: []differenceView{}}
		for _, d := range found.Differences {
			one := differenceView{
				ID: d.ID, Kind: d.Kind, Workspace: d.Workspace, Object: d.Object, Ours: endpoint.OrNull(d.Ours), Theirs: endpoint.OrNull(d.Theirs),
			}
			if d.Repair != "" {
				one.Repair = &d.Repair
			}
			shown.Differences = append(shown.Differences, one)
		}
		return shown, found.Position, nil
	}
}

func repairBilling(deadlines *process.Deadlines) func(*endpoint.Call, repairBody) (repairedView, int64, error) {
	return func(c *endpoint.Call, b repairBody) (repairedView, int64, error) {
		var ids []string
		if b.Differences != nil {
			ids = append([]string{}, *b.Differences...)
		}
		done, err := deadlines.Repair(c.Context(), c.Ledger, process.Caller{Actor: c.Actor, Correlation: c.ID}, ids)
		if err != nil {
			return repairedView{}, 0, err
		}
		shown := repairedView{Repaired: append([]string{}, done.Repaired...), Left: []leftView{}}
		for _, left := range done.Left {
			shown.Left = append(shown.Left, leftView(left))
		}
		return shown, done.Position, nil
	}
}
