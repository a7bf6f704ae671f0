package gate

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/tallystick/tallystick/handlers/api/client"
)

// ErrUnavailable says that the server could not be asked, and that the feature is closed then.
var ErrUnavailable = errors.New("whether the plan has the feature can't be asked now")

// askTimeout bounds a question.
const askTimeout = 2 * time.Second

// Gate asks whether workspaces have features.
type Gate struct {
	client    *client.Client
	workspace func(*http.Request) string
	timeout   time.Duration

	mu   sync.Mutex
	open map[string]bool // by features: those that stay open when the server can't be asked
}

// New makes a gate. The workspace of a request is for the caller to say, by its session, its host or its path.
func New(c *client.Client, workspace func(*http.Request) string) *Gate {
	return &Gate{client: c, workspace: workspace, timeout: askTimeout, open: map[string]bool{}}
}

// Open lets features stay open when the server can't be asked before it was ever heard.
func (g *Gate) Open(features ...string) *Gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, feature := range features {
		g.open[feature] = true
	}
	return g
}

// Verdict tells whether a workspace may use a feature, and why.
type Verdict struct {
	Allowed bool
	Reason  string // as the API gives it, and "unavailable" when the server could not be asked
}

// Ask tells whether a workspace may use a feature. It fails with ErrUnavailable when the server can't be asked and the feature is
// closed then.
func (g *Gate) Ask(ctx context.Context, workspace, feature string) (Verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	answer, err := g.client.GetFeature(ctx, workspace, feature, nil)
	if err == nil {
		g.hear(feature, string(answer.JSON.Fail) == "open")
		return Verdict{Allowed: answer.JSON.Allowed, Reason: string(answer.JSON.Reason)}, nil
	}
	if client.Code(err) == "feature_unknown" {
		return Verdict{Reason: "not_in_plan"}, nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open[feature] {
		return Verdict{Allowed: true, Reason: "unavailable"}, nil
	}
	return Verdict{Reason: "unavailable"}, errors.Join(ErrUnavailable, err)
}

// hear remembers what a feature does when the server can't be asked.
func (g *Gate) hear(feature string, open bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open[feature] = open
}

// Require lets requests through to what is behind it if their workspace has the feature.
func (g *Gate) Require(feature string) func(http.Handler) http.Handler {
	return func(behind http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if refusal := g.Refuse(r, feature); refusal != nil {
				refusal.Write(w)
				return
			}
			behind.ServeHTTP(w, r)
		})
	}
}

// Refuse gives the refusal of a request whose workspace does not have a feature, and nil for one that has it.
func (g *Gate) Refuse(r *http.Request, feature string) *Refusal {
	verdict, err := g.Ask(r.Context(), g.workspace(r), feature)
	if err == nil && verdict.Allowed {
		return nil
	}
	refusal := &Refusal{
		Type: "urn:tallystick:problem:feature_not_in_plan", Title: "Feature not in plan", Status: http.StatusPaymentRequired,
		Detail: "the plan does not have " + feature, Instance: r.URL.EscapedPath(), Code: "feature_not_in_plan", Feature: feature, Reason: verdict.Reason,
	}
	if err != nil {
		refusal.Type, refusal.Title, refusal.Status = "urn:tallystick:problem:feature_unavailable", "Feature unavailable", http.StatusServiceUnavailable
		refusal.Code, refusal.Detail = "feature_unavailable", ErrUnavailable.Error()
	}
	return refusal
}

// Refusal is a problem in the form of RFC 9457.
type Refusal struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Instance string `json:"instance"`
	Code     string `json:"code"`
	Feature  string `json:"feature"`
	Reason   string `json:"reason"`
}

// Write answers with the refusal.
func (p *Refusal) Write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may have gone
}
