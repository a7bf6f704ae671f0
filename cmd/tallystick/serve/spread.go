package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tallystick/tallystick/handlers/endpoint"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// DefaultQueryMaxLag leaves out a standby that is further behind.
const DefaultQueryMaxLag = 10 * time.Second

// Spreading holds the settings of a server that shares its work with other processes and another database.
type Spreading struct {
	Roles            []string      `help:"What this process does: api, projections, process and sealer, with commas between (default all). Processes on one --database-url share the work." env:"TALLYSTICK_ROLES" default:"api,projections,process,sealer" placeholder:"ROLE"`
	QueryDatabaseURL string        `help:"A streaming standby of the database, which answers the queries." env:"QUERY_DATABASE_URL" placeholder:"URL"`
	QueryMaxLag      time.Duration `help:"How far behind the standby may be; beyond it queries go to the primary (default ${query_max_lag})." env:"TALLYSTICK_QUERY_MAX_LAG" default:"${query_max_lag}" placeholder:"DURATION"`
}

// wrong lists the wrong settings, on a database of yours or on the private one.
func (s *Spreading) wrong(given bool) (wrong []error) {
	roles, err := house.ParseRoles(s.Roles)
	if err != nil {
		wrong = append(wrong, err)
	}
	if !given && err == nil && !roles.All() {
		wrong = append(wrong, errors.New("--roles needs --database-url: the private Postgres belongs to one process, which does all the work"))
	}
	if s.QueryMaxLag <= 0 {
		wrong = append(wrong, fmt.Errorf("--query-max-lag %s is not more than 0", s.QueryMaxLag))
	}
	if s.QueryDatabaseURL == "" {
		return wrong
	}
	if !given {
		wrong = append(wrong, errors.New("--query-database-url needs --database-url, the primary of the standby"))
	}
	if u, err := url.Parse(s.QueryDatabaseURL); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		// The URL may hold a password, so it isn't repeated.
		wrong = append(wrong, errors.New("--query-database-url is not a postgres:// URL"))
	}
	return wrong
}

// spread hands the settings to the house, which makes the connections.
func (s *Spreading) spread(c *house.Config) {
	c.Roles, _ = house.ParseRoles(s.Roles) // wrong has seen it
	c.QueryDatabaseURL, c.QueryMaxLag = s.QueryDatabaseURL, s.QueryMaxLag
}

// project builds the read models, or follows those that other processes build.
func (s *Command) project(ctx context.Context, h *house.House) error {
	if s.Config.Roles.Has(house.RoleProjections) {
		return h.Engine.Run(ctx)
	}
	return h.Engine.Follow(ctx)
}

// handler makes what the process serves: the API, or its health alone.
func (s *Command) handler(h *house.House, r Running, address string, log *slog.Logger) (*endpoint.Server, error) {
	if s.Config.Roles.Has(house.RoleAPI) {
		return s.NewHandler(h, r, address, log)
	}
	o := endpoint.Options{
		Codec: h.Codec, Engine: h.Engine, Pool: h.Queries, Log: log, Traces: s.Traces, Registry: newRegistry(h, r), RequestTimeout: s.Patience,
		Version: house.Version, Roles: s.Config.Roles.Names(),
	}
	if s.Config.Roles.Has(house.RoleProcess) {
		o.Store = h.Store
	}
	if s.Config.Roles.String() == string(house.RoleSealer) {
		o.Ready = func(ctx context.Context) error { return h.Queries.Ping(ctx) } // it reads no read model
	}
	return endpoint.New(o, endpoint.Table{Routes: endpoint.HealthRoutes})
}

// rolesMetric tells what the process does.
func rolesMetric(roles house.Roles) prometheus.Collector {
	metric := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tallystick_role", Help: "1 for each part of the work that this process does."}, []string{"role"})
	for _, role := range roles.Names() {
		metric.WithLabelValues(role).Set(1)
	}
	return metric
}
