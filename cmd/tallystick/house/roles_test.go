package house

import "testing"

func TestParseRoles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		given []string
		want  string
		wrong bool
	}{
		"in any order":        {given: []string{"sealer", "api"}, want: "api,sealer"},
		"twice":               {given: []string{"api", " api"}, want: "api"},
		"all":                 {given: AllRoles.Names(), want: "api,projections,process,sealer"},
		"none":                {wrong: true},
		"one that is unknown": {given: []string{"api", "judge"}, wrong: true},
		"an empty one":        {given: []string{""}, wrong: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			roles, err := ParseRoles(c.given)
			if (err != nil) != c.wrong {
				t.Fatalf("%q: %v", c.given, err)
			}
			if err == nil && roles.String() != c.want {
				t.Errorf("%q are the roles %s, want %s", c.given, roles, c.want)
			}
		})
	}
}

// TestConnectionsOfRoles holds that five processes that share the work need hardly more than a Postgres with its usual settings
// admits.
func TestConnectionsOfRoles(t *testing.T) {
	t.Parallel()
	const usual = 97 // max_connections less those for superusers
	api, projections := ConnectionsNeeded(Roles{RoleAPI}), ConnectionsNeeded(Roles{RoleProjections})
	process := ConnectionsNeeded(Roles{RoleProcess, RoleSealer})
	if all := 2*api + 2*projections + process; all > usual+3 {
		t.Errorf("two of the API take %d each, two of projections %d, one of processes %d: %d in all", api, projections, process, all)
	}
	if alone, all := ConnectionsNeeded(AllRoles), ConnectionsNeeded(nil); alone != all {
		t.Errorf("a server that does everything needs %d, and a command %d", alone, all)
	}
}
