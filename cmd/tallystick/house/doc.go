// Package house furnishes a database with a store, a feed and the engine of the read models, for each command that needs them.
//
// It owns the settings that all of these commands take, the way to a given or a private Postgres, the connections, and how
// results are printed. It serves nothing.
package house
