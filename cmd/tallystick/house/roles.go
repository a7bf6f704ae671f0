package house

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/projections/engine"
)

// Role names a part of a server's work.
type Role string

const (
	// RoleAPI answers requests.
	RoleAPI Role = "api"
	// RoleProjections builds the read models.
	RoleProjections Role = "projections"
	// RoleProcess carries out deadlines, asks gateways, delivers webhooks and writes exports.
	RoleProcess Role = "process"
	// RoleSealer signs checkpoints of the logs. It alone has the key.
	RoleSealer Role = "sealer"
)

// AllRoles are those of a server that does all the work.
var AllRoles = Roles{RoleAPI, RoleProjections, RoleProcess, RoleSealer}

// Roles are the parts of the work that a process does. None means that a command asks, which has connections for all of them.
type Roles []Role

// ParseRoles reads the names of roles.
func ParseRoles(names []string) (roles Roles, err error) {
	for _, name := range names {
		role := Role(strings.TrimSpace(name))
		if !slices.Contains(AllRoles, role) {
			err = errors.Join(err, fmt.Errorf("--roles %q is none of %s", name, AllRoles))
		}
		if !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	if len(names) == 0 {
		return nil, errors.New("--roles is empty: leave it out for all of them")
	}
	return roles, err
}

// String lists the roles in their usual order.
func (r Roles) String() string { return strings.Join(r.Names(), ",") }

// Names lists the roles in their usual order.
func (r Roles) Names() (names []string) {
	for _, role := range AllRoles {
		if slices.Contains(r, role) {
			names = append(names, string(role))
		}
	}
	return names
}

// Has reports whether a role is among them.
func (r Roles) Has(role Role) bool { return slices.Contains(r, role) }

// All reports whether nothing is left to other processes.
func (r Roles) All() bool { return len(r) == 0 || r.String() == AllRoles.String() }

// leaves reports whether what follows from events of this process is left to others.
func (r Roles) leaves() bool { return !r.All() && !(r.Has(RoleProcess) && r.Has(RoleSealer)) }

// connections counts what the roles need in each pool.
func (r Roles) connections() (appends, gateway, queries, feed int32) {
	if r.All() {
		applying, feeding := engine.Connections()
		return appendConnections, gatewayConnections, int32(queryConnections + applying), int32(feeding)
	}
	queries = engine.FollowConnections
	if r.Has(RoleProjections) {
		applying, feeding := engine.Connections()
		queries, feed = int32(applying), int32(feeding)
	}
	if r.Has(RoleAPI) || r.Has(RoleProcess) {
		appends, gateway = appendConnections, gatewayConnections
	}
	switch {
	case r.Has(RoleAPI):
		queries += apiConnections
	case r.Has(RoleProcess):
		queries += processConnections
	case r.Has(RoleSealer):
		queries += sealerConnections
	}
	return appends, gateway, queries, feed
}
